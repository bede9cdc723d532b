/** Slots of the table: few enough for the L1 cache. */
const SLOTS = 4096;

/** How many looks are made before the first branch. */
const LOOKS_PER_ROW = 4;

/** Shorter delimiters need looks so close together that chains are as fast. */
const MIN_LENGTH = 16;

/**
 * Rules out delimiters by looking at three bytes at a time.
 *
 * The looks are spaced so that every delimiter contains at least one whole. So
 * if none of them sees three bytes that occur in the delimiter, there is no
 * delimiter. Unlike in the Boyer-Moore-Horspool search, where to look does not
 * depend on what was seen. So the processor makes many looks at once, and reads
 * the chunk from start to end, as its cache expects.
 */
export class TrigramFilter {
  /**
   * Bytes from one look to the next: every delimiter contains one look whole.
   */
  readonly #step: number;
  /** 1 for the slot of each three consecutive bytes of the delimiter. */
  readonly #table = new Uint8Array(SLOTS);
  /** How many bytes after the index that `skip` returns have to be searched. */
  readonly reach: number;

  private constructor(delimiter: Uint8Array) {
    this.#step = delimiter.length - 2;
    this.reach = LOOKS_PER_ROW * this.#step;
    for (let at = 0; at < this.#step; at++) {
      this.#table[slotOf(delimiter, at)] = 1;
    }
  }

  /** `undefined` if the delimiter is too short for a filter to pay off. */
  static of(delimiter: Uint8Array): TrigramFilter | undefined {
    return delimiter.length < MIN_LENGTH
      ? undefined
      : new TrigramFilter(delimiter);
  }

  /**
   * Skips bytes that end no delimiter.
   *
   * @param end The first index at which a delimiter may end.
   * @returns The next such index that the filter cannot rule out.
   */
  skip(chunk: Uint8Array, end: number): number {
    const table = this.#table;
    const step = this.#step;
    const lastRow = chunk.length - (LOOKS_PER_ROW - 1) * step;
    while (end < lastRow) {
      const a = end - 2;
      const b = a + step;
      const c = b + step;
      const d = c + step;
      const seen = table[slotOf(chunk, a)] | table[slotOf(chunk, b)] |
        table[slotOf(chunk, c)] | table[slotOf(chunk, d)];
      if (seen !== 0) break;
      end = d + 2 + step;
    }
    return end;
  }
}

/** The slot of the three bytes at `at`. */
function slotOf(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8 ^ bytes[at + 1] << 4 ^ bytes[at + 2]) & (SLOTS - 1);
}
