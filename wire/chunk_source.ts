/**
 * One interface for streams and iterables: chunks are pulled, and the source is
 * cancelled at most once, or released.
 *
 * @module
 */
import { isPromise } from "./type_guards.ts";

/** The result of reading a stream or an iterator. */
export interface ChunkResult<T> {
  readonly done?: boolean;
  readonly value?: T;
}

/**
 * An open source of chunks of any kind. After `cancel` or `release` no other
 * method is called.
 */
export interface ChunkSource<T> {
  /** Whether a read that is pending settles as soon as the source is cancelled. */
  readonly settlesOnCancel: boolean;
  /** Whether a chunk stays valid after the next one is read. Defaults to no. */
  readonly chunksAreKept?: boolean;
  /** Returns the next chunk, or `done`. Nothing is read ahead. */
  read(): ChunkResult<T> | Promise<ChunkResult<T>>;
  /** Stops reading, and cancels the underlying source. */
  cancel(reason: unknown): Promise<void>;
  /** Releases the underlying source after it has ended or failed. */
  release(): void;
}

/** Reads a stream, and holds its lock. */
export class StreamSource<T> implements ChunkSource<T> {
  readonly settlesOnCancel = true;
  readonly chunksAreKept: boolean;
  readonly #reader: ReadableStreamDefaultReader<T>;

  /**
   * @param chunksAreKept False if the stream reuses the memory of its chunks.
   * The platform assumes that it does not.
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

  /** Returns the stream's own promise: each further promise costs time. */
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
 * Reads an iterator; synchronous results are returned synchronously. Cancelling
 * does nothing after the iterator has ended or failed, like leaving a `for
 * await` loop.
 */
export class IteratorSource<T> implements ChunkSource<T> {
  /** A generator may wait forever. */
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
      throw new TypeError(
        "Cannot read the iterator: next() returned no object",
      );
    }
    if (result.done) this.#isOver = true;
    return result;
  }

  async cancel(_reason: unknown): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    const ended = endIteration(this.#iterator);
    // A generator handles the call only after the value that it is waiting for,
    // which may never come, so the call is not awaited then.
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
