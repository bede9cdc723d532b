import type { Chunks } from "./chunks.ts";
import type { SerialQueue } from "./serial_queue.ts";

/**
 * Reads a body chunk by chunk, each in its turn and with one promise, and makes
 * something of the chunk before the turn ends.
 */
export class QueuedReads<T> {
  readonly #queue: SerialQueue;
  readonly #open: () => Chunks;
  readonly #use: (chunk: Uint8Array | null, chunks: Chunks) => T;
  /** What `#useFilled` reads from. */
  #chunks: Chunks | undefined;
  // Made once, and not for each chunk.
  readonly #useFilled = (): T | Promise<T> => {
    const chunks = this.#chunks;
    const chunk = chunks?.poll();
    if (chunks === undefined || chunk === undefined) return this.#readOn();
    const result = this.#use(chunk, chunks);
    this.#queue.end();
    return result;
  };

  /**
   * @param open Gives the chunks, or throws why they cannot be read.
   * @param use Is given each chunk, and `null` at the end.
   */
  constructor(
    queue: SerialQueue,
    open: () => Chunks,
    use: (chunk: Uint8Array | null, chunks: Chunks) => T,
  ) {
    this.#queue = queue;
    this.#open = open;
    this.#use = use;
  }

  /** Reads the next chunk. Calls queue. */
  next(): Promise<T> {
    const queue = this.#queue;
    if (!queue.isIdle) return queue.run(() => this.#read());
    try {
      const chunks = this.#chunks = this.#open();
      for (;;) {
        const chunk = chunks.poll();
        if (chunk !== undefined) {
          return Promise.resolve(this.#use(chunk, chunks));
        }
        const result = chunks.fill(this.#useFilled);
        if (result !== undefined) return queue.hold(result);
      }
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #read(): Promise<T> {
    const chunks = this.#open();
    return this.#use(await chunks.read(), chunks);
  }

  async #readOn(): Promise<T> {
    try {
      return await this.#read();
    } finally {
      this.#queue.end();
    }
  }
}
