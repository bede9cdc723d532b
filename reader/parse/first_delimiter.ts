/**
 * Finds the first delimiter behind a preamble, and learns from it how the
 * others are spelt: some servers write a boundary parameter that already holds
 * the two dashes of its lines (`boundary=--x`, and lines `--x`), while others
 * mean what they say (and send `----x`).
 *
 * @module
 */
import { delimiterBytes } from "../../wire/boundary.ts";
import { CR, DASH, encodeUtf8, LF } from "../../wire/bytes.ts";
import { MultipartError } from "../../wire/errors.ts";
import type { ProfileRules } from "./profiles.ts";
import { Scanner } from "./scanner.ts";

/** One way to spell delimiters, known by what stands behind the common dashes. */
interface Spelling {
  readonly rest: Uint8Array;
  readonly boundary: string;
}

type Rules = Pick<ProfileRules, "lineEndings" | "dashedBoundary" | "preamble">;

/** The search for the first delimiter of one input; what it skips is bounded. */
export class FirstDelimiter {
  readonly #rules: Rules;
  readonly #preambleBytes: number;
  #skipped = 0;
  readonly #finder: Scanner;
  /** `undefined` if there is nothing to learn. */
  readonly #spellings: readonly Spelling[] | undefined;
  /** What was read behind the common dashes of a line; `undefined` outside such a line. */
  #read: number[] | undefined;
  /** Bytes of the delimiter just found, which may turn out to be preamble. */
  #foundBytes = 0;

  /** Finds this delimiter and all others; the one to use once it is found. */
  scanner: Scanner;
  /** After `scan`: where to go on. */
  end = 0;

  /** @param preambleBytes What the preamble may have. */
  constructor(boundary: string, rules: Rules, preambleBytes: number) {
    this.#rules = rules;
    this.#preambleBytes = preambleBytes;
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
    this.#skip(finder.held.length + finder.dataEnd - finder.dataStart);
    if (!found) return false;
    this.#foundBytes = finder.release().length;
    if (this.#spellings === undefined) return true;
    this.#read = [];
    return false;
  }

  /**
   * Says that the delimiter's line is a longer one, of which `bytes` were read.
   *
   * @throws {MultipartError} As `scan`.
   */
  reject(bytes: number): void {
    this.scanner = this.#finder;
    this.#skip(this.#foundBytes + bytes);
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
        this.reject(read.length);
        break;
      }
      read.push(chunk[at]);
      const whole = left.find(({ rest }) => rest.length === read.length);
      if (whole === undefined) continue;
      this.#read = undefined;
      this.#foundBytes += read.length;
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

  /** Counts what has just proved to be preamble. */
  #skip(bytes: number): void {
    this.#skipped += bytes;
    if (this.#skipped > 0 && this.#rules.preamble === "reject") {
      throw new MultipartError(
        "invalid-preamble",
        "Cannot read the body: it does not begin with a delimiter",
        { offset: 0 },
      );
    }
    const preambleBytes = this.#preambleBytes;
    if (this.#skipped > preambleBytes) {
      throw new MultipartError(
        "preamble-too-large",
        `Cannot find the first delimiter: it is not in the first ${preambleBytes} bytes`,
        { offset: preambleBytes },
      );
    }
  }
}
