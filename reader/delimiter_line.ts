/**
 * The rest of a delimiter's line, behind the boundary: two dashes if it is the
 * close delimiter, padding, and the line break (RFC 2046, section 5.1.1).
 *
 * @module
 */
import { CR, DASH, LF, SPACE, TAB } from "../wire/bytes.ts";
import type { ProfileRules } from "./profiles.ts";

/** What a line proved to be; `unfinished` if more bytes must tell. */
export type DelimiterLineVerdict =
  | "unfinished"
  | "delimiter"
  | "close"
  | "longer";

/** Reads one line after another, each across any number of chunks. */
export class DelimiterLine {
  readonly #rules: Pick<ProfileRules, "lineEndings" | "padding">;
  /** What was read of the line, its line break included: it may prove data. */
  #read: number[] = [];
  #dashes = 0;
  /** Whether the line is a CRLF that came at once, as nearly always: it is not in `#read`. */
  #isBare = false;

  /** After `push`: where to go on. A longer line's first odd byte is not consumed. */
  end = 0;

  constructor(rules: Pick<ProfileRules, "lineEndings" | "padding">) {
    this.#rules = rules;
  }

  /** Reads on in `chunk` from `at`. */
  push(chunk: Uint8Array, at: number): DelimiterLineVerdict {
    if (
      chunk[at] === CR && chunk[at + 1] === LF && this.#read.length === 0
    ) {
      this.#isBare = true;
      this.end = at + 2;
      return "delimiter";
    }
    for (; at < chunk.length; at++) {
      const verdict = this.#readByte(chunk[at]);
      if (verdict === "unfinished") continue;
      this.end = verdict === "longer" ? at : at + 1;
      return verdict;
    }
    this.end = at;
    return "unfinished";
  }

  /** What the line is if the input ends here: the close delimiter needs no line break. */
  finish(): DelimiterLineVerdict {
    return this.#dashes === 2 ? "close" : "unfinished";
  }

  /** Gives what was read of the line, and makes ready for the next. */
  take(): Uint8Array {
    const read = Uint8Array.from(this.#isBare ? [CR, LF] : this.#read);
    this.reset();
    return read;
  }

  /** Makes ready for the next line. */
  reset(): void {
    if (this.#read.length > 0) this.#read = [];
    this.#dashes = 0;
    this.#isBare = false;
  }

  #readByte(byte: number): DelimiterLineVerdict {
    const read = this.#read;
    const previous = read.length === 0 ? undefined : read[read.length - 1];
    // One dash alone ends no line; a CR is followed by LF.
    if (byte === LF) {
      const ends = previous === CR ||
        (this.#rules.lineEndings === "any" && this.#dashes !== 1);
      if (!ends) return "longer";
      read.push(byte);
      return this.#dashes === 2 ? "close" : "delimiter";
    }
    if (previous === CR) return "longer";
    if (byte === DASH && this.#dashes === read.length && this.#dashes < 2) {
      this.#dashes++;
    } else if (this.#dashes === 1) {
      return "longer";
    } else if (byte === SPACE || byte === TAB) {
      if (read.length - this.#dashes === this.#rules.padding) return "longer";
    } else if (byte !== CR) {
      return "longer";
    }
    read.push(byte);
    return "unfinished";
  }
}
