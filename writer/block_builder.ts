import { encodeUtf8 } from "../wire/bytes.ts";

/** Reading a stream costs the same for few bytes as for many: blocks hold many. */
export const BLOCK_SIZE = 64 * 1024;

/** Below this a call into the engine costs more than it saves. */
const SHORT_TEXT = 64;

const encoder = new TextEncoder();

/** Gathers heads and small bodies into blocks. */
export class BlockBuilder {
  readonly #capacity: number;
  #block: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #length = 0;
  readonly #full: Uint8Array<ArrayBuffer>[] = [];

  /**
   * Makes a builder that has no block yet.
   *
   * @param capacity The size of a block, in bytes, for what fits in one.
   */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Whether nothing is held. */
  get isEmpty(): boolean {
    return this.#length === 0 && this.#full.length === 0;
  }

  /** Adds a byte string. */
  addByteString(text: string): void {
    this.#reserve(text.length);
    const block = this.#block;
    let at = this.#length;
    for (let index = 0; index < text.length; index++) {
      block[at++] = text.charCodeAt(index);
    }
    this.#length = at;
  }

  /** Adds text as UTF-8: such as fits in a block. */
  addText(text: string): void {
    // No character takes more than three bytes for each of its code units.
    if (3 * text.length > this.#block.length - this.#length) {
      return this.addBytes(encodeUtf8(text));
    }
    const ascii = text.length <= SHORT_TEXT ? this.#addAscii(text) : 0;
    if (ascii === text.length) return;
    const { written } = encoder.encodeInto(
      text.slice(ascii),
      this.#block.subarray(this.#length),
    );
    this.#length += written;
  }

  /** Adds what is ASCII at the start of `text`, and returns how much that is. */
  #addAscii(text: string): number {
    const block = this.#block;
    const start = this.#length;
    let index = 0;
    for (; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code >= 0x80) break;
      block[start + index] = code;
    }
    this.#length = start + index;
    return index;
  }

  /** Adds a copy of `bytes`. */
  addBytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#block.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A block that is full, if there is one. */
  takeFull(): Uint8Array<ArrayBuffer> | undefined {
    return this.#full.shift();
  }

  /** The first of what is held, full or not; `undefined` if that is nothing. */
  take(): Uint8Array<ArrayBuffer> | undefined {
    const full = this.#full.shift();
    if (full !== undefined || this.#length === 0) return full;
    return this.#cut();
  }

  #reserve(length: number): void {
    if (this.#block.length - this.#length >= length) return;
    if (this.#length > 0) this.#full.push(this.#cut());
    if (this.#block.length < length) {
      this.#block = new Uint8Array(Math.max(length, this.#capacity));
    }
  }

  #cut(): Uint8Array<ArrayBuffer> {
    const length = this.#length;
    this.#length = 0;
    // Who takes a block may take its buffer too. Little is copied instead, so
    // that a head alone does not cost a whole block.
    if (4 * length < this.#block.length) return this.#block.slice(0, length);
    const block = this.#block.subarray(0, length);
    this.#block = new Uint8Array(0);
    return block;
  }
}
