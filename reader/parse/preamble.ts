import { CR, LF, SPACE, TAB, toByteString } from "../../wire/bytes.ts";
import { MultipartError } from "../../wire/errors.ts";
import type { ProfileRules } from "./profiles.ts";

type Rules = Pick<ProfileRules, "isForm" | "takesBareLf">;

/**
 * What stands before the first delimiter: it is bounded, and looked at for what
 * explains why no delimiter was found in it.
 */
export class Preamble {
  readonly #rules: Rules;
  readonly #preambleBytes: number;
  #size = 0;
  #isBlank = true;
  /** Its first bytes, as a byte string. */
  #start = "";

  /** @param preambleBytes What the preamble may have. */
  constructor(rules: Rules, preambleBytes: number) {
    this.#rules = rules;
    this.#preambleBytes = preambleBytes;
  }

  /** What the preamble shows that the sender did not mean, as the end of a message. */
  get hint(): string {
    if (this.#start.startsWith(BOM)) return ". It begins with a BOM";
    if (!this.#rules.takesBareLf && /^\n|[^\r]\n/.test(this.#start)) {
      return '. It has bare line feeds: pass `lineEndings: "any"` to accept them';
    }
    return "";
  }

  /**
   * Adds what has just turned out to be preamble.
   *
   * @throws {MultipartError} `invalid-preamble` or `preamble-too-large`.
   */
  add(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#isBlank &&= bytes.every(isBlank);
    this.#size += bytes.length;
    this.#start += toByteString(
      bytes.subarray(0, START_BYTES - this.#start.length),
    );
    if (this.#rules.isForm) {
      // An error comes with the first byte, or with the last of a BOM, since
      // the message names that; what else has come must not change the message.
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
   * Checks what stands before the first delimiter. If that is the close
   * delimiter, the multipart is empty, and text before it may be parts that were
   * not recognized.
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

/** Bytes among which a bare LF is noticed. */
const START_BYTES = 1024;

function isBlank(byte: number): boolean {
  return byte === CR || byte === LF || byte === SPACE || byte === TAB;
}
