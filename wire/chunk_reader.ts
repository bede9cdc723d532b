/**
 * Bytes that are pulled chunk by chunk: what bodies and codecs inside the
 * library are read through.
 */
export interface ChunkReader {
  /**
   * Returns the next chunk, or `null` at the end; a promise only where it has to
   * be waited for. One call at a time, and a chunk is valid until the next call.
   * Nothing is read ahead.
   */
  read(): Uint8Array | null | Promise<Uint8Array | null>;
}
