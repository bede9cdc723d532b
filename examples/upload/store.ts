/** A place to store files, such as a folder or a bucket. */
export interface Store {
  /**
   * Writes a new file as its chunks arrive. If they fail, it leaves nothing
   * behind.
   */
  save(name: string, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Opens a file that `save` wrote, or returns undefined if there is none. */
  open(name: string): Promise<StoredFile | undefined>;
  /** Removes a file that `save` wrote. */
  remove(name: string): Promise<void>;
}

/** A file that can be read from any position. */
export interface StoredFile {
  size: number;
  /** Reads its bytes from `start` up to, but not including, `end`. */
  read(start: number, end: number): ReadableStream<Uint8Array>;
}
