import { createHash, randomUUID } from "node:crypto";
import {
  type MultipartLimits,
  MultipartReader,
  type PartReader,
  sanitizeFilename,
} from "@tributary/multipart";
import type { Store } from "./store.ts";

/** What came in one request, each list in the order of the form. */
export interface Upload {
  fields: { name: string; value: string }[];
  files: UploadedFile[];
}

/** A file that is in the store, under the name `stored`. */
export interface UploadedFile {
  name: string;
  filename: string;
  type: string;
  size: number;
  sha256: string;
  stored: string;
}

/** How far a file has come: its bytes until now, and their digest. */
export interface FileSoFar {
  filename: string;
  size: number;
  sha256: string;
}

/** Looks on while an upload is read, and changes nothing. */
export interface Onlooker {
  /** The body is a multipart with this boundary. */
  begin?(boundary: string): void;
  /** A chunk has come, and is read as soon as this returns. */
  chunk?(chunk: Uint8Array): void;
  /** The body failed: its sender went away. */
  broken?(): void;
  /** A file begins; `soFar` may be called at any time. */
  file?(soFar: () => FileSoFar): void;
}

// Fields are held in memory, so their number times their size has to be small.
const LIMITS: MultipartLimits = { parts: 256, bufferedBytes: 64 * 1024 };

/**
 * Reads one upload: each part is looked at, and stored, as the stream comes to
 * it. No file is ever held in memory, however large.
 */
export async function receive(
  request: Request,
  store: Store,
  limits?: MultipartLimits,
  onlooker: Onlooker = {},
): Promise<Upload> {
  const upload: Upload = { fields: [], files: [] };
  const body = request.body ?? new Blob().stream(); // No body is an empty one.
  const reader = MultipartReader.from({
    headers: request.headers,
    body: onlooker.chunk ? watched(body, onlooker) : body,
  }, { profile: "form-data", limits: { ...LIMITS, ...limits } });
  onlooker.begin?.(reader.boundary);
  try {
    for await (const part of reader) {
      const { name = "", filename } = part;
      if (filename === undefined) {
        upload.fields.push({ name, value: await part.text() });
      } else if (filename !== "") { // It is where a file input was left empty.
        upload.files.push(await save(part, name, filename, store, onlooker));
      }
    }
  } catch (error) {
    // A failed upload leaves no files, not even complete ones.
    await Promise.allSettled(
      upload.files.map(({ stored }) => store.remove(stored)),
    );
    throw error;
  }
  return upload;
}

/** Shows each chunk to the onlooker on its way to the reader. */
async function* watched(
  body: ReadableStream<Uint8Array>,
  onlooker: Onlooker,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) {
      onlooker.chunk?.(chunk);
      yield chunk;
    }
  } catch (error) {
    // The reader ends this with return(), so the error is the body's.
    onlooker.broken?.();
    throw error;
  }
}

/** Stores one file; each chunk is written before the next one is read. */
async function save(
  part: PartReader,
  name: string,
  filename: string,
  store: Store,
  onlooker: Onlooker,
): Promise<UploadedFile> {
  const hash = createHash("sha256");
  let size = 0;
  async function* measured(): AsyncGenerator<Uint8Array> {
    for await (const chunk of part) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  }
  // A copy of the hash can be finished, and the hash itself goes on.
  const soFar = (): string => hash.copy().digest("hex");
  onlooker.file?.(() => ({ filename, size, sha256: soFar() }));
  const stored = newName(filename);
  await store.save(stored, measured());
  const sha256 = soFar();
  return { name, filename, type: part.mediaType, size, sha256, stored };
}

/** A name that nobody can choose or guess, and yet people can read. */
function newName(filename: string): string {
  // The outer call brings the longer name back to what a file system takes.
  return sanitizeFilename(`${randomUUID()}-${sanitizeFilename(filename)}`);
}
