/**
 * Some servers write a boundary parameter that already holds the two dashes of
 * its delimiter lines: `boundary=--x`, and lines `--x`. Others mean what they
 * say, and send `----x`. The first delimiter tells which.
 *
 * @module
 */
import { CR, DASH, encodeUtf8, LF } from "../wire/bytes.ts";

/** Whether lines have two dashes `added` to the boundary, as they should, or not. */
export type DashesVerdict = "unfinished" | "added" | "not-added" | "neither";

/** Tells the two spellings apart, behind the dashes that both begin with. */
export class BoundaryDetector {
  /** A line break and the dashes of the parameter: how both spellings begin. */
  readonly start: Uint8Array;
  readonly #candidates: readonly { rest: Uint8Array; verdict: DashesVerdict }[];
  #read: number[] = [];

  /** After `push`: where to go on; an odd byte is not consumed. */
  end = 0;

  /** Whether there is anything to detect in this boundary. */
  static concerns(boundary: string): boolean {
    // All dashes would leave nothing to tell the spellings apart.
    return /^--+[^-]/.test(boundary);
  }

  constructor(boundary: string) {
    const bytes = encodeUtf8(boundary);
    const dashes = bytes.findIndex((byte) => byte !== DASH);
    const rest = bytes.subarray(dashes);
    this.start = Uint8Array.of(CR, LF, ...bytes.subarray(0, dashes));
    this.#candidates = [
      { rest, verdict: "not-added" },
      { rest: Uint8Array.of(DASH, DASH, ...rest), verdict: "added" },
    ];
  }

  /** Reads on in `chunk` from `at`, behind `start`. */
  push(chunk: Uint8Array, at: number): DashesVerdict {
    for (; at < chunk.length; at++) {
      this.end = at;
      this.#read.push(chunk[at]);
      const left = this.#candidates.filter(({ rest }) =>
        this.#read.every((byte, index) => byte === rest[index])
      );
      if (left.length === 0) return "neither";
      this.end = at + 1;
      const whole = left.find(({ rest }) => rest.length === this.#read.length);
      if (whole !== undefined) return whole.verdict;
    }
    this.end = at;
    return "unfinished";
  }

  /** Makes ready for another line, and says how many bytes of this one were read. */
  reset(): number {
    const read = this.#read.length;
    this.#read = [];
    return read;
  }
}
