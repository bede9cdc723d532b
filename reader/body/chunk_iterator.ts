import type { BodyAccess } from "./body_access.ts";
import type { Chunks } from "./chunks.ts";
import type { SerialQueue } from "./serial_queue.ts";

/** What iterating chunks gives. */
export type ChunkResult = IteratorResult<Uint8Array, undefined>;

/** Iterates a part's chunks, with one promise for each. */
export class ChunkIterator implements AsyncIterator<Uint8Array, undefined> {
  readonly #access: BodyAccess;
  readonly #queue: SerialQueue;
  /** Made once, and not for each chunk. */
  #readFilled: (() => ChunkResult | Promise<ChunkResult>) | undefined;

  /** @param queue Who else reads the same, and when. */
  constructor(access: BodyAccess, queue: SerialQueue) {
    this.#access = access;
    this.#queue = queue;
  }

  /** The next chunk. Calls queue. */
  next(): Promise<ChunkResult> {
    const queue = this.#queue;
    if (!queue.isIdle) return queue.run(() => this.#read());
    try {
      const chunks = this.#access.open();
      for (;;) {
        const chunk = chunks.poll();
        if (chunk !== undefined) return Promise.resolve(resultOf(chunk));
        this.#readFilled ??= this.#makeReadFilled(chunks);
        const result = chunks.fill(this.#readFilled);
        if (result !== undefined) return queue.hold(result);
      }
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #read(): Promise<ChunkResult> {
    return resultOf(await this.#access.open().read());
  }

  #makeReadFilled(chunks: Chunks) {
    return (): ChunkResult | Promise<ChunkResult> => {
      const chunk = chunks.poll();
      if (chunk === undefined) return this.#readOn(chunks);
      this.#queue.end();
      return resultOf(chunk);
    };
  }

  async #readOn(chunks: Chunks): Promise<ChunkResult> {
    try {
      return resultOf(await chunks.read());
    } finally {
      this.#queue.end();
    }
  }
}

function resultOf(chunk: Uint8Array | null): ChunkResult {
  return chunk === null
    ? { done: true, value: undefined }
    : { done: false, value: chunk };
}
