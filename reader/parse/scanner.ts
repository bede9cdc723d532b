/**
 * Finds delimiter lines in chunks (RFC 2046, section 5.1.1).
 *
 * A possible delimiter line that is not complete at the end of its chunk is
 * held back until the next chunk. All other bytes are emitted as views.
 *
 * A delimiter begins with a line break, and the rest of its line contains none.
 * So a failed match cannot hide the start of another, and the search goes on
 * where the match stopped.
 *
 * `scan` and `match` leave their results in `data` and `end`, which saves an
 * object per call.
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

/** A profile's rules for delimiters. */
export type DelimiterRules = Pick<
  ProfileRules,
  "isForm" | "takesBareLf" | "dashedBoundary" | "padding"
>;

/** A complete delimiter line. */
export type Delimiter = "delimiter" | "close";

/**
 * What a line proved to be: `longer` if something else follows the boundary,
 * `undefined` if more bytes are needed.
 */
export type LineVerdict = Delimiter | "longer" | "data" | undefined;

/** What a scan found; `longer` only if the profile rejects such a line. */
export type ScanResult = Exclude<LineVerdict, "data">;

/** Finds the delimiters of one input. */
export class Scanner {
  readonly #rules: DelimiterRules;
  /**
   * The line break, two dashes, and the boundary. If a bare LF is accepted, the
   * line break is LF, and a CR may come before it.
   */
  #delimiter: Uint8Array;
  /**
   * The same without the two dashes, if the boundary parameter may include
   * them: `boundary=--x`, and lines `--x`. The first delimiter decides.
   */
  #otherSpelling: Uint8Array | undefined;
  #search: DelimiterSearch;
  /**
   * What to search for: the delimiter, or the common prefix of both spellings.
   */
  #needle: Uint8Array;

  /** Whether a possible delimiter line is being read. */
  isInLine = false;
  #matched = 0;
  #dashes = 0;
  #padding = 0;
  #endsInCr = false;
  /** The line's bytes from earlier chunks. */
  readonly #held = new ByteBuilder();

  /** After `scan` or `match`: bytes that do not belong to a delimiter. */
  data: Uint8Array = EMPTY;
  /** After `scan` or `match`: the index at which to go on. */
  end = 0;

  /** Starts at the start of a line. */
  constructor(boundary: string, rules: DelimiterRules) {
    this.#rules = rules;
    const lineBreak = rules.takesBareLf ? "\n" : "\r\n";
    this.#delimiter = encodeUtf8(`${lineBreak}--${boundary}`);
    this.#needle = this.#delimiter;
    // If the boundary is only dashes, the spellings cannot be told apart.
    if (rules.dashedBoundary && /^--+[^-]/.test(boundary)) {
      this.#otherSpelling = encodeUtf8(lineBreak + boundary);
      const length = lineBreak.length + boundary.search(/[^-]/);
      this.#needle = this.#delimiter.subarray(0, length);
    }
    this.#search = new DelimiterSearch(this.#needle);
    this.startLine();
  }

  /** Whether the spelling is not known until the first delimiter. */
  get learnsSpelling(): boolean {
    return this.#otherSpelling !== undefined;
  }

  /** Whether the boundary has been read, but not yet the end of its line. */
  get sawBoundary(): boolean {
    return this.isInLine && this.#matched === this.#delimiter.length;
  }

  /**
   * Whether a close delimiter has been read, which needs no line break at the
   * end of the input.
   */
  get sawClose(): boolean {
    return this.isInLine && this.#dashes === 2;
  }

  /**
   * Says that the input is at the start of a line, where a delimiter may begin.
   */
  startLine(): void {
    this.#open(this.#rules.takesBareLf ? 1 : 2);
  }

  /**
   * Scans `chunk` from `at` through the first delimiter line, or to its end.
   *
   * @returns `undefined` if there is more to scan, or more bytes are needed.
   */
  scan(chunk: Uint8Array, at: number): ScanResult {
    this.data = EMPTY;
    if (this.isInLine) {
      const verdict = this.match(chunk, at);
      if (!this.#isData(verdict)) return verdict;
      if (this.data.length > 0) return undefined;
    } else {
      this.end = at;
    }
    return this.#findLine(chunk, this.end);
  }

  /**
   * Reads on in the current line; if it is not a delimiter, `data` is its
   * bytes.
   */
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

  /**
   * Returns the current line's bytes from earlier chunks, and forgets the line.
   */
  release(): Uint8Array {
    this.isInLine = false;
    return this.#held.length === 0 ? EMPTY : this.#held.take();
  }

  #open(matched: number): void {
    this.isInLine = true;
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

  /** Reads the current line until it is clear what it is. */
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
    this.isInLine = false;
    if (verdict === "delimiter" || verdict === "close") this.#settleSpelling();
    // The first byte that does not match may begin another delimiter.
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

  /**
   * After the boundary come two dashes if it is the last, then padding and a
   * line break.
   */
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

  /** All delimiters are spelt like the first. */
  #settleSpelling(): void {
    if (this.#otherSpelling === undefined) return;
    this.#otherSpelling = undefined;
    this.#needle = this.#delimiter;
    this.#search = new DelimiterSearch(this.#needle);
  }
}
