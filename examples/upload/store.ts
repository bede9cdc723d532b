/** Where the files go: a folder, a bucket. */
export interface Store {
  /** Writes one new file as its chunks come. If they fail, nothing of it stays. */
  save(name: string, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Takes away a file that `save` wrote. */
  remove(name: string): Promise<void>;
}
