/** Slots of the table: few enough for the fastest cache. */
const SLOTS = 4096;

/** Looks that are made before anything is decided. */
const LOOKS = 4;

/** Shorter delimiters make for looks so near to each other that chains are as fast. */
const MIN_LENGTH = 16;

/**
 * Tells where a delimiter is not, by looking at three bytes at a time.
 *
 * The looks are so far apart that every delimiter holds one of them whole. So
 * where none of the looks shows three bytes that stand in the delimiter, there
 * is not a delimiter. Where to look does not depend on what was seen, as it does
 * in Boyer, Moore and Horspool's search, so the processor makes many looks at
 * once, and reads the chunk from its start to its end, as its cache expects.
 */
export class TrigramFilter {
  /** Bytes from one look to the next: every delimiter holds one of them whole. */
  readonly #step: number;
  /** 1 for each slot that three bytes in a row of the delimiter have. */
  readonly #table = new Uint8Array(SLOTS);
  /** The bytes behind what `skip` returns among which the next look may be. */
  readonly reach: number;

  private constructor(delimiter: Uint8Array) {
    this.#step = delimiter.length - 2;
    this.reach = LOOKS * this.#step;
    for (let at = 0; at < this.#step; at++) {
      this.#table[slotOf(delimiter, at)] = 1;
    }
  }

  /** `undefined` for a delimiter that is too short to gain by it. */
  static of(delimiter: Uint8Array): TrigramFilter | undefined {
    return delimiter.length < MIN_LENGTH
      ? undefined
      : new TrigramFilter(delimiter);
  }

  /**
   * Skips bytes in which no delimiter ends.
   *
   * @param end Where a delimiter's last byte may stand; none ends before.
   * @returns The next such place, as far as whole rows of looks can tell.
   */
  skip(chunk: Uint8Array, end: number): number {
    const table = this.#table;
    const step = this.#step;
    const lastRow = chunk.length - (LOOKS - 1) * step;
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

/** The slot of the three bytes that stand at `at`. */
function slotOf(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8 ^ bytes[at + 1] << 4 ^ bytes[at + 2]) & (SLOTS - 1);
}
