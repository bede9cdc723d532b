/**
 * A multipart as a stream, in chunks, as bytes, and for a Blob: four ways to
 * take what one plan says.
 *
 * @module
 */
import { ByteBuilder } from "../../wire/byte_builder.ts";
import { MultipartEncoder } from "./multipart_encoder.ts";
import { type BodyReader, readerOf } from "./body_reader.ts";
import type { MultipartPlan } from "./multipart_plan.ts";
import { SegmentList } from "./segments.ts";

/**
 * A stream that reads nothing ahead.
 *
 * @param size Its bytes, if that is known.
 */
export function lazyStream(
  source: UnderlyingDefaultSource<Uint8Array>,
  size: number | undefined,
): ReadableStream<Uint8Array> {
  // Not in the Streams Standard: workerd sends a stream with this length, and
  // without it chunked, whatever Content-Length says.
  const sized = { ...source, expectedLength: size };
  return new ReadableStream(sized, { highWaterMark: 0 });
}

/** The bytes of a multipart as a stream. */
export function streamPlan(
  plan: MultipartPlan,
  close = true,
): ReadableStream<Uint8Array> {
  const { boundary, parts } = plan;
  return streamEncoder(
    new MultipartEncoder(parts, { boundary, close }),
    close ? plan.size : undefined,
  );
}

/** The bytes of `encoder`, which are `size`, if that is known, as a stream. */
export function streamEncoder(
  encoder: MultipartEncoder,
  size: number | undefined,
): ReadableStream<Uint8Array> {
  return lazyStream({
    // Not an async function: one promise less for each chunk.
    pull: (controller) =>
      encoder.readThen((chunk, isLast) => {
        if (chunk !== null) controller.enqueue(chunk);
        if (isLast) controller.close();
      }),
    cancel: (reason) => encoder.cancel(reason),
  }, size);
}

/** The same in chunks, without a stream. */
export function iteratePlan(
  plan: MultipartPlan,
): AsyncIterator<Uint8Array, undefined> {
  const encoder = plan.open();
  let last: Promise<unknown> = Promise.resolve();
  return {
    next: () => {
      // Calls queue, as a generator's do: an encoder is read once at a time.
      const result = last.then(async () => toResult(await encoder.read()));
      last = result.catch(() => {});
      return result;
    },
    // Not a generator's, which would wait for a read that may be stalled.
    return: async () => {
      await encoder.cancel(undefined);
      return toResult(null);
    },
  };
}

function toResult(
  value: Uint8Array | null,
): IteratorResult<Uint8Array, undefined> {
  return value === null
    ? { done: true, value: undefined }
    : { done: false, value };
}

/** All bytes. Memory is taken once, where their number is known. */
export async function collectPlan(
  plan: MultipartPlan,
): Promise<Uint8Array<ArrayBuffer>> {
  const { boundary, parts, size } = plan;
  if (size === undefined) return await collectBytes(plan.open());
  const encoder = new MultipartEncoder(parts, { boundary, wholeSize: size });
  const bytes = await encoder.read();
  if (bytes !== null && isWhole(bytes, size) && encoder.isOver) return bytes;
  throw new RangeError(
    "Cannot make the bytes: a part changed while they were made",
  );
}

function isWhole(
  bytes: Uint8Array,
  size: number,
): bytes is Uint8Array<ArrayBuffer> {
  return bytes.length === size && bytes.buffer.byteLength === size;
}

/** The whole for a Blob's constructor, with all read that has to be. */
export async function collectSegments(
  { boundary, parts }: MultipartPlan,
): Promise<BlobPart[]> {
  const list = new SegmentList(boundary);
  for (const part of parts) {
    if (list.tryAdd(part)) continue;
    const body = readerOf(await part.open(), part.label);
    list.add(part, [await collectBytes(body)]);
  }
  return list.finish();
}

/** All bytes of a source whose length is not known. */
async function collectBytes(
  source: BodyReader,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new ByteBuilder();
  try {
    for (;;) {
      const chunk = await source.read();
      if (chunk === null) return bytes.take();
      bytes.add(chunk);
    }
  } catch (error) {
    source.cancel(error).catch(() => {});
    throw error;
  }
}
