/** Sources that count what is done to them. */

/** A stream, and a record of what happened to it. */
export interface Probe {
  readonly stream: ReadableStream<Uint8Array>;
  /** Chunks taken from the source. */
  pulls: number;
  /** The reasons that it was cancelled with. */
  readonly cancellations: unknown[];
}

/** What a source does after its last chunk. */
export type Ending = "close" | "stall" | Error;

/**
 * A stream that gives `chunks` on demand, none ahead, and then closes, stalls
 * or fails.
 */
export function probe(
  chunks: Iterable<Uint8Array>,
  ending: Ending = "close",
): Probe {
  const iterator = chunks[Symbol.iterator]();
  const result: Probe = {
    pulls: 0,
    cancellations: [],
    stream: new ReadableStream({
      pull(controller) {
        const { done, value } = iterator.next();
        if (!done) {
          result.pulls++;
          controller.enqueue(value);
        } else if (ending === "close") controller.close();
        else if (ending === "stall") return new Promise(() => {});
        else controller.error(ending);
      },
      cancel(reason) {
        result.cancellations.push(reason);
      },
    }, { highWaterMark: 0 }),
  };
  return result;
}

/** Waits until pending microtasks, and timers that are due, have run. */
export async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/** Whether `promise` has settled after `turns()`. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = (): void => {
    settled = true;
  };
  promise.then(note, note);
  await turns();
  return settled;
}
