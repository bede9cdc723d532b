/** Reading a stream costs the same for few bytes as for many: blocks hold many. */
export const BLOCK_SIZE = 64 * 1024;

/** Bodies up to this size, in bytes, are gathered; longer ones pass as they are. */
export const SMALL_BODY = 16 * 1024;

/** Bytes of text that are encoded at a time. */
const QUEUE_SIZE = 16 * 1024;

const encoder = /* @__PURE__ */ new TextEncoder();

/**
 * Gathers heads and small bodies into blocks.
 *
 * Text is queued, joined, and encoded by the engine in one call for many pieces:
 * on Node and Deno that is three times as fast as a loop over its characters,
 * and twice as fast as a call for each piece.
 */
export class BlockBuilder {
  readonly #capacity: number;
  #block: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #length = 0;
  /** Text that waits to be encoded, and whether it is a byte string. */
  #pieces: string[] = [];
  #areBytes: boolean[] = [];
  /** Bytes that the pieces make. */
  #queued = 0;
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

  /** Adds text as UTF-8, in which it has `size` bytes. */
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

  /** The first of what is held, full or not; `undefined` if that is nothing. */
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
    // A byte string that is not all ASCII would become too long for its room.
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
    // Who takes a block may take its buffer too. Little is copied instead, so
    // that a head alone does not cost a whole block.
    if (4 * length < this.#block.length) return this.#block.slice(0, length);
    const block = this.#block.subarray(0, length);
    this.#block = new Uint8Array(0);
    return block;
  }
}
