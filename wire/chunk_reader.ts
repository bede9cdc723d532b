/**
 * Bytes pulled chunk by chunk: the interface of bodies and codecs inside the
 * library.
 */
export interface ChunkReader {
  /**
   * Returns the next chunk, or `null` at the end, as a promise only if the
   * caller has to wait. One call at a time; a chunk is valid until the next
   * call. Nothing is read ahead.
   */
  read(): Uint8Array | null | Promise<Uint8Array | null>;
}
