import { CR, LF, SPACE, TAB, toByteString } from "../../wire/bytes.ts";
import { MultipartError } from "../../wire/errors.ts";
import type { ProfileRules } from "./profiles.ts";

type Rules = Pick<ProfileRules, "isForm" | "takesBareLf">;

/**
 * The bytes before the first delimiter. Bounds them, and looks for a reason why
 * no delimiter was found: a BOM, or bare line feeds.
 */
export class Preamble {
  readonly #rules: Rules;
  readonly #preambleBytes: number;
  #size = 0;
  #isBlank = true;
  /** Its first bytes, as a byte string. */
  #start = "";

  /** @param preambleBytes The most bytes that the preamble may have. */
  constructor(rules: Rules, preambleBytes: number) {
    this.#rules = rules;
    this.#preambleBytes = preambleBytes;
  }

  /**
   * The likely reason why no delimiter was found, to append to an error
   * message.
   */
  get hint(): string {
    if (this.#start.startsWith(BOM)) return ". It begins with a BOM";
    if (!this.#rules.takesBareLf && /^\n|[^\r]\n/.test(this.#start)) {
      return '. It has bare line feeds: pass `lineEndings: "any"` to accept them';
    }
    return "";
  }

  /**
   * Adds bytes, one or more, that proved to be preamble.
   *
   * @throws {MultipartError} `invalid-preamble` or `preamble-too-large`.
   */
  add(bytes: Uint8Array): void {
    this.#isBlank &&= bytes.every(isBlank);
    this.#size += bytes.length;
    this.#start += toByteString(
      bytes.subarray(0, START_BYTES - this.#start.length),
    );
    if (this.#rules.isForm) {
      // The error comes with the first byte, or with the last of a BOM, which
      // the message names. Later bytes must not change the message.
      const isBom = this.#start[0] === BOM[0];
      this.#start = this.#start.slice(0, isBom ? BOM.length : 1);
      if (this.#size >= BOM.length || !isBom) this.check(false);
    }
    const preambleBytes = this.#preambleBytes;
    if (this.#size > preambleBytes) {
      throw new MultipartError(
        "preamble-too-large",
        `Cannot find the first delimiter: it is not in the first ${preambleBytes} bytes`,
        { offset: preambleBytes, limit: "preambleBytes" },
      );
    }
  }

  /**
   * Checks the preamble at the first delimiter. If that is the close delimiter,
   * the multipart is empty, and text before it may be parts that were not
   * recognized.
   *
   * @throws {MultipartError} `invalid-preamble`.
   */
  check(isClose: boolean): void {
    if (this.#rules.isForm && this.#size > 0) {
      throw this.#error("it does not begin with a delimiter");
    }
    if (isClose && !this.#isBlank) {
      throw this.#error("it has a close delimiter, and no part before it");
    }
  }

  #error(state: string): MultipartError {
    return new MultipartError(
      "invalid-preamble",
      `Cannot read the body: ${state}${this.hint}`,
      { offset: 0 },
    );
  }
}

/** A byte order mark in UTF-8. */
const BOM = "\xef\xbb\xbf";

/** How many of the first bytes are searched for a bare LF. */
const START_BYTES = 1024;

function isBlank(byte: number): boolean {
  return byte === CR || byte === LF || byte === SPACE || byte === TAB;
}
