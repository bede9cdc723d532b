/** The part of `@std/streams` that is used here. npm's copy has no types. */

type Bytes = Uint8Array<ArrayBuffer>;

export function toArrayBuffer(
  stream: ReadableStream<Uint8Array>,
): Promise<ArrayBuffer>;
export function toBlob(stream: ReadableStream<Uint8Array>): Promise<Blob>;
export function toBytes(stream: ReadableStream<Uint8Array>): Promise<Bytes>;
export function toJson(
  stream: ReadableStream<string> | ReadableStream<Uint8Array>,
): Promise<unknown>;
export function toText(
  stream: ReadableStream<string> | ReadableStream<Uint8Array>,
): Promise<string>;

export function concatReadableStreams<T>(
  ...streams: ReadableStream<T>[]
): ReadableStream<T>;
export function mergeReadableStreams<T>(
  ...streams: ReadableStream<T>[]
): ReadableStream<T>;
export function zipReadableStreams<T>(
  ...streams: ReadableStream<T>[]
): ReadableStream<T>;

export class LimitedBytesTransformStream
  extends TransformStream<Uint8Array, Uint8Array> {
  constructor(size: number, options?: { error?: boolean });
}

export class ByteSliceStream extends TransformStream<Uint8Array, Uint8Array> {
  constructor(start?: number, end?: number);
}

export class TextLineStream extends TransformStream<string, string> {
  constructor(options?: { allowCR?: boolean });
}
