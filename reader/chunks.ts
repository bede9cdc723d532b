/** Bytes that come chunk by chunk, with no stream in between. */
export interface ChunkReader {
  /**
   * The next chunk, or `null` at the end. A promise only if I/O is needed. A
   * chunk is good until the next call.
   */
  read(): Uint8Array | null | Promise<Uint8Array | null>;
}

/** Chunks that can be handed back, to be read again first. */
export class PushbackChunks implements ChunkReader {
  readonly #chunks: ChunkReader;
  #back: Uint8Array | undefined;

  constructor(chunks: ChunkReader) {
    this.#chunks = chunks;
  }

  /** Whether something was handed back. */
  get hasBack(): boolean {
    return this.#back !== undefined;
  }

  read(): Uint8Array | null | Promise<Uint8Array | null> {
    const back = this.#back;
    this.#back = undefined;
    return back ?? this.#chunks.read();
  }

  /** Hands back what was not wanted of the chunk that was read last. */
  unread(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#back = bytes;
  }
}

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
