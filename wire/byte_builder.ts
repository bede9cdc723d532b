/** Makes the bytes of chunks one, in the order in which they were added. */
export class ByteBuilder {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #length = 0;

  /** Bytes added so far. */
  get length(): number {
    return this.#length;
  }

  /** All that was added, as a view: good until more is. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Adds a copy of `chunk`. */
  add(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#bytes.length) {
      // The first chunk is often the only one, and then fits exactly; from then
      // on doubling keeps the copies in proportion, however small the chunks.
      const room = this.#length === 0
        ? length
        : Math.max(length, 2 * this.#bytes.length);
      const grown = new Uint8Array(room);
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
  }

  /** All that was added, in a buffer of just that length. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#length === this.#bytes.length
      ? this.#bytes
      : this.#bytes.slice(0, this.#length);
  }
}
