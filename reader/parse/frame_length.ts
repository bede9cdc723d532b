/**
 * A camera's Content-Length: what it is worth, and how that is found out.
 *
 * A length is worth nothing until one has put a delimiter where it said. From
 * then on a frame ends with its last byte, so that a live view does not lag by
 * a frame; until then, and after a length that proved wrong, delimiters alone
 * tell where a frame ends.
 *
 * @module
 */
import { ByteBuilder } from "../../wire/byte_builder.ts";
import { CR, LF } from "../../wire/bytes.ts";

import { DelimiterLine } from "./delimiter_line.ts";
import type { ProfileRules } from "./profiles.ts";

/** Whether a delimiter stands at a stated length; `unfinished` if more bytes must tell. */
export type LengthVerdict = "unfinished" | "stands" | "fails";

/** Weighs the lengths of one stream's frames. */
export class FrameLength {
  readonly #rules: Pick<ProfileRules, "lineEndings" | "padding">;
  readonly #bufferedBytes: number;
  #trust: "unproven" | "proven" | "broken" = "unproven";
  /** What is held back until the bytes at the stated length have come. */
  #held = new ByteBuilder();
  /** How many bytes it takes to judge; 0 if that is not known yet. */
  #needed = 0;
  /** The line behind the boundary, and how far it has been read. */
  #line: DelimiterLine | undefined;
  #lineEnd = 0;

  /**
   * The length that the open frame states, in bytes; `undefined` if there is
   * none, or none that counts.
   */
  stated: number | undefined;

  /** @param bufferedBytes What may be held back. */
  constructor(
    rules: Pick<ProfileRules, "lineEndings" | "padding">,
    bufferedBytes: number,
  ) {
    this.#rules = rules;
    this.#bufferedBytes = bufferedBytes;
  }

  /** Whether frames end where they say. */
  get isTrusted(): boolean {
    return this.#trust === "proven";
  }

  /** Whether a length proved wrong: no other counts. */
  get isBroken(): boolean {
    return this.#trust === "broken";
  }

  /** Bytes that are still needed to judge. */
  get missing(): number {
    return this.#needed - this.#held.length;
  }

  /** Begins a frame. */
  begin(stated: number | undefined): void {
    this.stated = this.#trust === "broken" ? undefined : stated;
  }

  /** Says that a delimiter stood, or did not stand, at the stated length. */
  prove(stood: boolean): void {
    this.#trust = stood ? "proven" : "broken";
    this.stated = undefined;
  }

  /** Holds bytes back; a copy is kept. */
  hold(bytes: Uint8Array): void {
    this.#held.add(bytes);
  }

  /** Gives back all that is held. */
  take(): Uint8Array {
    const held = this.#held.take();
    this.#held = new ByteBuilder();
    this.#needed = 0;
    this.#line = undefined;
    return held;
  }

  /**
   * Whether a delimiter stands `distance` bytes behind the first one held. An
   * input that has ended may have been cut off in it.
   *
   * @param dashBoundary The boundary with the two dashes before it.
   */
  judge(
    distance: number,
    dashBoundary: Uint8Array,
    hasEnded: boolean,
  ): LengthVerdict {
    // A line break, the boundary, and the byte that shows the line's kind.
    this.#needed ||= distance + 2 + dashBoundary.length + 1;
    for (;;) {
      if (this.#needed > this.#bufferedBytes) return "fails";
      if (this.missing > 0 && !hasEnded) return "unfinished";
      const held = this.#held.bytes;
      if (distance > held.length) return "fails";
      const verdict = this.#judgeLine(held, distance, dashBoundary);
      if (verdict !== "unfinished") return verdict;
      if (hasEnded) return "stands";
      this.#needed = held.length + 1;
    }
  }

  #judgeLine(
    bytes: Uint8Array,
    at: number,
    dashBoundary: Uint8Array,
  ): LengthVerdict {
    if (this.#line === undefined) {
      if (bytes[at] === CR && (bytes[at + 1] ?? LF) === LF) at += 2;
      else if (bytes[at] === LF && this.#rules.lineEndings === "any") at++;
      const start = bytes.subarray(at, at + dashBoundary.length);
      if (!start.every((byte, index) => byte === dashBoundary[index])) {
        return "fails";
      }
      if (start.length < dashBoundary.length) return "unfinished";
      this.#line = new DelimiterLine(this.#rules);
      this.#lineEnd = at + dashBoundary.length;
    }
    const verdict = this.#line.push(bytes, this.#lineEnd);
    this.#lineEnd = bytes.length;
    if (verdict === "unfinished") return "unfinished";
    return verdict === "longer" ? "fails" : "stands";
  }
}
