/**
 * Streams and iterables made one: chunks that are pulled, cancelled at most
 * once, and released.
 *
 * @module
 */
import { isPromise } from "./type_guards.ts";

/** A chunk as a stream or an iterator gives it. */
export interface ChunkResult<T> {
  readonly done?: boolean;
  readonly value?: T;
}

/**
 * Chunks of any kind, opened. After `cancel` or `release` nothing else is
 * called.
 */
export interface ChunkSource<T> {
  /** Whether a read that is pending settles as soon as the source is cancelled. */
  readonly settlesOnCancel: boolean;
  /** Whether a chunk stays valid when the next one is read: it is not, if not said. */
  readonly chunksAreKept?: boolean;
  /** The next chunk, or the news that there is none. Nothing is read ahead. */
  read(): ChunkResult<T> | Promise<ChunkResult<T>>;
  /** Stops reading, and releases what is underneath. */
  cancel(reason: unknown): Promise<void>;
  /** Releases what has ended or failed. */
  release(): void;
}

/** Reads a stream, and holds its lock from now on. */
export class StreamSource<T> implements ChunkSource<T> {
  readonly settlesOnCancel = true;
  readonly chunksAreKept: boolean;
  readonly #reader: ReadableStreamDefaultReader<T>;

  /**
   * @param chunksAreKept What is enqueued is the reader's, as the platform takes
   * it, unless this is false.
   * @throws {TypeError} If the stream is locked.
   */
  constructor(stream: ReadableStream<T>, chunksAreKept = true) {
    this.chunksAreKept = chunksAreKept;
    if (stream.locked) {
      throw new TypeError(
        "Cannot read the body: it is locked to another reader",
      );
    }
    this.#reader = stream.getReader();
  }

  /** The stream's own promise, since every other one costs time. */
  read(): Promise<ChunkResult<T>> {
    return this.#reader.read();
  }

  async cancel(reason: unknown): Promise<void> {
    const cancelled = this.#reader.cancel(reason);
    this.#reader.releaseLock();
    await cancelled;
  }

  release(): void {
    this.#reader.releaseLock();
  }
}

/**
 * Reads an iterator; what is at hand at once is given at once. Cancelling one
 * that has ended or failed does nothing, as leaving a `for await` loop does.
 */
export class IteratorSource<T> implements ChunkSource<T> {
  /** A generator may wait for what never comes. */
  readonly settlesOnCancel = false;
  readonly #iterator: Iterator<T> | AsyncIterator<T>;
  #isPending = false;
  #isOver = false;

  constructor(iterator: Iterator<T> | AsyncIterator<T>) {
    this.#iterator = iterator;
  }

  read(): ChunkResult<T> | Promise<ChunkResult<T>> {
    try {
      const result = this.#iterator.next();
      return isPromise(result) ? this.#wait(result) : this.#take(result);
    } catch (error) {
      this.#isOver = true;
      throw error;
    }
  }

  async #wait(result: Promise<ChunkResult<T>>): Promise<ChunkResult<T>> {
    this.#isPending = true;
    try {
      return this.#take(await result);
    } catch (error) {
      this.#isOver = true;
      throw error;
    } finally {
      this.#isPending = false;
    }
  }

  #take(result: ChunkResult<T>): ChunkResult<T> {
    if (typeof result !== "object" || result === null) {
      throw new TypeError("Cannot read the iterator: next() gave no object");
    }
    if (result.done) this.#isOver = true;
    return result;
  }

  async cancel(_reason: unknown): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    const ended = endIteration(this.#iterator);
    // A generator takes the call only behind the value that it is waiting for,
    // which may never come: then nobody waits for the generator either.
    if (this.#isPending) ended.catch(() => {});
    else await ended;
  }

  release(): void {}
}

async function endIteration(
  iterator: Iterator<unknown> | AsyncIterator<unknown>,
): Promise<void> {
  await iterator.return?.();
}
