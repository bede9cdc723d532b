/**
 * The server on each runtime: it accepts uploads, and reports its own state.
 */
import {
  MultipartError,
  type MultipartMessage,
  MultipartReader,
} from "@tributary/multipart";
import { createHash, randomUUID } from "node:crypto";
import { open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { WatchedHeap } from "./heap_watch.ts";
import { drainLargeUpload, readLargeUpload } from "./large_upload.ts";
import { collectGarbage, type OwnState, ownState } from "./own_state.ts";
import { type ReadingWay, wayOf } from "./reading_ways.ts";

/** A file of an upload, as the server received it. */
export interface ReceivedFile {
  readonly size: number;
  readonly sha256: string;
}

/** The response to a complete upload, or to a refused one. */
export type UploadAnswer =
  | { readonly files: readonly ReceivedFile[] }
  | { readonly code: string; readonly message: string };

export interface ServerState extends OwnState {
  readonly inFlight: number;
  /** The number of files in the folder. */
  readonly files: number;
  readonly complete: number;
  /** How many were refused, by status and code of the `MultipartError`. */
  readonly refused: Readonly<Record<string, number>>;
  /** How often reading failed with another error, by the error. */
  readonly broken: Readonly<Record<string, number>>;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Small limits, so that a client can exceed them with few bytes. */
export const serverLimits = { parts: 16, bufferedBytes: 64 * 1024 };

export class UploadService {
  readonly #folder: string;
  readonly #refused = new Map<string, number>();
  readonly #broken = new Map<string, number>();
  #inFlight = 0;
  #complete = 0;

  /** @param folder The files stay in it until their upload has ended. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Answers requests for `/state`, and uploads. An upload's path is the name of
   * a way to read. One large part goes to `/large/<bytes>`, or to
   * `/drain/<bytes>` to be read without this library.
   */
  async answer(
    path: string,
    message: MultipartMessage,
    openBody: () => AsyncIterable<Uint8Array>,
  ): Promise<Answer> {
    const [, name, bytes] = path.split("/");
    if (name === "state") return answerWith(200, await this.#state());
    if (name === "large") {
      return answerWith(200, await readLargeUpload(message, Number(bytes)));
    }
    if (name === "drain") {
      return answerWith(200, await drainLargeUpload(openBody(), Number(bytes)));
    }
    return await this.#take(wayOf(name), message);
  }

  async #take(way: ReadingWay, message: MultipartMessage): Promise<Answer> {
    this.#inFlight++;
    try {
      const files = await this.#receive(message, way);
      this.#complete++;
      return answerWith(200, { files });
    } catch (error) {
      if (error instanceof MultipartError) {
        const { status, code, message } = error;
        countOne(this.#refused, `${status} ${code}`);
        return answerWith(status, { code, message });
      }
      const text = String(error);
      countOne(this.#broken, text);
      return answerWith(500, { code: "broken", message: text });
    } finally {
      this.#inFlight--;
    }
  }

  async #receive(
    message: MultipartMessage,
    way: ReadingWay,
  ): Promise<ReceivedFile[]> {
    const files: ReceivedFile[] = [];
    const paths: string[] = [];
    try {
      const reader = MultipartReader.from(message, { limits: serverLimits });
      for await (const part of reader) {
        if (part.filename === undefined) {
          await part.text();
        } else {
          const path = join(this.#folder, randomUUID());
          paths.push(path);
          files.push(await store(path, way.read(part)));
        }
      }
      return files;
    } finally {
      await Promise.all(paths.map((path) => rm(path, { force: true })));
    }
  }

  async #state(): Promise<ServerState> {
    await collectGarbage();
    const inFlight = this.#inFlight;
    const files = (await readdir(this.#folder)).length;
    return {
      ...ownState(),
      inFlight,
      files,
      complete: this.#complete,
      refused: Object.fromEntries(this.#refused),
      broken: Object.fromEntries(this.#broken),
    };
  }
}

function countOne(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function answerWith(
  status: number,
  answer: UploadAnswer | ServerState | WatchedHeap,
): Answer {
  return { status, body: JSON.stringify(answer) };
}

async function store(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<ReceivedFile> {
  const hash = createHash("sha256");
  let size = 0;
  const file = await open(path, "wx");
  try {
    for await (const chunk of chunks) {
      hash.update(chunk);
      size += (await file.write(chunk)).bytesWritten;
    }
  } finally {
    await file.close();
  }
  return { size, sha256: hash.digest("hex") };
}
