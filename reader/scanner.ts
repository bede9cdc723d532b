/**
 * Finds a delimiter in chunks. It knows no headers, only bytes.
 *
 * What is held back between two chunks is a true prefix of the delimiter, so it
 * is never stored: the number of its bytes is enough, and the search goes on
 * where it stopped. No byte is looked at twice by a slow path, and no chunk is
 * ever joined to another.
 *
 * Two facts make that simple. A delimiter begins with a line break, and no
 * boundary holds one: so a match that fails cannot hide the start of another,
 * and of a chunk's last bytes only those from the last line break can belong to
 * a delimiter.
 *
 * @module
 */
import { CR, LF } from "../wire/bytes.ts";
import type { LineEndings } from "./profiles.ts";

const EMPTY = new Uint8Array(0);

/** The search for one delimiter through one input. */
export class Scanner {
  /** With `crlf` it begins with CR LF; with `any`, with LF, and a CR may stand before it. */
  readonly #delimiter: Uint8Array;
  readonly #lineBreak: number;
  /** For each byte, how far the search may leap: Boyer, Moore, Horspool. */
  readonly #leaps: Uint16Array;

  /** Bytes of the delimiter matched at the end of what was scanned. */
  #matched = 0;
  /** Of those, how many are not the body's: a line break that was read before. */
  #borrowed = 0;
  /** With `any`: 1 if a CR stands before the matched bytes, or might. */
  #carriageReturn = 0;

  /** After a scan: bytes held back before, which proved to be data. */
  held: Uint8Array = EMPTY;
  /** After a scan: the data in the chunk is that from `dataStart` to `dataEnd`. */
  dataStart = 0;
  dataEnd = 0;
  /** After a scan: where to go on, behind the delimiter or at the chunk's end. */
  end = 0;
  /** After a scan: where the delimiter begins, or -1 if that is in an earlier chunk. */
  start = -1;

  /**
   * @param delimiter As `delimiterBytes` makes it, with CR LF.
   * @param lineEndings Whether a bare LF ends a line too.
   */
  constructor(delimiter: Uint8Array, lineEndings: LineEndings) {
    this.#delimiter = lineEndings === "any" ? delimiter.subarray(1) : delimiter;
    this.#lineBreak = lineEndings === "any" ? LF : CR;
    const last = this.#delimiter.length - 1;
    this.#leaps = new Uint16Array(256).fill(last + 1);
    for (let at = 0; at < last; at++) {
      this.#leaps[this.#delimiter[at]] = last - at;
    }
  }

  /** The boundary with its two dashes, as it begins a line. */
  get dashBoundary(): Uint8Array {
    return this.#delimiter.subarray(this.#lineBreak === CR ? 2 : 1);
  }

  /** Says that the input stands at the start of a line: a delimiter's line break has been read. */
  startLine(): void {
    this.#carriageReturn = 0;
    this.#matched = this.#borrowed = this.#lineBreak === CR ? 2 : 1;
  }

  /**
   * Scans `chunk` from `at` on.
   *
   * @returns Whether a delimiter ends in this chunk, at `end`.
   */
  scan(chunk: Uint8Array, at: number): boolean {
    this.held = EMPTY;
    this.start = -1;
    this.dataStart = this.dataEnd = at;
    if (this.#matched + this.#carriageReturn > 0) {
      const matchedBefore = this.#matched;
      while (
        at < chunk.length && chunk[at] === this.#delimiter[this.#matched]
      ) {
        at++;
        this.#matched++;
        if (this.#matched === this.#delimiter.length) {
          this.end = at;
          return true;
        }
      }
      this.end = at;
      if (at === chunk.length) return false;
      this.held = this.#take(matchedBefore);
    }
    return this.#search(chunk, at);
  }

  /**
   * Takes back what is held, or the delimiter just found: it is data after all.
   * The copy is the caller's.
   */
  release(): Uint8Array {
    return this.#take(this.#matched);
  }

  /** Forgets what is held, or the delimiter just found. */
  reset(): void {
    this.#matched = this.#borrowed = this.#carriageReturn = 0;
  }

  #take(matched: number): Uint8Array {
    const length = this.#carriageReturn + matched - this.#borrowed;
    if (length === 0) {
      this.reset();
      return EMPTY;
    }
    const bytes = new Uint8Array(length);
    if (this.#carriageReturn === 1) bytes[0] = CR;
    bytes.set(
      this.#delimiter.subarray(this.#borrowed, matched),
      this.#carriageReturn,
    );
    this.reset();
    return bytes;
  }

  #search(chunk: Uint8Array, from: number): boolean {
    const delimiter = this.#delimiter;
    const leaps = this.#leaps;
    const last = delimiter.length - 1;
    const lastByte = delimiter[last];
    let at = from + last;
    while (at < chunk.length) {
      const byte = chunk[at];
      if (byte === lastByte && startsWith(chunk, at - last, delimiter, last)) {
        this.#hold(chunk, at - last, delimiter.length);
        this.start = this.dataEnd;
        this.end = at + 1;
        return true;
      }
      at += leaps[byte];
    }
    this.#holdTail(chunk, from);
    this.end = chunk.length;
    return false;
  }

  /** Holds back what the next chunk may complete to a delimiter. */
  #holdTail(chunk: Uint8Array, from: number): void {
    const start = chunk.lastIndexOf(this.#lineBreak);
    const length = chunk.length - start;
    if (
      start >= from && length < this.#delimiter.length &&
      startsWith(chunk, start, this.#delimiter, length)
    ) {
      this.#hold(chunk, start, length);
    } else {
      this.#hold(chunk, chunk.length, 0);
    }
  }

  /** Ends the data at `start`, where `matched` bytes of the delimiter stand. */
  #hold(chunk: Uint8Array, start: number, matched: number): void {
    this.#matched = matched;
    this.#borrowed = 0;
    const preceded = this.#lineBreak === LF && start > this.dataStart &&
      chunk[start - 1] === CR;
    this.#carriageReturn = preceded ? 1 : 0;
    this.dataEnd = start - this.#carriageReturn;
  }
}

function startsWith(
  chunk: Uint8Array,
  start: number,
  delimiter: Uint8Array,
  length: number,
): boolean {
  for (let at = 0; at < length; at++) {
    if (chunk[start + at] !== delimiter[at]) return false;
  }
  return true;
}
