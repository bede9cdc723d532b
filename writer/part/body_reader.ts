/**
 * One interface to pull the bytes of any body.
 *
 * @module
 */
import { encodeUtf8, join } from "../../wire/bytes.ts";
import type { ChunkReader } from "../../wire/chunk_reader.ts";
import type { ChunkResult, ChunkSource } from "../../wire/chunk_source.ts";
import { printable } from "../../wire/errors.ts";
import { bytesOf, isPromise } from "../../wire/type_guards.ts";
import { encodeText } from "./text.ts";

/** The chunks of a body. After `cancel` no other method is called. */
export interface BodyReader extends ChunkReader {
  /** Stops reading, and cancels the underlying source. */
  cancel(reason: unknown): Promise<void>;
}

/** An opened body: text, bytes, or a reader to pull them from. */
export type OpenedBody = string | Uint8Array | BodyReader;

/** An opened body as a reader; errors name `label`. */
export function readerOf(body: OpenedBody, label: string): BodyReader {
  if (typeof body === "string") return readLocal(encodeText(body), label);
  if (body instanceof Uint8Array) return readLocal([body], label);
  return body;
}

/** Makes `reader` fail if it gives another number of bytes than `size`. */
export function expectSize(
  reader: BodyReader,
  size: number,
  label: string,
): BodyReader {
  const chunks = reader instanceof SourceChunks ? reader : new SourceChunks({
    ...LOCAL,
    read: async () => toResult(await reader.read()),
    cancel: (reason) => reader.cancel(reason),
  }, label);
  return chunks.expect(size);
}

/** The chunks of an iterable in memory. */
export function readLocal(
  chunks: Iterable<Uint8Array>,
  label: string,
): SourceChunks {
  const iterator = chunks[Symbol.iterator]();
  return new SourceChunks({ ...LOCAL, read: () => iterator.next() }, label);
}

/** A source with nothing to cancel or release. */
const LOCAL = {
  settlesOnCancel: true,
  async cancel(): Promise<void> {},
  release(): void {},
};

/** A reader's chunk as an iterator's result. */
export function toResult(
  value: Uint8Array | null,
): IteratorResult<Uint8Array, undefined> {
  return value === null
    ? { done: true, value: undefined }
    : { done: false, value };
}

/** How errors name a part. */
export interface PartLabel {
  /** Its index in its multipart, from 0. */
  readonly index: number;
  /** Its name, if it has one. */
  readonly name: string | undefined;
}

/** `part 2, "name"`. */
export function labelOf({ index, name }: PartLabel): string {
  return name === undefined
    ? `part ${index}`
    : `part ${index}, ${printable(name)}`;
}

/**
 * The chunks of a stream or an iterable, text and views of any kind, as bytes.
 */
export class SourceChunks implements BodyReader {
  readonly source: ChunkSource<unknown>;
  readonly #label: string;
  /** The first half of a surrogate pair that the next chunk may complete. */
  #half = "";
  #length = 0;
  /** The expected number of bytes, if it was stated. */
  #size: number | undefined;
  #hasEnded = false;

  /** @param label The name of the part in errors. */
  constructor(source: ChunkSource<unknown>, label: string) {
    this.source = source;
    this.#label = label;
  }

  /** Makes any other number of bytes than `size` an error. */
  expect(size: number): this {
    this.#size = size;
    return this;
  }

  /** Whether the source has ended, perhaps with half a surrogate pair. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  read(): Uint8Array | null | Promise<Uint8Array | null> {
    // A released source is not read again.
    if (this.#hasEnded) {
      return this.#size === undefined ? null : this.#count(null, this.#size);
    }
    const result = this.source.read();
    return isPromise(result)
      ? result.then((result) => this.encode(result))
      : this.encode(result);
  }

  async cancel(reason: unknown): Promise<void> {
    if (!this.#hasEnded) await this.source.cancel(reason);
  }

  /**
   * Returns the bytes of a result of the source, `null` at the end.
   *
   * @throws {TypeError} If it is neither bytes nor text.
   * @throws {RangeError} If the body does not have the expected size.
   */
  encode({ done, value }: ChunkResult<unknown>): Uint8Array | null {
    // The common case first.
    const chunk = value instanceof Uint8Array && value.length > 0 && !done &&
        this.#half === ""
      ? value
      : this.#encodeOther(done ? null : value ?? undefined);
    return this.#size === undefined ? chunk : this.#count(chunk, this.#size);
  }

  #count(chunk: Uint8Array | null, size: number): Uint8Array | null {
    this.#length += chunk?.length ?? 0;
    checkLength(this.#length, chunk === null, size, this.#label);
    return chunk;
  }

  /** @param chunk `null` is the end. */
  #encodeOther(chunk: unknown): Uint8Array | null {
    if (typeof chunk === "string") return this.#encodeText(chunk);
    if (chunk === null) {
      this.#hasEnded = true;
      this.source.release();
      return this.#half === "" ? null : this.#takeHalf();
    }
    const bytes = bytesOf(chunk);
    if (bytes) return join(this.#takeHalf(), bytes);
    throw new TypeError(
      `Cannot write a chunk of ${this.#label}: ${
        bytes === null ? "its buffer is detached" : "it is not text or bytes"
      }`,
    );
  }

  #encodeText(chunk: string): Uint8Array {
    const text = this.#half + chunk;
    const end = /[\ud800-\udbff]$/.test(text) ? text.length - 1 : text.length;
    this.#half = text.slice(end);
    return encodeUtf8(text.slice(0, end));
  }

  /** Half a pair that is never completed becomes U+FFFD. */
  #takeHalf(): Uint8Array {
    const half = encodeUtf8(this.#half);
    this.#half = "";
    return half;
  }
}

function checkLength(
  length: number,
  isEnd: boolean,
  size: number,
  label: string,
): void {
  if (isEnd ? length >= size : length <= size) return;
  throw new RangeError(
    `Cannot write ${label}: its body has ${
      isEnd ? "only" : "at least"
    } ${length} bytes, and ${size} were stated`,
  );
}
