/**
 * Finds delimiter lines in chunks (RFC 2046, section 5.1.1). It knows no
 * headers, only bytes.
 *
 * What may be a delimiter's line, and is not complete when its chunk ends, is
 * held back until the next chunk tells. All other bytes are given out as views.
 *
 * A delimiter begins with a line break, and neither a boundary nor what follows
 * it on its line holds one. So a match that fails cannot hide the start of
 * another, and the search goes on where the match stopped.
 *
 * @module
 */
import { ByteBuilder } from "../../wire/byte_builder.ts";
import {
  CR,
  DASH,
  EMPTY,
  encodeUtf8,
  join,
  LF,
  SPACE,
  TAB,
} from "../../wire/bytes.ts";
import { DelimiterSearch } from "./delimiter_search.ts";
import type { ProfileRules } from "./profiles.ts";

/** What a profile says of delimiters. */
export type DelimiterRules = Pick<
  ProfileRules,
  "isForm" | "takesBareLf" | "dashedBoundary" | "padding"
>;

/** A delimiter's line that is complete. */
export type Delimiter = "delimiter" | "close";

/**
 * What bytes at the start of a line proved to be; `longer` if the boundary
 * stands there and something else behind it, and `undefined` if more bytes are
 * needed to tell.
 */
export type LineVerdict = Delimiter | "longer" | "data" | undefined;

/** What a scan found; `longer` only where a profile rejects that. */
export type ScanResult = Exclude<LineVerdict, "data">;

/** The search for the delimiters of one input. */
export class Scanner {
  readonly #rules: DelimiterRules;
  /**
   * The line break, two dashes, the boundary. Where a bare LF is taken that is
   * the line break, and a CR may stand before it.
   */
  #delimiter: Uint8Array;
  /**
   * The same without two dashes, if the boundary may hold those of its lines:
   * `boundary=--x`, and lines `--x`. The first delimiter tells which is meant.
   */
  #otherSpelling: Uint8Array | undefined;
  #search: DelimiterSearch;
  /** What is searched for: the delimiter, or what both spellings begin with. */
  #needle: Uint8Array;

  /** Whether a line is being read that may be a delimiter's. */
  isOpen = false;
  #matched = 0;
  #dashes = 0;
  #padding = 0;
  #endsInCr = false;
  /** Its bytes in earlier chunks. */
  readonly #held = new ByteBuilder();

  /** After `scan` or `match`: bytes that are no delimiter's. */
  data: Uint8Array = EMPTY;
  /** After `scan` or `match`: where to go on. */
  end = 0;

  /** Begins at the start of a line. */
  constructor(boundary: string, rules: DelimiterRules) {
    this.#rules = rules;
    const lineBreak = rules.takesBareLf ? "\n" : "\r\n";
    this.#delimiter = encodeUtf8(`${lineBreak}--${boundary}`);
    this.#needle = this.#delimiter;
    // All dashes would leave nothing to tell the spellings apart.
    if (rules.dashedBoundary && /^--+[^-]/.test(boundary)) {
      this.#otherSpelling = encodeUtf8(lineBreak + boundary);
      const length = lineBreak.length + boundary.search(/[^-]/);
      this.#needle = this.#delimiter.subarray(0, length);
    }
    this.#search = new DelimiterSearch(this.#needle);
    this.startLine();
  }

  /** Whether it takes a first delimiter to know how others are spelt. */
  get learnsSpelling(): boolean {
    return this.#otherSpelling !== undefined;
  }

  /** Whether a boundary has been read, and the end of its line is missing. */
  get isInDelimiter(): boolean {
    return this.isOpen && this.#matched === this.#delimiter.length;
  }

  /** Whether the input may end here: the close delimiter needs no line break. */
  get isClosed(): boolean {
    return this.isOpen && this.#dashes === 2;
  }

  /** Says that the input stands at the start of a line, where a delimiter may stand. */
  startLine(): void {
    this.#open(this.#rules.takesBareLf ? 1 : 2);
  }

  /**
   * Scans `chunk` from `at` up to the first delimiter's line, or to its end.
   *
   * @returns `undefined` if there is more to scan, or more bytes are needed.
   */
  scan(chunk: Uint8Array, at: number): ScanResult {
    this.data = EMPTY;
    if (this.isOpen) {
      const verdict = this.match(chunk, at);
      if (!this.#isData(verdict)) return verdict;
      if (this.data.length > 0) return undefined;
    } else {
      this.end = at;
    }
    return this.#findLine(chunk, this.end);
  }

  /** Reads on in a line that has been started: `data` is what is no delimiter. */
  match(chunk: Uint8Array, at: number): LineVerdict {
    const verdict = this.#read(chunk, at);
    this.data = EMPTY;
    if (verdict === undefined) this.#held.add(chunk.subarray(at));
    else if (this.#isData(verdict)) {
      const held = this.release();
      this.data = at === this.end
        ? held
        : join(held, chunk.subarray(at, this.end));
    }
    return verdict;
  }

  /** Gives the bytes of the line in earlier chunks, and forgets the line. */
  release(): Uint8Array {
    this.isOpen = false;
    return this.#held.length === 0 ? EMPTY : this.#held.take();
  }

  #open(matched: number): void {
    this.isOpen = true;
    this.#matched = matched;
    this.#dashes = 0;
    this.#padding = 0;
    this.#endsInCr = false;
    this.#held.clear();
  }

  #isData(verdict: LineVerdict): verdict is "longer" | "data" {
    return verdict === "data" ||
      (verdict === "longer" && !this.#rules.isForm);
  }

  #findLine(
    chunk: Uint8Array,
    from: number,
  ): ScanResult {
    const { length } = chunk;
    const isLoose = this.#rules.takesBareLf;
    for (let at = from;; at = this.end) {
      let start = this.#search.find(chunk, at);
      const isFound = start + this.#needle.length <= length;
      if (!isFound) {
        while (start < length && chunk[start] !== this.#delimiter[0]) start++;
      }
      let dataEnd = start;
      if (isLoose && start > from && chunk[start - 1] === CR) dataEnd--;
      let found: ScanResult;
      if (dataEnd < length) {
        this.#open(isFound ? this.#needle.length : 0);
        const verdict = this.#read(chunk, start + this.#matched);
        if (this.#isData(verdict)) continue;
        if (verdict === undefined) this.#held.add(chunk.subarray(dataEnd));
        found = verdict;
      } else {
        this.end = length;
      }
      this.data = from === 0 && dataEnd === length
        ? chunk
        : chunk.subarray(from, dataEnd);
      return found;
    }
  }

  /** Reads on in the open line, up to where it is known what it is. */
  #read(chunk: Uint8Array, at: number): LineVerdict {
    let verdict: LineVerdict;
    while (verdict === undefined && at < chunk.length) {
      const byte = chunk[at++];
      verdict = this.#matched < this.#delimiter.length
        ? this.#readBoundary(byte)
        : this.#readRest(byte);
    }
    this.end = at;
    if (verdict === undefined) return;
    this.isOpen = false;
    if (verdict === "delimiter" || verdict === "close") this.#settleSpelling();
    // The byte that is no delimiter's may begin another.
    else this.end--;
    return verdict;
  }

  #readBoundary(byte: number): "data" | undefined {
    const other = this.#otherSpelling;
    if (byte !== this.#delimiter[this.#matched]) {
      const isOther = other !== undefined &&
        this.#matched === this.#needle.length && byte === other[this.#matched];
      if (!isOther) return "data";
      this.#otherSpelling = this.#delimiter;
      this.#delimiter = other;
    }
    this.#matched++;
  }

  /** Behind the boundary stand two dashes if it is the last, padding, and a line break. */
  #readRest(byte: number): LineVerdict {
    const dashes = this.#dashes;
    const isLoose = this.#rules.takesBareLf;
    if (byte === LF && (this.#endsInCr || (isLoose && dashes !== 1))) {
      return dashes === 2 ? "close" : "delimiter";
    }
    if (this.#endsInCr) return "longer";
    if (byte === DASH && dashes < 2 && this.#padding === 0) this.#dashes++;
    else if (dashes === 1) return "longer";
    else if (byte === CR) this.#endsInCr = true;
    else if (
      (byte !== SPACE && byte !== TAB) ||
      this.#padding++ === this.#rules.padding
    ) return "longer";
  }

  /** All delimiters are spelt as the first. */
  #settleSpelling(): void {
    if (this.#otherSpelling === undefined) return;
    this.#otherSpelling = undefined;
    this.#needle = this.#delimiter;
    this.#search = new DelimiterSearch(this.#needle);
  }
}
