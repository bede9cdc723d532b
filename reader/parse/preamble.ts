import { CR, LF, SPACE, TAB } from "../../wire/bytes.ts";
import { MultipartError } from "../../wire/errors.ts";
import type { ProfileRules } from "./profiles.ts";

type Rules = Pick<ProfileRules, "preamble" | "lineEndings">;

/**
 * What stands before the first delimiter: it is bounded, and looked at for what
 * explains why no delimiter was found in it.
 */
export class Preamble {
  readonly #rules: Rules;
  readonly #preambleBytes: number;
  #size = 0;
  /** Whether there are only spaces and line breaks. */
  #isBlank = true;
  /** The first bytes: as many as a BOM has. */
  readonly #start: number[] = [];
  #hasBareLf = false;
  #previous = 0;

  /** @param preambleBytes What the preamble may have. */
  constructor(rules: Rules, preambleBytes: number) {
    this.#rules = rules;
    this.#preambleBytes = preambleBytes;
  }

  /** What the preamble shows that the sender did not mean, as the end of a message. */
  get hint(): string {
    if (String(this.#start) === String(BOM)) return ". It begins with a BOM";
    if (this.#hasBareLf) {
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
    this.#look(bytes);
    this.#size += bytes.length;
    // What may be a BOM waits for its last byte, since the message names it.
    if (this.#size >= BOM.length || this.#start[0] !== BOM[0]) {
      this.checkAllowed();
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

  /** @throws {MultipartError} `invalid-preamble`, if there is one and must not be. */
  checkAllowed(): void {
    if (this.#size === 0 || this.#rules.preamble === "skip") return;
    throw new MultipartError(
      "invalid-preamble",
      `Cannot read the body: it does not begin with a delimiter${this.hint}`,
      { offset: 0 },
    );
  }

  /**
   * Checks the preamble of a body that has no parts: text in it may be parts
   * that were not recognized.
   *
   * @throws {MultipartError} `invalid-preamble`.
   */
  checkBlank(): void {
    if (this.#isBlank) return;
    throw new MultipartError(
      "invalid-preamble",
      `Cannot read the body: it has a close delimiter, and no part before it${this.hint}`,
      { offset: 0 },
    );
  }

  #look(bytes: Uint8Array): void {
    this.#isBlank &&= isBlank(bytes);
    for (const byte of bytes.subarray(0, BOM.length)) {
      if (this.#start.length < BOM.length) this.#start.push(byte);
    }
    if (this.#rules.lineEndings === "any") return;
    // Where a preamble is an error, no more than its first byte may have come.
    const most = this.#rules.preamble === "reject" ? 1 : LOOK_BYTES;
    for (const byte of bytes.subarray(0, Math.max(0, most - this.#size))) {
      if (byte === LF && this.#previous !== CR) this.#hasBareLf = true;
      this.#previous = byte;
    }
  }
}

const BOM = [0xef, 0xbb, 0xbf];

/** Bytes among which a bare LF is noticed. */
const LOOK_BYTES = 1024;

function isBlank(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte !== CR && byte !== LF && byte !== SPACE && byte !== TAB) {
      return false;
    }
  }
  return true;
}
