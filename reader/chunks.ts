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
