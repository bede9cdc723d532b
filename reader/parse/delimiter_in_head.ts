import { concat } from "../../wire/bytes.ts";
import {
  DelimiterLine,
  type DelimiterLineRules,
  type DelimiterLineVerdict,
} from "./delimiter_line.ts";

/**
 * Reads a line of a head that may be a delimiter's, across any number of chunks.
 * Such a line ends a part that has no body (RFC 2046, section 5.1.1, lets a
 * delimiter's line stand behind a head without an empty line).
 */
export class DelimiterInHead {
  readonly #dashBoundary: Uint8Array;
  readonly #line: DelimiterLine;
  #matched = 0;

  /** After `push`: where to go on. A longer line's first odd byte is not consumed. */
  end = 0;

  /** @param dashBoundary The boundary with the two dashes before it. */
  constructor(dashBoundary: Uint8Array, rules: DelimiterLineRules) {
    this.#dashBoundary = dashBoundary;
    this.#line = new DelimiterLine(rules);
  }

  /** Whether a line has been begun, and may yet be a delimiter's. */
  get isOpen(): boolean {
    return this.#matched > 0;
  }

  /** Reads on in `chunk` from `at`: at first from the start of a line. */
  push(chunk: Uint8Array, at: number): DelimiterLineVerdict {
    const dashBoundary = this.#dashBoundary;
    while (at < chunk.length && this.#matched < dashBoundary.length) {
      if (chunk[at] !== dashBoundary[this.#matched]) {
        this.end = at;
        return "longer";
      }
      at++;
      this.#matched++;
    }
    const verdict = this.#line.push(chunk, at);
    this.end = this.#line.end;
    return verdict;
  }

  /** What the line is if the input ends here. */
  finish(): DelimiterLineVerdict {
    return this.#line.finish();
  }

  /** Returns what was read of the line, and prepares for the next. */
  take(): Uint8Array {
    const start = this.#dashBoundary.subarray(0, this.#matched);
    this.#matched = 0;
    return concat(start, this.#line.take());
  }
}
