import { EMPTY } from "../../wire/bytes.ts";
import type { Sink } from "./collect.ts";

/** Bytes of the first block behind the first chunk; each later one has twice as many. */
const FIRST_LENGTH = 16_384;

/** Larger blocks save nothing. */
const MAX_LENGTH = 4_194_304;

/**
 * Copies chunks into blocks, which are joined once, if at all: the bytes are not
 * copied again and again, as in a buffer that doubles, and many tiny chunks do
 * not become many tiny pieces.
 */
export class ByteBlocks implements Sink<Uint8Array<ArrayBuffer>> {
  readonly #full: Uint8Array<ArrayBuffer>[] = [];
  /** The block that is being filled, as far as `#used`. */
  #block: Uint8Array<ArrayBuffer> = EMPTY;
  #used = 0;
  #fullBytes = 0;

  add(chunk: Uint8Array): void {
    // The first chunk is often the only one, and then fits exactly.
    if (this.#block.length === 0) return this.#open(chunk.length, chunk);
    const room = this.#block.length - this.#used;
    if (chunk.length <= room) {
      this.#block.set(chunk, this.#used);
      this.#used += chunk.length;
      return;
    }
    if (room > 0) this.#block.set(chunk.subarray(0, room), this.#used);
    this.#full.push(this.#block);
    this.#fullBytes += this.#block.length;
    const rest = chunk.subarray(room);
    const length = Math.min(
      Math.max(FIRST_LENGTH, this.#fullBytes),
      MAX_LENGTH,
    );
    this.#open(Math.max(length, rest.length), rest);
  }

  /** Does nothing: what was added has been copied. */
  settle(): void {}

  /** The blocks, none of them joined. */
  pieces(): Uint8Array<ArrayBuffer>[] {
    return [...this.#full, this.#block.subarray(0, this.#used)];
  }

  /** All that was added, in a buffer of just that length. */
  take(): Uint8Array<ArrayBuffer> {
    if (this.#full.length === 0) {
      return this.#used === this.#block.length && this.#used > 0
        ? this.#block
        : this.#block.slice(0, this.#used);
    }
    const bytes = new Uint8Array(this.#fullBytes + this.#used);
    let at = 0;
    for (const piece of this.pieces()) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  #open(length: number, start: Uint8Array): void {
    this.#block = length === start.length
      ? new Uint8Array(start)
      : new Uint8Array(length);
    if (length !== start.length) this.#block.set(start);
    this.#used = start.length;
  }
}

/** As {@linkcode ByteBlocks}, for what takes the pieces as they are. */
export class PieceBuilder implements Sink<Uint8Array<ArrayBuffer>[]> {
  readonly #blocks = new ByteBlocks();

  add(chunk: Uint8Array): void {
    this.#blocks.add(chunk);
  }

  settle(): void {}

  take(): Uint8Array<ArrayBuffer>[] {
    return this.#blocks.pieces();
  }
}
