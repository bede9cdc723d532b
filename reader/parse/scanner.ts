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
import { CR, EMPTY, LF } from "../../wire/bytes.ts";
import { DelimiterSearch } from "./delimiter_search.ts";
import type { LineEndings } from "./profiles.ts";

/** The search for one delimiter through one input. */
export class Scanner {
  /** With `crlf` it begins with CR LF; with `any`, with LF, and a CR may stand before it. */
  readonly #delimiter: Uint8Array;
  readonly #lineBreak: number;
  readonly #search: DelimiterSearch;

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
    this.#search = new DelimiterSearch(this.#delimiter);
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
    return this.#scanOn(chunk, at);
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

  #scanOn(chunk: Uint8Array, from: number): boolean {
    const { length } = this.#delimiter;
    let start = this.#search.find(chunk, from);
    if (start + length <= chunk.length) {
      this.#hold(chunk, start, length);
      this.start = this.dataEnd;
      this.end = start + length;
      return true;
    }
    // Of the last bytes, what the next chunk may complete to a delimiter.
    while (start < chunk.length && !this.#mayBeginAt(chunk, start)) start++;
    this.#hold(chunk, start, chunk.length - start);
    this.end = chunk.length;
    return false;
  }

  /** Whether the chunk ends in the beginning of a delimiter, at `start`. */
  #mayBeginAt(chunk: Uint8Array, start: number): boolean {
    const delimiter = this.#delimiter;
    for (let at = start; at < chunk.length; at++) {
      if (chunk[at] !== delimiter[at - start]) return false;
    }
    return true;
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
