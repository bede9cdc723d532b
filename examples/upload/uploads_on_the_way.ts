import type { FileSoFar } from "./receive.ts";

/** An upload that is still being read. */
export interface RunningUpload {
  /** The bytes of the request's body so far, including the multipart's own. */
  received: number;
  /** The current file, if one has begun. */
  file?: () => FileSoFar;
}

// A query is for the uploads of one page, which sends only a few at a time.
const MAX_ASKED = 16;

/** Tracks the progress of each upload, under the name that its sender chose. */
export class UploadsOnTheWay {
  readonly #running = new Map<string, RunningUpload>();

  /**
   * Registers an upload. If the sender gives it no name, it cannot be queried.
   */
  begin(request: Request): RunningUpload & Disposable {
    const name = new URL(request.url).searchParams.get("id");
    const upload: RunningUpload = { received: 0 };
    // Anyone who knows the name may query it, so a name in use cannot be taken
    // over.
    const isNamed = name !== null && /^[\w-]{16,64}$/.test(name) &&
      !this.#running.has(name);
    if (isNamed) this.#running.set(name, upload);
    return Object.assign(upload, {
      [Symbol.dispose]: () => void (isNamed && this.#running.delete(name)),
    });
  }

  /** Answers with the progress of the uploads that the query names. */
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
