/**
 * What a body's bytes are pulled from, whatever the body is.
 *
 * @module
 */
import { encodeUtf8 } from "../../wire/bytes.ts";
import type { ChunkResult, ChunkSource } from "../../wire/chunk_source.ts";
import { bytesOf, isPromise } from "../../wire/type_guards.ts";
import { labelOf, type PartLabel } from "./part_label.ts";
import { encodeText } from "./text.ts";

/** Bytes that are pulled. After `cancel` nothing else is called. */
export interface ByteSource {
  /** The next chunk, or `null` at the end; nothing is read ahead. */
  read(): Promise<Uint8Array | null>;
  /** Says that no more will be read, and lets go of what is underneath. */
  cancel(reason: unknown): Promise<void>;
}

/** What is written for a body: text, bytes, or what they are pulled from. */
export type OpenedBody = string | Uint8Array | ByteSource;

/** The same as a source, whatever it is. */
export function sourceOf(body: OpenedBody): ByteSource {
  if (typeof body === "string") return new LocalSource(encodeText(body));
  if (body instanceof Uint8Array) return new LocalSource([body]);
  return body;
}

const ENDED = Object.freeze({ done: true });

/** Makes bytes of the chunks of a stream or an iterable: text, and views of any kind. */
export class TextOrBytesSource implements ByteSource {
  readonly #source: ChunkSource<unknown>;
  readonly #label: PartLabel;
  /** The first half of a character whose second half has not come. */
  #half = "";
  #hasEnded = false;

  constructor(source: ChunkSource<unknown>, label: PartLabel) {
    this.#source = source;
    this.#label = label;
  }

  read(): Promise<Uint8Array | null> {
    return this.readThen(itself, rethrow);
  }

  /**
   * As `read`, and gives the chunk to `then` with no promise in between, or
   * what is wrong to `fail`.
   */
  readThen<T>(
    then: (chunk: Uint8Array | null) => T | Promise<T>,
    fail: (error: unknown) => never,
  ): Promise<T> {
    const take = (result: ChunkResult<unknown>): T | Promise<T> => {
      try {
        return then(this.#encode(result));
      } catch (error) {
        return fail(error);
      }
    };
    try {
      // What has been let go of is not asked again: half a character came last.
      const result = this.#hasEnded ? ENDED : this.#source.read();
      return isPromise(result)
        ? result.then(take, fail)
        : Promise.resolve(take(result));
    } catch (error) {
      return Promise.reject<never>(error).catch(fail);
    }
  }

  async cancel(reason: unknown): Promise<void> {
    if (!this.#hasEnded) await this.#source.cancel(reason);
  }

  #encode({ done, value }: ChunkResult<unknown>): Uint8Array | null {
    // What most chunks are, before all else.
    return value instanceof Uint8Array && value.length > 0 && !done &&
        this.#half === ""
      ? value
      // A chunk of `null` is no end.
      : this.#encodeOther(done ? null : value ?? undefined);
  }

  #encodeOther(chunk: unknown): Uint8Array | null {
    if (typeof chunk === "string") return this.#encodeText(chunk);
    if (chunk === null && !this.#hasEnded) {
      this.#hasEnded = true;
      this.#source.release();
    }
    const bytes = chunk === null ? undefined : bytesOf(chunk);
    if (chunk !== null && !bytes) throw this.#unwritable(bytes);
    return this.#half === "" ? bytes ?? null : this.#encodeHalf(bytes);
  }

  #unwritable(bytes: undefined | null): TypeError {
    return new TypeError(
      `Cannot write a chunk of ${labelOf(this.#label)}: ${
        bytes === null
          ? "its buffer is detached"
          : "it is neither bytes nor text"
      }`,
    );
  }

  #encodeText(chunk: string): Uint8Array {
    const text = this.#half + chunk;
    const end = /[\ud800-\udbff]$/.test(text) ? text.length - 1 : text.length;
    this.#half = text.slice(end);
    return encodeUtf8(text.slice(0, end));
  }

  /** Nothing completes it any more: it becomes U+FFFD, before what follows. */
  #encodeHalf(rest: Uint8Array | null | undefined): Uint8Array {
    const half = encodeUtf8(this.#half);
    this.#half = "";
    const bytes = new Uint8Array(half.length + (rest?.length ?? 0));
    bytes.set(half);
    if (rest) bytes.set(rest, half.length);
    return bytes;
  }
}

function itself<T>(chunk: T): T {
  return chunk;
}

function rethrow(error: unknown): never {
  throw error;
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
  readonly #count = (chunk: Uint8Array | null): Uint8Array | null => {
    this.#length += chunk?.length ?? 0;
    const isWrong = chunk === null
      ? this.#length < this.#size
      : this.#length > this.#size;
    if (!isWrong) return chunk;
    throw new RangeError(
      `Cannot write ${this.#label}: its body has ${
        chunk === null ? "only" : "at least"
      } ${this.#length} bytes, and ${this.#size} were stated`,
    );
  };
  #length = 0;

  constructor(source: ByteSource, size: number, label: string) {
    this.#source = source;
    this.#size = size;
    this.#label = label;
  }

  read(): Promise<Uint8Array | null> {
    return this.#source.read().then(this.#count);
  }

  cancel(reason: unknown): Promise<void> {
    return this.#source.cancel(reason);
  }
}
