import { Assembly } from "./assembly.ts";
import type { MultipartPlan } from "./multipart_plan.ts";

/** The bytes of a multipart as a stream, which reads nothing ahead. */
export function streamPlan(
  plan: MultipartPlan,
  close = true,
): ReadableStream<Uint8Array> {
  const { boundary, parts } = plan;
  const assembly = new Assembly(parts, { boundary, close });
  const source = {
    // Not in the Streams Standard: workerd sends a stream with this length, and
    // without it chunked, whatever Content-Length says.
    expectedLength: close ? plan.size : undefined,
    // Not an async function: one promise less for each chunk.
    pull: (controller: ReadableStreamDefaultController<Uint8Array>) =>
      assembly.readThen((chunk) => {
        if (chunk !== null) controller.enqueue(chunk);
        if (chunk === null || assembly.isOver) controller.close();
      }),
    cancel: (reason: unknown) => assembly.cancel(reason),
  };
  return new ReadableStream<Uint8Array>(source, { highWaterMark: 0 });
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
