/**
 * Finds the first delimiter behind a preamble, and learns from it how the
 * others are spelt: some servers write a boundary parameter that already holds
 * the two dashes of its lines (`boundary=--x`, and lines `--x`), while others
 * mean what they say (and send `----x`).
 *
 * @module
 */
import { delimiterBytes } from "../../wire/boundary.ts";
import { concat, CR, DASH, EMPTY, encodeUtf8, LF } from "../../wire/bytes.ts";
import { Preamble } from "./preamble.ts";
import type { ProfileRules } from "./profiles.ts";
import { Scanner } from "./scanner.ts";

/** One way to spell delimiters, known by what stands behind the common dashes. */
interface Spelling {
  readonly rest: Uint8Array;
  readonly boundary: string;
}

type Rules = Pick<ProfileRules, "lineEndings" | "dashedBoundary" | "preamble">;

/** The search for the first delimiter of one input. */
export class FirstDelimiter {
  readonly #rules: Rules;
  readonly #finder: Scanner;
  /** `undefined` if there is nothing to learn. */
  readonly #spellings: readonly Spelling[] | undefined;
  /** What was read behind the common dashes of a line; `undefined` outside such a line. */
  #read: number[] | undefined;
  /** What stood behind the dashes of the delimiter just found. */
  #rest: Uint8Array = EMPTY;

  /** What stands before it. */
  readonly preamble: Preamble;
  /** Finds this delimiter and all others; the one to use once it is found. */
  scanner: Scanner;
  /** After `scan`: where to go on. */
  end = 0;

  /** @param preambleBytes What the preamble may have. */
  constructor(boundary: string, rules: Rules, preambleBytes: number) {
    this.#rules = rules;
    this.preamble = new Preamble(rules, preambleBytes);
    let start = delimiterBytes(boundary);
    // All dashes would leave nothing to tell the spellings apart.
    if (rules.dashedBoundary === "detect" && /^--+[^-]/.test(boundary)) {
      const bytes = encodeUtf8(boundary);
      const dashes = bytes.findIndex((byte) => byte !== DASH);
      const rest = bytes.subarray(dashes);
      start = Uint8Array.of(CR, LF, ...bytes.subarray(0, dashes));
      this.#spellings = [
        { rest, boundary: boundary.slice(2) },
        { rest: Uint8Array.of(DASH, DASH, ...rest), boundary },
      ];
    }
    this.scanner = this.#finder = new Scanner(start, rules.lineEndings);
    this.#finder.startLine();
  }

  /** Whether the spelling of delimiters is known only from the first one. */
  get learnsSpelling(): boolean {
    return this.#spellings !== undefined;
  }

  /**
   * Scans `chunk` from `at`.
   *
   * @returns Whether a delimiter ends in this chunk, at `end`.
   * @throws {MultipartError} `invalid-preamble` or `preamble-too-large`.
   */
  scan(chunk: Uint8Array, at: number): boolean {
    if (this.#spellings !== undefined && this.#read !== undefined) {
      return this.#readSpelling(chunk, at, this.#spellings, this.#read);
    }
    const finder = this.#finder;
    const found = finder.scan(chunk, at);
    this.end = finder.end;
    if (finder.held.length > 0) this.preamble.add(finder.held);
    if (finder.dataStart < finder.dataEnd) {
      this.preamble.add(chunk.subarray(finder.dataStart, finder.dataEnd));
    }
    if (!found) return false;
    this.preamble.checkAllowed();
    if (this.#spellings === undefined) return true;
    this.#read = [];
    return false;
  }

  /**
   * Says that the delimiter's line is a longer one, of which `bytes` were read.
   *
   * @throws {MultipartError} As `scan`.
   */
  reject(bytes: Uint8Array): void {
    this.scanner = this.#finder;
    const delimiter = concat(this.#finder.release(), this.#rest);
    this.#rest = EMPTY;
    this.preamble.add(concat(delimiter, bytes));
  }

  #readSpelling(
    chunk: Uint8Array,
    at: number,
    spellings: readonly Spelling[],
    read: number[],
  ): boolean {
    for (; at < chunk.length; at++) {
      const left = spellings.filter(({ rest }) =>
        rest[read.length] === chunk[at] &&
        read.every((byte, index) => byte === rest[index])
      );
      if (left.length === 0) {
        this.#read = undefined;
        this.reject(Uint8Array.from(read));
        break;
      }
      read.push(chunk[at]);
      const whole = left.find(({ rest }) => rest.length === read.length);
      if (whole === undefined) continue;
      this.#read = undefined;
      this.#rest = Uint8Array.from(read);
      this.scanner = new Scanner(
        delimiterBytes(whole.boundary),
        this.#rules.lineEndings,
      );
      this.end = at + 1;
      return true;
    }
    this.end = at;
    return false;
  }
}
