/**
 * The sources of a reader, and how each kind is opened.
 *
 * @module
 */
import {
  type ChunkSource,
  IteratorSource,
  StreamSource,
} from "../../wire/chunk_source.ts";
import {
  bytesOf,
  isAsyncIterable,
  isBlob,
  isIterable,
  isReadableStream,
  streamBlob,
} from "../../wire/type_guards.ts";
import { WholeSource } from "./whole_source.ts";

/**
 * A source of bytes.
 *
 * @example Read from several kinds of sources
 * ```ts
 * import { MultipartReader, type MultipartSource } from "@tributary/multipart";
 *
 * const bytes = new TextEncoder().encode("--b\r\n\r\nhello\r\n--b--");
 * const sources: MultipartSource[] = [
 *   bytes,
 *   [bytes.subarray(0, 9), bytes.subarray(9)],
 *   new Blob([bytes]),
 *   new Blob([bytes]).stream(),
 * ];
 * for (const source of sources) {
 *   for await (const part of new MultipartReader(source, { boundary: "b" })) {
 *     if (await part.text() !== "hello") throw new Error("expected hello");
 *   }
 * }
 * ```
 */
export type MultipartSource =
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>
  | Uint8Array
  | Blob;

/**
 * Opens a source.
 *
 * @throws {TypeError} If it is a locked stream, or does not hold bytes.
 */
export function openSource(source: MultipartSource): ChunkSource<Uint8Array> {
  const bytes = bytesOf(source);
  if (bytes === null) {
    throw new TypeError("Cannot read the source: its buffer is detached");
  }
  if (bytes) return new WholeSource(bytes);
  if (isBlob(source)) return new StreamSource(streamBlob(source));
  if (isReadableStream(source)) return new StreamSource(source);
  if (isAsyncIterable(source)) {
    return new IteratorSource(source[Symbol.asyncIterator]());
  }
  if (isIterable(source)) return new IteratorSource(source[Symbol.iterator]());
  throw new TypeError(
    typeof source === "string"
      ? "Cannot read the source: it is text. Pass bytes: `new TextEncoder().encode(text)`"
      : "Cannot read the source: it is not a stream, an iterable, a Blob or bytes",
  );
}
