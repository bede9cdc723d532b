import type { FileSoFar } from "./receive.ts";

/** An upload that is still being read. */
export interface RunningUpload {
  /** Bytes of the request's body until now, the multipart's own included. */
  received: number;
  /** The file that came last, unless none has begun. */
  file?: () => FileSoFar;
}

// One question is for the uploads of one page, which sends few at a time.
const MAX_ASKED = 16;

/** Knows how far each upload has come, under the name that its sender chose. */
export class UploadsOnTheWay {
  readonly #running = new Map<string, RunningUpload>();

  /** Registers an upload. A sender that gives it no name cannot ask for it. */
  begin(request: Request): RunningUpload & Disposable {
    const name = new URL(request.url).searchParams.get("id");
    const upload: RunningUpload = { received: 0 };
    // Whoever knows the name may ask, so nobody takes over one that is in use.
    const isNamed = name !== null && /^[\w-]{16,64}$/.test(name) &&
      !this.#running.has(name);
    if (isNamed) this.#running.set(name, upload);
    return Object.assign(upload, {
      [Symbol.dispose]: () => void (isNamed && this.#running.delete(name)),
    });
  }

  /** Answers how far the uploads are whose names are in the query. */
  answer(request: Request): Response {
    const names = new URL(request.url).searchParams.getAll("id");
    const found: Record<string, unknown> = {};
    for (const name of names.slice(0, MAX_ASKED)) {
      const upload = this.#running.get(name);
      if (upload === undefined) continue;
      found[name] = { received: upload.received, file: upload.file?.() };
    }
    return Response.json(found, { headers: { "cache-control": "no-store" } });
  }
}
