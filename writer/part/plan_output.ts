/**
 * A multipart as a stream, in chunks, as bytes, and for a Blob: four ways to
 * take what one plan says.
 *
 * @module
 */
import { ByteBuilder } from "../../wire/byte_builder.ts";
import { Assembly } from "./assembly.ts";
import { type ByteSource, sourceOf } from "./byte_source.ts";
import { lazyStream } from "./lazy_stream.ts";
import type { MultipartPlan } from "./multipart_plan.ts";
import { SegmentList } from "./segments.ts";

/** The bytes as a stream, which reads nothing ahead. */
export function streamPlan(
  plan: MultipartPlan,
  close = true,
): ReadableStream<Uint8Array> {
  const { boundary, parts } = plan;
  const assembly = new Assembly(parts, { boundary, close });
  return lazyStream({
    // Not an async function: one promise less for each chunk.
    pull: (controller) =>
      assembly.readThen((chunk) => {
        if (chunk !== null) controller.enqueue(chunk);
        if (chunk === null || assembly.isOver) controller.close();
      }),
    cancel: (reason) => assembly.cancel(reason),
  }, close ? plan.size : undefined);
}

/** The same in chunks, without a stream. */
export function iteratePlan(
  plan: MultipartPlan,
): AsyncIterator<Uint8Array, undefined> {
  const assembly = plan.open();
  let last: Promise<unknown> = Promise.resolve();
  return {
    next: () => {
      // Calls queue, as a generator's do: an assembly is read once at a time.
      const result = last.then(async () => toResult(await assembly.read()));
      last = result.catch(() => {});
      return result;
    },
    // Not a generator's, which would wait for a read that may be stalled.
    return: async () => {
      await assembly.cancel(undefined);
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
  const assembly = new Assembly(parts, { boundary, wholeSize: size });
  const bytes = await assembly.read();
  if (bytes !== null && isWhole(bytes, size) && assembly.isOver) return bytes;
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
    list.add(part, [await collectBytes(sourceOf(await part.open()))]);
  }
  return list.finish();
}

/** All bytes of a source whose length is not known. */
async function collectBytes(
  source: ByteSource,
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
