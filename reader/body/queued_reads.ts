import { isPromise } from "../../wire/type_guards.ts";
import type { Chunks } from "./chunks.ts";
import type { SerialQueue } from "./serial_queue.ts";

/**
 * Reads a body chunk by chunk, each in its turn and with one promise, and
 * converts the chunk before the turn ends.
 */
export class QueuedReads<T> {
  readonly #queue: SerialQueue;
  readonly #open: () => Chunks;
  readonly #use: (chunk: Uint8Array | null) => T;
  /** Whether the queue is waiting for one of these reads. */
  #isHeld = false;
  // Created once, not for each chunk.
  readonly #useInTurn = (chunk: Uint8Array | null): T => {
    const result = this.#use(chunk);
    if (this.#isHeld) this.#queue.end();
    this.#isHeld = false;
    return result;
  };

  /**
   * @param open Returns the chunks, or throws if they cannot be read.
   * @param use Converts each chunk, and `null` at the end.
   */
  constructor(
    queue: SerialQueue,
    open: () => Chunks,
    use: (chunk: Uint8Array | null) => T,
  ) {
    this.#queue = queue;
    this.#open = open;
    this.#use = use;
  }

  /** Reads the next chunk. Calls queue. */
  next(): Promise<T> {
    const queue = this.#queue;
    if (!queue.isIdle) return queue.run(() => this.#open().next(this.#use));
    try {
      const result = this.#open().next(this.#useInTurn);
      if (!isPromise(result)) return Promise.resolve(result);
      this.#isHeld = true;
      return queue.hold(result);
    } catch (error) {
      return Promise.reject(error);
    }
  }
}
