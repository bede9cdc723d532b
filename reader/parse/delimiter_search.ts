/**
 * Searches one chunk for a delimiter, in one of two ways.
 *
 * The first bytes of an input are searched by the delimiter's first byte, because
 * most inputs are small forms, and building a table takes longer than searching
 * one. When more bytes have come, Boyer, Moore and Horspool's algorithm takes
 * over, with a filter in front of it. That looks at each byte a bounded number
 * of times, whatever the bytes are.
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
   * The place of the first delimiter that begins at `from` or behind. If there
   * is none in the chunk, a place before which none begins that the next chunk
   * may complete, and `chunk.length` at most.
   */
  find(chunk: Uint8Array, from: number): number {
    if (this.#longSearch === undefined) {
      if (this.#searched < MANY && chunk.length - from < LONG) {
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

/** Boyer, Moore and Horspool's search, which looks at a few bytes of many. */
class LongSearch {
  readonly #delimiter: Uint8Array;
  /** The index of the delimiter's last byte. */
  readonly #last: number;
  /** For each byte, how far to leap where it stands; 0 for the delimiter's last byte. */
  readonly #leaps: Uint8Array;
  /** How far to leap from such a byte that does not end a delimiter. */
  readonly #leapOfLast: number;
  readonly #filter: TrigramFilter | undefined;
  /** How many searches to come go without the filter. */
  #searchesWithout = 0;

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

  /** As {@linkcode DelimiterSearch.find}. */
  find(chunk: Uint8Array, from: number): number {
    const { length } = chunk;
    const last = this.#last;
    // A short part's delimiter is found before a filter would pay.
    const near = Math.min(length, from + last + NEAR);
    let end = this.#leap(chunk, from + last, near);
    if (end >= near && end < length) end = this.#leapFar(chunk, end);
    if (end < length) return end - last;
    // Of the last bytes, those that a delimiter may begin with.
    const leap = this.#leaps[chunk[length - 1]] || this.#leapOfLast;
    return Math.max(end, length - 1 + leap) - last;
  }

  /** As `#leap` up to the chunk's end, with the filter in front of it. */
  #leapFar(chunk: Uint8Array, at: number): number {
    const filter = this.#filter;
    if (filter === undefined) return this.#leapInFourChains(chunk, at);
    if (this.#searchesWithout > 0) {
      this.#searchesWithout--;
      return this.#leapInFourChains(chunk, at);
    }
    const { length } = chunk;
    for (let alarms = 0; alarms < MAX_ALARMS; alarms++) {
      at = filter.skip(chunk, at);
      const stop = Math.min(length, at + filter.reach);
      at = this.#leap(chunk, at, stop);
      if (at < stop || at >= length) return at;
    }
    // Bytes that are much like the delimiter raise an alarm with each look.
    this.#searchesWithout = SEARCHES_WITHOUT;
    return this.#leapInFourChains(chunk, at);
  }

  /** Leaps on from `at`, to where a delimiter ends, or to `stop` or behind it. */
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
   * As `#leap` up to the chunk's end. The next place to look at is known only
   * when the byte has been read, so one search waits most of its time. Four of
   * them, each in a quarter of its own, wait together: on random bytes they
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
    // The first delimiter is wanted, so each goes to its end before the next.
    a = this.#leap(chunk, a, endA);
    if (a < endA) return a;
    b = this.#leap(chunk, b, endB);
    if (b < endB) return b;
    c = this.#leap(chunk, c, endC);
    if (c < endC) return c;
    return this.#leap(chunk, d, length);
  }

  /** How far to leap from `at`, where the delimiter's last byte stands; 0 if one ends there. */
  #leapFromLast(chunk: Uint8Array, at: number): number {
    if (isAt(this.#delimiter, chunk, at - this.#last)) return 0;
    if (at + 1 === chunk.length) return 1;
    // The byte behind counts too. Otherwise a last byte that the delimiter holds
    // twice would make for small steps through bytes that end as it does.
    const leap = this.#leaps[chunk[at + 1]] + 1;
    return leap > this.#leapOfLast ? leap : this.#leapOfLast;
  }
}

/** Whether the delimiter stands at `start`. */
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

/** A chunk of so many bytes is worth the building of tables. */
const LONG = 4096;

/** So are chunks of so many bytes together. */
const MANY = 8192;

/** Within so many bytes one chain alone is the fastest. */
const NEAR = 96;

/** Stretches of a chunk that the filter may find suspicious. */
const MAX_ALARMS = 8;

/** For how many searches it is then left out. */
const SEARCHES_WITHOUT = 16;
