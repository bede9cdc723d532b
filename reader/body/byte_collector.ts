import { EMPTY } from "../../wire/bytes.ts";
import type { Collector, WholeKind } from "./collect.ts";

/**
 * Bytes of the first block after the first chunk; each later one is twice as
 * long.
 */
const FIRST_LENGTH = 16_384;

/** Larger blocks save nothing. */
const MAX_LENGTH = 4_194_304;

/** A smaller chunk is copied at once: many of them would be many objects. */
const MIN_KEPT = 4096;

/** The most extra memory that kept chunks may hold. */
const MAX_SPARE = 1_048_576;

/** Converts pieces, of `length` bytes in total. */
type MakeOfPieces<T> = (pieces: Uint8Array<ArrayBuffer>[], length: number) => T;

/**
 * Collects a body's bytes with as few copies as possible: a large chunk that
 * stays valid is kept as is, and all others are copied into blocks.
 *
 * A stream's chunks should stay valid. A stream that breaks this rule and
 * reuses its memory is detected by its second chunk, so the first is copied.
 */
export class ByteCollector<T> implements Collector<T> {
  readonly #make: MakeOfPieces<T>;
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  /** The block being filled, up to `#used`. */
  #block: Uint8Array<ArrayBuffer> = EMPTY;
  #used = 0;
  #length = 0;
  /** The previous chunk. */
  #last: Uint8Array | undefined;
  /** Bytes of the buffers of kept chunks. */
  #kept = 0;

  /** @param make Converts the pieces to the result. */
  constructor(make: MakeOfPieces<T>) {
    this.#make = make;
  }

  add(chunk: Uint8Array, isKept: boolean): void {
    this.#length += chunk.length;
    if (isKept && this.#canKeep(chunk)) {
      this.#closeBlock();
      this.#pieces.push(chunk);
    } else {
      this.#copy(chunk);
    }
    this.#last = chunk;
  }

  /** @throws {TypeError} If the source has transferred an earlier chunk. */
  take(): T {
    this.#closeBlock();
    if (this.#pieces.some((piece) => piece.length === 0)) {
      throw new TypeError(
        "Cannot collect the body: the memory of a chunk has been transferred",
      );
    }
    return this.#make(this.#pieces, this.#length);
  }

  #canKeep(chunk: Uint8Array): chunk is Uint8Array<ArrayBuffer> {
    const last = this.#last;
    const { buffer } = chunk;
    if (
      last === undefined || chunk.length < MIN_KEPT || overlap(last, chunk) ||
      !(buffer instanceof ArrayBuffer)
    ) return false;
    // A small view would keep all of a large buffer alive.
    const kept = this.#kept + (buffer === last.buffer ? 0 : buffer.byteLength);
    if (kept > 2 * this.#length + MAX_SPARE) return false;
    this.#kept = kept;
    return true;
  }

  #copy(chunk: Uint8Array): void {
    const copied = Math.min(chunk.length, this.#block.length - this.#used);
    this.#block.set(chunk.subarray(0, copied), this.#used);
    this.#used += copied;
    if (copied === chunk.length) return;
    this.#closeBlock();
    const rest = chunk.subarray(copied);
    // The first chunk is often the only one, and then fits exactly.
    const length = this.#last === undefined
      ? 0
      : Math.min(Math.max(FIRST_LENGTH, this.#length), MAX_LENGTH);
    this.#block = new Uint8Array(Math.max(length, rest.length));
    this.#block.set(rest);
    this.#used = rest.length;
  }

  #closeBlock(): void {
    if (this.#used > 0) this.#pieces.push(this.#block.subarray(0, this.#used));
    this.#block = EMPTY;
    this.#used = 0;
  }
}

/** Whether two chunks share memory. */
function overlap(first: Uint8Array, second: Uint8Array): boolean {
  return first.buffer === second.buffer &&
    first.byteOffset < second.byteOffset + second.length &&
    second.byteOffset < first.byteOffset + first.length;
}

/** A body's bytes in one buffer of exactly that length. */
export const WHOLE_BYTES: WholeKind<Uint8Array<ArrayBuffer>> = {
  of: (bytes) => new Uint8Array(bytes),
  collector: () => new ByteCollector(joined),
};

function joined(
  pieces: Uint8Array<ArrayBuffer>[],
  length: number,
): Uint8Array<ArrayBuffer> {
  const [first] = pieces;
  // The first piece is a block, and fits if it is the only one.
  if (first?.length === length && first.buffer.byteLength === length) {
    return first;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
