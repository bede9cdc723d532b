/**
 * The rest of a delimiter's line, behind the boundary: two dashes if it is the
 * close delimiter, padding, and the line break (RFC 2046, section 5.1.1).
 *
 * @module
 */
import { CR, DASH, EMPTY, LF, SPACE, TAB } from "../../wire/bytes.ts";
import type { ProfileRules } from "./profiles.ts";

/** What a profile says of the line. */
export type DelimiterLineRules = Pick<ProfileRules, "lineEndings" | "padding">;

/** What a line proved to be; `unfinished` if more bytes are needed to tell. */
export type DelimiterLineVerdict =
  | "unfinished"
  | "delimiter"
  | "close"
  | "longer";

/** Reads one line after another, each across any number of chunks. */
export class DelimiterLine {
  readonly #rules: DelimiterLineRules;
  /** What was read of the line, its line break included: it may turn out to be data. */
  #read: Uint8Array = EMPTY;
  #length = 0;
  #dashes = 0;
  /** Whether the line is a CRLF in one chunk, as nearly always; `#read` does not hold it. */
  #isBare = false;

  /** After `push`: where to go on. A longer line's first odd byte is not consumed. */
  end = 0;

  constructor(rules: DelimiterLineRules) {
    this.#rules = rules;
  }

  /** Reads on in `chunk` from `at`. */
  push(chunk: Uint8Array, at: number): DelimiterLineVerdict {
    if (
      chunk[at] === CR && chunk[at + 1] === LF && this.#length === 0
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

  /** Returns what was read of the line, and prepares for the next. */
  take(): Uint8Array {
    const read = this.#isBare
      ? Uint8Array.of(CR, LF)
      : this.#read.slice(0, this.#length);
    this.reset();
    return read;
  }

  /** Prepares for the next line. */
  reset(): void {
    this.#length = 0;
    this.#dashes = 0;
    this.#isBare = false;
  }

  #readByte(byte: number): DelimiterLineVerdict {
    const length = this.#length;
    const previous = length === 0 ? undefined : this.#read[length - 1];
    // One dash alone ends no line; a CR is followed by LF.
    if (byte === LF) {
      const ends = previous === CR ||
        (this.#rules.lineEndings === "any" && this.#dashes !== 1);
      if (!ends) return "longer";
      this.#keep(byte);
      return this.#dashes === 2 ? "close" : "delimiter";
    }
    if (previous === CR) return "longer";
    if (byte === DASH && this.#dashes === length && this.#dashes < 2) {
      this.#dashes++;
    } else if (this.#dashes === 1) {
      return "longer";
    } else if (byte === SPACE || byte === TAB) {
      if (length - this.#dashes === this.#rules.padding) return "longer";
    } else if (byte !== CR) {
      return "longer";
    }
    this.#keep(byte);
    return "unfinished";
  }

  #keep(byte: number): void {
    if (this.#length === this.#read.length) {
      const read = new Uint8Array(2 * this.#length + 8);
      read.set(this.#read);
      this.#read = read;
    }
    this.#read[this.#length++] = byte;
  }
}
