import type { ChunkResult, ChunkSource } from "../../wire/chunk_source.ts";
import { hasMethod } from "../../wire/type_guards.ts";

/** The longest body that is read whole, in bytes. */
const MAX_LENGTH = 65_536;

/** A message whose body can be read whole. */
interface WholeMessage {
  readonly headers: Pick<Headers, "get">;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/**
 * Whether to read a request whole: its Content-Length is small, and its body is
 * the platform's own, so that the length is true. A caller's stream may have
 * any length, and is read chunk by chunk.
 */
export function isReadWhole(
  message: { readonly headers: unknown },
  body: ReadableStream<Uint8Array>,
): message is WholeMessage {
  if (!hasArrayBuffer(message) || body.locked) return false;
  const { headers } = message;
  const length = Number(headers.get("content-length"));
  // The length of an encoded body says little about its decoded length.
  return length > 0 && length <= MAX_LENGTH &&
    headers.get("content-encoding") === null &&
    (!hasByteBodies() || isByteStream(body));
}

function hasArrayBuffer(
  message: { readonly headers: unknown },
): message is WholeMessage {
  return hasMethod(message, "arrayBuffer") && hasMethod(message.headers, "get");
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
 * Whether the platform's own streams are byte streams, which distinguishes them
 * from a caller's. They are on Deno 2.9, Node 24 and workerd; on Bun 1.4 they
 * are not, and cannot be distinguished.
 */
function hasByteBodies(): boolean {
  return byteBodies ??= isByteStream(new Blob().stream());
}

/**
 * A source of one chunk: the caller's bytes, or the body of a small message,
 * read whole. Over loopback this reads a form of 1.6 KB 2.5 times as fast as
 * its stream on Deno 2.9, and 1.5 times on Bun 1.4.
 */
export class WholeSource implements ChunkSource<Uint8Array> {
  readonly settlesOnCancel = false;
  readonly chunksAreKept = true;
  #bytes: Uint8Array | Promise<ArrayBuffer> | undefined;

  constructor(bytes: Uint8Array | Promise<ArrayBuffer>) {
    this.#bytes = bytes;
    // The read reports the error.
    if (!(bytes instanceof Uint8Array)) bytes.catch(() => {});
  }

  read(): ChunkResult<Uint8Array> | Promise<ChunkResult<Uint8Array>> {
    const bytes = this.#bytes;
    this.#bytes = undefined;
    if (bytes instanceof Uint8Array) return { value: bytes };
    return bytes?.then(asChunk) ?? { done: true };
  }

  /** A body that is being read whole cannot be cancelled; it is small. */
  cancel(): Promise<void> {
    this.#bytes = undefined;
    return Promise.resolve();
  }

  release(): void {}
}

function asChunk(buffer: ArrayBuffer): ChunkResult<Uint8Array> {
  return { value: new Uint8Array(buffer) };
}
