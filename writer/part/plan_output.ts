/**
 * Four outputs of a plan: a stream, chunks, bytes, and segments for a Blob.
 *
 * @module
 */
import { ByteBuilder } from "../../wire/byte_builder.ts";
import { MultipartEncoder } from "./multipart_encoder.ts";
import { type BodyReader, readerOf, toResult } from "./body_reader.ts";
import type { MultipartPlan } from "./multipart_plan.ts";
import { joinSegments } from "./segments.ts";

/**
 * Creates a stream that reads nothing ahead.
 *
 * @param size Its length in bytes, if known.
 */
export function lazyStream(
  source: UnderlyingDefaultSource<Uint8Array>,
  size: number | undefined,
): ReadableStream<Uint8Array> {
  // `expectedLength` is not in the Streams Standard: workerd sends a stream
  // without it chunked, even if there is a Content-Length.
  const sized = { ...source, expectedLength: size };
  return new ReadableStream(sized, { highWaterMark: 0 });
}

/** A multipart as a stream. */
export function streamPlan(
  plan: MultipartPlan,
  close = true,
): ReadableStream<Uint8Array> {
  const { boundary, size } = plan;
  return streamEncoder(
    new MultipartEncoder(plan.parts, { boundary, size, close }),
    close ? size : undefined,
  );
}

/** The bytes of `encoder` as a stream, of `size` bytes, if known. */
export function streamEncoder(
  encoder: MultipartEncoder,
  size: number | undefined,
): ReadableStream<Uint8Array> {
  return lazyStream({
    // Not an async function, which saves a promise per chunk.
    pull: (controller) =>
      encoder.readThen((chunk, isLast) => {
        if (chunk !== null) controller.enqueue(chunk);
        if (isLast) controller.close();
      }),
    cancel: (reason) => encoder.cancel(reason),
  }, size);
}

/** A multipart in chunks, without a stream. */
export function iteratePlan(
  plan: MultipartPlan,
): AsyncIterator<Uint8Array, undefined> {
  const encoder = plan.open();
  let last: Promise<unknown> = Promise.resolve();
  return {
    next: () => {
      // Calls queue, as in a generator: an encoder allows one read at a time.
      const result = last.then(async () => toResult(await encoder.read()));
      last = result.catch(() => {});
      return result;
    },
    // A generator's `return` would wait for a pending read, which may be
    // stalled.
    return: async () => {
      await encoder.cancel(undefined);
      return toResult(null);
    },
  };
}

/** All bytes. If the size is known, memory is allocated once. */
export function collectPlan(
  plan: MultipartPlan,
): Promise<Uint8Array<ArrayBuffer>> {
  return collectBytes(plan.open(), plan.size);
}

/**
 * A multipart for a Blob's constructor; reads the bodies that have to be read.
 */
export async function collectSegments(
  plan: MultipartPlan,
): Promise<BlobPart[] | undefined> {
  const bodies: (BlobPart[] | undefined)[] = [];
  for (const part of plan.parts) {
    bodies.push(
      part.segments() ??
        [await collectBytes(readerOf(await part.open(), part.label))],
    );
  }
  // What was at hand may have changed while other bodies were read.
  return joinSegments(plan.assertWritable(), bodies);
}

/** All bytes of a source. */
async function collectBytes(
  source: BodyReader,
  size?: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new ByteBuilder(size);
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
