/**
 * What a reader can read from, made one: a source that is pulled, cancelled at
 * most once, and let go of.
 *
 * @module
 */
import { endIteration } from "../wire/iteration.ts";

/** Bytes in chunks. */
export type MultipartSource =
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>
  | Uint8Array
  | Blob;

/** A chunk, or `null` at the end; `undefined` is what a source gave that is none. */
export type SourceChunk = Uint8Array | null | undefined;

/** A source, opened. After `cancel` or `release` nothing else is called. */
export interface ByteSource {
  /** The next chunk, or `null` at the end; nothing is read ahead. */
  read(): SourceChunk | Promise<SourceChunk>;
  /** Says that no more will be read, and lets go of the source. */
  cancel(reason: unknown): Promise<void>;
  /** Lets go of a source that has ended or failed. */
  release(): void;
}

/**
 * Opens a source.
 *
 * @throws {TypeError} If it is a locked stream, or nothing that holds bytes.
 */
export function openSource(source: MultipartSource): ByteSource {
  if (source instanceof Uint8Array) {
    return new IteratorSource([source][Symbol.iterator]());
  }
  if (source instanceof Blob) return new StreamSource(source.stream());
  if (isReadableStream(source)) return new StreamSource(source);
  if (isAsyncIterable(source)) {
    return new IteratorSource(source[Symbol.asyncIterator]());
  }
  if (isIterable(source)) return new IteratorSource(source[Symbol.iterator]());
  throw new TypeError(
    "Cannot read the source: it is no stream, no iterable, and no bytes",
  );
}

/** Whether `value` is a stream, be it of another realm or a polyfill's. */
export function isReadableStream(
  value: unknown,
): value is ReadableStream<Uint8Array> {
  return hasMethod(value, "getReader");
}

/** Whether `value` can be iterated with `for await`. */
export function isAsyncIterable(
  value: unknown,
): value is AsyncIterable<Uint8Array> {
  return hasMethod(value, Symbol.asyncIterator);
}

function isIterable(value: unknown): value is Iterable<Uint8Array> {
  return typeof value !== "string" && hasMethod(value, Symbol.iterator);
}

function hasMethod(value: unknown, name: PropertyKey): boolean {
  return typeof value === "object" && value !== null && name in value &&
    typeof (value as Record<PropertyKey, unknown>)[name] === "function";
}

class StreamSource implements ByteSource {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(stream: ReadableStream<Uint8Array>) {
    if (stream.locked) {
      throw new TypeError(
        "Cannot read the body: it is locked to another reader",
      );
    }
    this.#reader = stream.getReader();
  }

  async read(): Promise<SourceChunk> {
    const { value, done } = await this.#reader.read();
    return done ? null : value ?? undefined;
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

type ChunkIterator = Iterator<Uint8Array> | AsyncIterator<Uint8Array>;

class IteratorSource implements ByteSource {
  readonly #iterator: ChunkIterator;
  #isPending = false;

  constructor(iterator: ChunkIterator) {
    this.#iterator = iterator;
  }

  read(): SourceChunk | Promise<SourceChunk> {
    const result = this.#iterator.next();
    return "then" in result ? this.#wait(result) : chunkOf(result);
  }

  async #wait(
    result: PromiseLike<IteratorResult<Uint8Array>>,
  ): Promise<SourceChunk> {
    this.#isPending = true;
    try {
      return chunkOf(await result);
    } finally {
      this.#isPending = false;
    }
  }

  async cancel(_reason: unknown): Promise<void> {
    await endIteration(this.#iterator, this.#isPending);
  }

  release(): void {}
}

function chunkOf(result: IteratorResult<Uint8Array>): SourceChunk {
  // A chunk of `null` is no end.
  return result.done ? null : result.value ?? undefined;
}
