import type { ChunkResult, ChunkSource } from "../../wire/chunk_source.ts";
import { hasMethod } from "../../wire/type_guards.ts";

/** A larger body is read chunk by chunk. */
const MAX_LENGTH = 65_536;

/** What a message has whose body can be read whole. */
interface WholeMessage {
  readonly headers: Pick<Headers, "get">;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/**
 * Whether a request is to be read whole: its Content-Length says that it is
 * small, and its body is the platform's own, of which that is true. A stream of
 * the caller's may give any number of bytes, and is read as it comes.
 */
export function isReadWhole(
  message: object,
  body: ReadableStream<Uint8Array>,
): message is WholeMessage {
  if (!hasArrayBuffer(message) || body.locked) return false;
  const { headers } = message;
  const length = Number(headers.get("content-length"));
  // Of an encoded body the length says little once it has been decoded.
  return length > 0 && length <= MAX_LENGTH &&
    headers.get("content-encoding") === null &&
    (!hasByteBodies() || isByteStream(body));
}

function hasArrayBuffer(message: object): message is WholeMessage {
  return hasMethod(message, "arrayBuffer") && "headers" in message &&
    hasMethod(message.headers, "get");
}

function isByteStream(stream: ReadableStream<Uint8Array>): boolean {
  try {
    stream.getReader({ mode: "byob" }).releaseLock();
    return true;
  } catch {
    return false;
  }
}

let byteBodies: boolean | undefined;

/**
 * Whether the platform's own streams are byte streams, which tells them from a
 * caller's. They are on Deno 2.9, Node 24 and workerd; on Bun 1.4 they are not,
 * and there is nothing else to tell them by.
 */
function hasByteBodies(): boolean {
  return byteBodies ??= isByteStream(new Blob().stream());
}

/**
 * Bytes that come as one chunk: the caller's, or the body of a small message, read
 * whole. Over loopback that makes a form of 1.6 KB 2.5 times as fast as its
 * stream on Deno 2.9, and 1.5 times on Bun 1.4.
 */
export class WholeSource implements ChunkSource<Uint8Array> {
  readonly settlesOnCancel = false;
  readonly chunksAreKept = true;
  #bytes: Uint8Array | Promise<ArrayBuffer> | undefined;

  constructor(bytes: Uint8Array | Promise<ArrayBuffer>) {
    this.#bytes = bytes;
    // Whoever reads is told.
    if (!(bytes instanceof Uint8Array)) bytes.catch(() => {});
  }

  read(): ChunkResult<Uint8Array> | Promise<ChunkResult<Uint8Array>> {
    const bytes = this.#bytes;
    this.#bytes = undefined;
    if (bytes instanceof Uint8Array) return { value: bytes };
    return bytes?.then(asChunk) ?? { done: true };
  }

  /** A body that is being read can be cancelled no more; it is small. */
  cancel(): Promise<void> {
    this.#bytes = undefined;
    return Promise.resolve();
  }

  release(): void {}
}

function asChunk(buffer: ArrayBuffer): ChunkResult<Uint8Array> {
  return { value: new Uint8Array(buffer) };
}
