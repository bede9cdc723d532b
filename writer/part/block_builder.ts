import { encoder } from "../../wire/bytes.ts";

/**
 * Bytes per block. Reading a stream costs about the same for few bytes as for
 * many.
 */
export const BLOCK_SIZE = 65_536;

/**
 * Bodies up to this size, in bytes, are gathered into blocks; longer ones pass
 * through.
 */
export const SMALL_BODY = 16_384;

/** Bytes of text to queue before they are encoded. */
const QUEUE_SIZE = 16_384;

/**
 * Gathers heads and small bodies into blocks.
 *
 * Text is queued, joined, and encoded in one native call for many pieces: on
 * Node and Deno that is three times as fast as a loop over the characters, and
 * twice as fast as a call per piece.
 */
export class BlockBuilder {
  readonly #capacity: number;
  #block: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #length = 0;
  /** The queued text, and whether each piece is a byte string. */
  #pieces: string[] = [];
  #areBytes: boolean[] = [];
  /** Bytes of the queued text. */
  #queued = 0;
  readonly #full: Uint8Array<ArrayBuffer>[] = [];

  /**
   * Creates a builder without a block.
   *
   * @param capacity The size of a block, in bytes; longer pieces get a block of
   * their own.
   */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Whether nothing is held. */
  get isEmpty(): boolean {
    return this.#length + this.#queued === 0 && this.#full.length === 0;
  }

  /** Whether a block is full. */
  get hasFull(): boolean {
    return this.#full.length > 0;
  }

  /** Adds a byte string. */
  addByteString(text: string): void {
    this.#queue(text, text.length, true);
  }

  /** Adds text as UTF-8, which takes `size` bytes. */
  addText(text: string, size: number): void {
    this.#queue(text, size, false);
  }

  /** Adds a copy of `bytes`. */
  addBytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#encodeQueue();
    this.#block.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Returns the first block, full or not; `undefined` if there is none. */
  take(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#full.length > 0) return this.#full.shift();
    return this.#length + this.#queued === 0 ? undefined : this.#cut();
  }

  #queue(text: string, size: number, isBytes: boolean): void {
    this.#reserve(size);
    this.#pieces.push(text);
    this.#areBytes.push(isBytes);
    this.#queued += size;
    if (this.#queued >= QUEUE_SIZE) this.#encodeQueue();
  }

  #encodeQueue(): void {
    if (this.#queued === 0) return;
    const end = this.#length + this.#queued;
    const room = this.#block.subarray(this.#length, end);
    const text = this.#pieces.join("");
    // A byte string that is not all ASCII does not fit as UTF-8.
    const { read } = encoder.encodeInto(text, room);
    if (read < text.length) this.#encodeEach(room);
    this.#length = end;
    this.#pieces = [];
    this.#areBytes = [];
    this.#queued = 0;
  }

  #encodeEach(room: Uint8Array): void {
    let at = 0;
    for (const [index, text] of this.#pieces.entries()) {
      if (this.#areBytes[index]) {
        for (let from = 0; from < text.length; from++) {
          room[at++] = text.charCodeAt(from);
        }
      } else {
        at += encoder.encodeInto(text, room.subarray(at)).written;
      }
    }
  }

  #reserve(length: number): void {
    const used = this.#length + this.#queued;
    if (this.#block.length - used >= length) return;
    if (used > 0) this.#full.push(this.#cut());
    if (this.#block.length < length) {
      this.#block = new Uint8Array(Math.max(length, this.#capacity));
    }
  }

  #cut(): Uint8Array<ArrayBuffer> {
    this.#encodeQueue();
    const length = this.#length;
    this.#length = 0;
    // The caller may transfer the buffer of a block. A short one is copied, so
    // that a head alone does not cost a whole block.
    if (4 * length < this.#block.length) return this.#block.slice(0, length);
    const block = this.#block.subarray(0, length);
    this.#block = new Uint8Array(0);
    return block;
  }
}
