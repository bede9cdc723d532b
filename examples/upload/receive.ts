import { createHash, randomUUID } from "node:crypto";
import {
  type MultipartLimits,
  MultipartReader,
  type PartReader,
  sanitizeFilename,
} from "@tributary/multipart";
import type { Store } from "./store.ts";

/** The content of one request. Each list has the order of the form. */
export interface Upload {
  fields: { name: string; value: string }[];
  files: UploadedFile[];
}

/** A stored file, with its name in the store as `stored`. */
export interface UploadedFile {
  name: string;
  filename: string;
  type: string;
  size: number;
  sha256: string;
  stored: string;
}

/** The state of a file: the bytes so far, and their digest. */
export interface FileSoFar {
  filename: string;
  size: number;
  sha256: string;
}

/** Observes an upload while it is read. */
export interface Onlooker {
  /** Called with the boundary of the body. */
  begin?(boundary: string): void;
  /** Called with each chunk, just before it is read. */
  chunk?(chunk: Uint8Array): void;
  /** Called when the body fails because the sender has disconnected. */
  broken?(): void;
  /** Called when a file begins. `soFar` may be called at any time. */
  file?(soFar: () => FileSoFar): void;
}

// Fields are buffered, so their number times their size must be small.
const LIMITS: MultipartLimits = { parts: 256, bufferedBytes: 64 * 1024 };

/**
 * Reads one upload. Each part is read, and each file stored, as the stream
 * arrives. No file is buffered, however large it is.
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
      } else if (filename !== "") { // Empty: a file input without a file.
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

/** Passes each chunk to the onlooker, and then to the reader. */
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
    // The reader ends this with return(), so an error comes from the body.
    onlooker.broken?.();
    throw error;
  }
}

/** Stores one file. Each chunk is written before the next is read. */
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
  // Finishes a copy of the hash, so that the hash itself can continue.
  const soFar = (): string => hash.copy().digest("hex");
  onlooker.file?.(() => ({ filename, size, sha256: soFar() }));
  const stored = newName(filename);
  await store.save(stored, measured());
  const sha256 = soFar();
  return { name, filename, type: part.mediaType, size, sha256, stored };
}

/** Returns a name that clients cannot choose or guess, but people can read. */
function newName(filename: string): string {
  // The outer call shortens the name to what a file system accepts.
  return sanitizeFilename(`${randomUUID()}-${sanitizeFilename(filename)}`);
}
