/**
 * Searches chunks for a delimiter, in one of two ways.
 *
 * The first bytes of an input are searched with `indexOf` for the delimiter's
 * first byte: most inputs are small forms, and building a table takes longer
 * than searching one. After that, the Boyer-Moore-Horspool algorithm takes
 * over, with a filter in front of it. It looks at each byte a bounded number of
 * times, whatever the input.
 *
 * @module
 */
import { TrigramFilter } from "./trigram_filter.ts";

/** Looks for one delimiter in a chunk. */
export class DelimiterSearch {
  readonly #delimiter: Uint8Array;
  /** Bytes searched without tables so far. */
  #searched = 0;
  #longSearch: LongSearch | undefined;

  /** @param delimiter A line break, two dashes and the boundary: at most 255 bytes. */
  constructor(delimiter: Uint8Array) {
    this.#delimiter = delimiter;
  }

  /**
   * Returns the index of the first delimiter at or after `from`. If the chunk
   * has none, returns the first index at which a delimiter could begin that the
   * next chunk completes, or `chunk.length`.
   */
  find(chunk: Uint8Array, from: number): number {
    if (this.#longSearch === undefined) {
      if (
        this.#searched < TABLE_TOTAL_BYTES &&
        chunk.length - from < TABLE_CHUNK_BYTES
      ) {
        const place = this.#findByFirstByte(chunk, from);
        this.#searched += place - from;
        return place;
      }
      this.#longSearch = new LongSearch(this.#delimiter);
    }
    return this.#longSearch.find(chunk, from);
  }

  #findByFirstByte(chunk: Uint8Array, from: number): number {
    const delimiter = this.#delimiter;
    const lastStart = chunk.length - delimiter.length;
    for (let start = from; start <= lastStart; start++) {
      start = chunk.indexOf(delimiter[0], start);
      if (start < 0) break;
      if (isAt(delimiter, chunk, start)) return start;
    }
    return Math.max(from, lastStart + 1);
  }
}

/** The Boyer-Moore-Horspool search, which looks at only a few of the bytes. */
class LongSearch {
  readonly #delimiter: Uint8Array;
  /** The index of the delimiter's last byte. */
  readonly #last: number;
  /** For each byte value, how far to leap; 0 for the delimiter's last byte. */
  readonly #leaps: Uint8Array;
  /** How far to leap from that byte where it does not end a delimiter. */
  readonly #leapOfLast: number;
  readonly #filter: TrigramFilter | undefined;
  /** How many of the next searches skip the filter. */
  #unfilteredSearches = 0;

  constructor(delimiter: Uint8Array) {
    const last = delimiter.length - 1;
    this.#delimiter = delimiter;
    this.#last = last;
    this.#leaps = new Uint8Array(256).fill(last + 1);
    for (let at = 0; at < last; at++) this.#leaps[delimiter[at]] = last - at;
    this.#leapOfLast = this.#leaps[delimiter[last]];
    this.#leaps[delimiter[last]] = 0;
    this.#filter = TrigramFilter.of(delimiter);
  }

  /** See {@linkcode DelimiterSearch.find}. */
  find(chunk: Uint8Array, from: number): number {
    const { length } = chunk;
    const last = this.#last;
    // A short part's delimiter is found before the filter pays off.
    const near = Math.min(length, from + last + NEAR_BYTES);
    let end = this.#leap(chunk, from + last, near);
    if (end >= near && end < length) end = this.#leapFar(chunk, end);
    if (end < length) return end - last;
    // The last bytes may be the start of a delimiter.
    const leap = this.#leaps[chunk[length - 1]] || this.#leapOfLast;
    return Math.max(end, length - 1 + leap) - last;
  }

  /** Like `#leap` up to the chunk's end, with the filter in front of it. */
  #leapFar(chunk: Uint8Array, at: number): number {
    const filter = this.#filter;
    if (filter === undefined) return this.#leapInFourChains(chunk, at);
    if (this.#unfilteredSearches > 0) {
      this.#unfilteredSearches--;
      return this.#leapInFourChains(chunk, at);
    }
    const { length } = chunk;
    for (let alarms = 0; alarms < MAX_ALARMS; alarms++) {
      at = filter.skip(chunk, at);
      const stop = Math.min(length, at + filter.reach);
      at = this.#leap(chunk, at, stop);
      if (at < stop || at >= length) return at;
    }
    // Bytes that resemble the delimiter raise an alarm every time.
    this.#unfilteredSearches = UNFILTERED_SEARCHES;
    return this.#leapInFourChains(chunk, at);
  }

  /** Leaps from `at` to the end of a delimiter, or to `stop` or past it. */
  #leap(chunk: Uint8Array, at: number, stop: number): number {
    const leaps = this.#leaps;
    while (at < stop) {
      const leap = leaps[chunk[at]] || this.#leapFromLast(chunk, at);
      if (leap === 0) return at;
      at += leap;
    }
    return at;
  }

  /**
   * Like `#leap` up to the chunk's end. Each leap depends on the byte just
   * read, so a single chain of leaps mostly waits for memory. Four chains, one
   * for each quarter of the bytes, wait at the same time: on random bytes they
   * reach 25 to 30 GB/s on Node 24, Deno 2.9 and Bun 1.4, instead of 12 to 15.
   */
  #leapInFourChains(chunk: Uint8Array, at: number): number {
    const leaps = this.#leaps;
    const { length } = chunk;
    const quarter = (length - at) >> 2;
    const endA = at + quarter;
    const endB = endA + quarter;
    const endC = endB + quarter;
    let a = at;
    let b = endA;
    let c = endB;
    let d = endC;
    while (a < endA && b < endB && c < endC && d < length) {
      let leapA = leaps[chunk[a]];
      let leapB = leaps[chunk[b]];
      let leapC = leaps[chunk[c]];
      let leapD = leaps[chunk[d]];
      if (leapA === 0 || leapB === 0 || leapC === 0 || leapD === 0) {
        leapA ||= this.#leapFromLast(chunk, a);
        leapB ||= this.#leapFromLast(chunk, b);
        leapC ||= this.#leapFromLast(chunk, c);
        leapD ||= this.#leapFromLast(chunk, d);
        if (leapA === 0 || leapB === 0 || leapC === 0 || leapD === 0) break;
      }
      a += leapA;
      b += leapB;
      c += leapC;
      d += leapD;
    }
    // The first delimiter is wanted, so the chains are finished in order.
    a = this.#leap(chunk, a, endA);
    if (a < endA) return a;
    b = this.#leap(chunk, b, endB);
    if (b < endB) return b;
    c = this.#leap(chunk, c, endC);
    if (c < endC) return c;
    return this.#leap(chunk, d, length);
  }

  /**
   * How far to leap from `at`, which has the delimiter's last byte; 0 if a
   * delimiter ends there.
   */
  #leapFromLast(chunk: Uint8Array, at: number): number {
    if (isAt(this.#delimiter, chunk, at - this.#last)) return 0;
    if (at + 1 === chunk.length) return 1;
    // The byte after it counts too. Otherwise, if the delimiter contains its
    // last byte twice, the leaps through bytes that end like it would be small.
    const leap = this.#leaps[chunk[at + 1]] + 1;
    return leap > this.#leapOfLast ? leap : this.#leapOfLast;
  }
}

/** Whether the delimiter is at `start`. */
function isAt(
  delimiter: Uint8Array,
  chunk: Uint8Array,
  start: number,
): boolean {
  for (let index = 0; index < delimiter.length; index++) {
    if (chunk[start + index] !== delimiter[index]) return false;
  }
  return true;
}

/** A chunk this long, in bytes, is worth building tables for. */
const TABLE_CHUNK_BYTES = 4096;

/** So are chunks that add up to this many bytes. */
const TABLE_TOTAL_BYTES = 8192;

/** Within this many bytes a single chain is the fastest. */
const NEAR_BYTES = 96;

/** How many alarms of the filter one search puts up with. */
const MAX_ALARMS = 8;

/** How many searches then skip the filter. */
const UNFILTERED_SEARCHES = 16;
