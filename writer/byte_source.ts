/**
 * What a body's bytes are pulled from, whatever the body is.
 *
 * @module
 */
import { encodeUtf8 } from "../wire/bytes.ts";
import { endIteration } from "../wire/iteration.ts";

/** Bytes that are pulled. After `cancel` nothing else is called. */
export interface ByteSource {
  /** The next chunk, or `null` at the end; nothing is read ahead. */
  read(): Promise<Uint8Array | null>;
  /** Says that no more will be read, and lets go of what is underneath. */
  cancel(reason: unknown): Promise<void>;
}

/** Makes chunks of bytes of what a stream or an iterable gives, text too. */
class ChunkEncoder {
  /** The first half of a character whose second half has not come. */
  #half = "";

  /** `null` at the end. */
  encode(
    { done, value }: { readonly done?: boolean; readonly value?: unknown },
  ): Uint8Array | null {
    if (typeof value === "string") return this.#encodeText(value);
    if (!done && !(value instanceof Uint8Array)) {
      throw new TypeError("Cannot write a chunk: it is neither bytes nor text");
    }
    const bytes = value instanceof Uint8Array ? value : null;
    return this.#half === "" ? bytes : this.#encodeHalf(bytes);
  }

  #encodeText(chunk: string): Uint8Array {
    const text = this.#half + chunk;
    const end = /[\ud800-\udbff]$/.test(text) ? text.length - 1 : text.length;
    this.#half = text.slice(end);
    return encodeUtf8(text.slice(0, end));
  }

  /** Nothing completes it any more: it becomes U+FFFD, before what follows. */
  #encodeHalf(rest: Uint8Array | null): Uint8Array {
    const half = encodeUtf8(this.#half);
    this.#half = "";
    const bytes = new Uint8Array(half.length + (rest?.length ?? 0));
    bytes.set(half);
    if (rest !== null) bytes.set(rest, half.length);
    return bytes;
  }
}

/** Reads a stream, and holds its lock from now on. */
export class StreamSource implements ByteSource {
  readonly #reader: ReadableStreamDefaultReader<unknown>;
  readonly #encoder = new ChunkEncoder();
  #hasEnded = false;

  constructor(stream: ReadableStream<unknown>) {
    this.#reader = stream.getReader();
  }

  async read(): Promise<Uint8Array | null> {
    const chunk = this.#encoder.encode(await this.#reader.read());
    if (chunk === null) {
      this.#hasEnded = true;
      this.#reader.releaseLock();
    }
    return chunk;
  }

  async cancel(reason: unknown): Promise<void> {
    if (this.#hasEnded) return;
    const cancelled = this.#reader.cancel(reason);
    this.#reader.releaseLock();
    await cancelled;
  }
}

/** Reads an async iterable, of text too. */
export class IterableSource implements ByteSource {
  readonly #iterator: AsyncIterator<unknown>;
  readonly #encoder = new ChunkEncoder();
  #isPending = false;

  constructor(iterable: AsyncIterable<unknown>) {
    this.#iterator = iterable[Symbol.asyncIterator]();
  }

  async read(): Promise<Uint8Array | null> {
    this.#isPending = true;
    try {
      return this.#encoder.encode(await this.#iterator.next());
    } finally {
      this.#isPending = false;
    }
  }

  async cancel(_reason: unknown): Promise<void> {
    await endIteration(this.#iterator, this.#isPending);
  }
}

/** Gives the chunks of an iterable that needs no I/O. */
export class LocalSource implements ByteSource {
  readonly #iterator: Iterator<Uint8Array>;

  constructor(chunks: Iterable<Uint8Array>) {
    this.#iterator = chunks[Symbol.iterator]();
  }

  read(): Promise<Uint8Array | null> {
    const { done, value } = this.#iterator.next();
    return Promise.resolve(done ? null : value);
  }

  cancel(): Promise<void> {
    return Promise.resolve();
  }
}

/** Counts what a source gives, and refuses another number than was stated. */
export class MeasuredSource implements ByteSource {
  readonly #source: ByteSource;
  readonly #size: number;
  readonly #label: string;
  #length = 0;

  constructor(source: ByteSource, size: number, label: string) {
    this.#source = source;
    this.#size = size;
    this.#label = label;
  }

  async read(): Promise<Uint8Array | null> {
    const chunk = await this.#source.read();
    this.#length += chunk?.length ?? 0;
    if (
      this.#length > this.#size || (chunk === null && this.#length < this.#size)
    ) {
      throw new RangeError(
        `Cannot write ${this.#label}: its body has ${
          chunk === null ? "only" : "at least"
        } ${this.#length} bytes, and ${this.#size} were stated`,
      );
    }
    return chunk;
  }

  cancel(reason: unknown): Promise<void> {
    return this.#source.cancel(reason);
  }
}
