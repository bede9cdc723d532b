/** Where the files go: a folder, a bucket. */
export interface Store {
  /** Writes one new file as its chunks come. If they fail, nothing of it stays. */
  save(name: string, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Opens a file that `save` wrote, or gives nothing if there is none. */
  open(name: string): Promise<StoredFile | undefined>;
  /** Takes away a file that `save` wrote. */
  remove(name: string): Promise<void>;
}

/** A file that can be read from any place in it. */
export interface StoredFile {
  size: number;
  /** Its bytes from `start` on, up to `end` and without that one. */
  read(start: number, end: number): ReadableStream<Uint8Array>;
}
