import { EMPTY } from "./bytes.ts";

/** Joins chunks of bytes in the order in which they were added. */
export class ByteBuilder {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  /** @param capacity The number of bytes to come, if known. */
  constructor(capacity = 0) {
    this.#bytes = capacity === 0 ? EMPTY : new Uint8Array(capacity);
  }

  /** Bytes added so far. */
  get length(): number {
    return this.#length;
  }

  /** All bytes added, as a view that is valid until more are added. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Adds a copy of `chunk`. */
  add(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#bytes.length) {
      // The first chunk is often the only one, and then fits exactly. Doubling
      // keeps the copying linear, however small the chunks.
      const grown = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
      grown.set(this.bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
  }

  /** Forgets what was added. */
  clear(): void {
    this.#length = 0;
    this.#bytes = EMPTY;
  }

  /**
   * Returns all bytes added, in a buffer of exactly that length, and forgets
   * them.
   */
  take(): Uint8Array<ArrayBuffer> {
    const isWhole = this.#length === this.#bytes.length && this.#length > 0;
    const bytes = isWhole ? this.#bytes : this.#bytes.slice(0, this.#length);
    this.clear();
    return bytes;
  }
}
