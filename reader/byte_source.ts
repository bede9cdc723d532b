/**
 * What a reader can read from, made one.
 *
 * @module
 */
import {
  type ChunkResult,
  type ChunkSource,
  IteratorSource,
  StreamSource,
} from "../wire/chunk_source.ts";
import {
  isAsyncIterable,
  isIterable,
  isReadableStream,
} from "../wire/value_kinds.ts";

/** Bytes in chunks. */
export type MultipartSource =
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>
  | Uint8Array
  | Blob;

/** What a source gives: whether it is a chunk of bytes is still to be seen. */
export type SourceResult = ChunkResult<Uint8Array>;

/** A source, opened. */
export type ByteSource = ChunkSource<Uint8Array>;

/**
 * Opens a source.
 *
 * @throws {TypeError} If it is a locked stream, or nothing that holds bytes.
 */
export function openSource(source: MultipartSource): ByteSource {
  if (source instanceof Uint8Array) {
    return new IteratorSource([source][Symbol.iterator]());
  }
  if (source instanceof Blob) return new StreamSource(source.stream());
  if (isReadableStream(source)) return new StreamSource(source);
  if (isAsyncIterable(source)) {
    return new IteratorSource(source[Symbol.asyncIterator]());
  }
  if (isIterable(source)) return new IteratorSource(source[Symbol.iterator]());
  throw new TypeError(
    "Cannot read the source: it is no stream, no iterable, and no bytes",
  );
}
