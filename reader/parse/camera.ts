/**
 * What only a camera's stream, multipart/x-mixed-replace, needs: where a frame
 * ends, as far as its Content-Length tells, and whether the first delimiter is
 * missing.
 *
 * No RFC gives a part's Content-Length a meaning, and many cameras state a
 * wrong one. So a length counts for nothing until one has put a delimiter where
 * it said. From then on a frame ends with its last byte, so that a live view
 * does not lag by a frame, and may hold anything. A length that proves wrong
 * ends that for the whole stream: delimiters alone tell where frames end.
 *
 * ```text
 *   first frames:  scan -> hold -> check -> read    a delimiter stands there
 *                                        -> idle    none does: scan again
 *   later frames:  read -> skip -> idle
 * ```
 *
 * @module
 */
import { ByteBuilder } from "../../wire/byte_builder.ts";
import { concat, CR, LF, toByteString } from "../../wire/bytes.ts";
import { skipToken } from "../../wire/parameters.ts";
import { DelimiterLine, type DelimiterLineRules } from "./delimiter_line.ts";
import type { MultipartEvent } from "./events.ts";
import type { Input } from "./input.ts";
import type { PartData } from "./part_data.ts";
import type { Scanner } from "./scanner.ts";

/**
 * What came of a step: data, or that more bytes are needed, that the frame has
 * ended, that a delimiter was found behind it, or just that the next step follows.
 */
export type FrameStep =
  | MultipartEvent
  | "starved"
  | "frame-end"
  | "delimiter"
  | undefined;

/** Ends the frames of one stream by their lengths. */
export class CameraFraming {
  readonly #input: Input;
  readonly #data: PartData;
  readonly #rules: DelimiterLineRules;
  readonly #bufferedBytes: number;

  /** Whether it is known how the stream begins. */
  #hasBegun = false;
  #trust: "unproven" | "proven" | "broken" = "unproven";
  #state: "idle" | "scan" | "hold" | "check" | "read" | "skip" = "idle";
  /** The length that the open frame states. */
  #stated = 0;
  /** Bytes whose meaning the check decides. */
  #held = new ByteBuilder();
  /** The line of the delimiter at the stated length. */
  #line: DelimiterLine | undefined;

  /** @param bufferedBytes What may be held to check a length. */
  constructor(
    input: Input,
    data: PartData,
    rules: DelimiterLineRules,
    bufferedBytes: number,
  ) {
    this.#input = input;
    this.#data = data;
    this.#rules = rules;
    this.#bufferedBytes = bufferedBytes;
  }

  /** Whether what comes next is a matter of a length. */
  get isActive(): boolean {
    return this.#state !== "idle";
  }

  /** Whether a length proved wrong: no other counts. */
  get isBroken(): boolean {
    return this.#trust === "broken";
  }

  /**
   * Whether the stream begins with a header field, where a delimiter should
   * stand; blank lines before it do not count.
   *
   * @returns `undefined` if more bytes are needed to tell.
   */
  beginsWithField(): boolean | undefined {
    if (this.#hasBegun) return false;
    const input = this.#input;
    if (input.isStarved && !input.isAtEnd) return undefined;
    const missing = FIELD_BYTES - this.#held.length;
    const seen = toByteString(
      concat(
        this.#held.bytes,
        input.chunk.subarray(input.at, input.at + missing),
      ),
    );
    let start = 0;
    while (seen[start] === "\r" || seen[start] === "\n") start++;
    // A name may begin with a dash, but so does a delimiter.
    const end = seen[start] === "-" ? start : skipToken(seen, start);
    const isOpen = seen.length < FIELD_BYTES && !input.isAtEnd;
    if (isOpen && end === seen.length) {
      this.#hold(input.chunk.length);
      return undefined;
    }
    this.#hasBegun = true;
    input.replay(this.#takeHeld());
    if (end === start || seen[end] !== ":") return false;
    input.at += start;
    return true;
  }

  /** Begins a frame, which states a length or not. */
  begin(stated: number | undefined): void {
    if (stated === undefined || this.#trust === "broken") return;
    this.#stated = stated;
    this.#state = this.#trust === "proven" ? "read" : "scan";
  }

  /**
   * Goes on in the frame, or behind it, while the framing is active.
   *
   * @param scanner Stands at the frame's start when the frame begins.
   */
  step(scanner: Scanner): FrameStep {
    if (this.#data.hasRun) return this.#data.giveRun(this.#input.chunk);
    switch (this.#state) {
      case "scan":
        return this.#scanToLength(scanner);
      case "hold":
        return this.#holdToLength(scanner);
      case "check":
        return this.#checkLength(scanner);
      case "read":
        return this.#readFrameByLength(scanner);
      default:
        return this.#skipToDelimiter(scanner);
    }
  }

  /**
   * Says that the delimiter found behind a frame is none: its line is a longer
   * one. `bytes` are all that was read of it.
   */
  rejectDelimiter(bytes: Uint8Array): void {
    this.#skip(bytes);
    this.#state = "skip";
  }

  /** Gives out what certainly is the frame's: up to its length, or what may be its delimiter. */
  #scanToLength(scanner: Scanner): FrameStep {
    const input = this.#input;
    const left = this.#data.offset + this.#stated - input.offset;
    if (left === 0) return this.#holdBack(scanner);
    if (input.isStarved) return "starved";
    const found = scanner.scan(
      input.chunk.subarray(0, input.at + left),
      input.at,
    );
    input.at = scanner.end;
    this.#data.extendRun(scanner.dataStart, scanner.dataEnd);
    if (found) this.#holdBack(scanner);
    return scanner.held.length > 0 ? this.#data.give(scanner.held) : undefined;
  }

  #holdBack(scanner: Scanner): undefined {
    this.#held.add(scanner.release());
    this.#state = "hold";
  }

  /** Holds what lies between a delimiter and the length behind it. */
  #holdToLength(scanner: Scanner): FrameStep {
    const input = this.#input;
    const distance = this.#stated - this.#data.length;
    const missing = distance - this.#held.length;
    if (distance > this.#bufferedBytes) return this.#rejectLength(scanner);
    if (missing === 0) {
      scanner.startLine();
      this.#state = "check";
      return;
    }
    if (input.isAtEnd) return this.#rejectLength(scanner);
    if (input.isStarved) return "starved";
    this.#hold(Math.min(input.at + missing, input.chunk.length));
  }

  /** Looks whether a delimiter stands at the length, line breaks before it aside. */
  #checkLength(scanner: Scanner): FrameStep {
    const input = this.#input;
    // An input that has ended may have been cut off within the delimiter.
    if (input.isAtEnd) return this.#acceptLength(scanner);
    if (input.isStarved) return "starved";
    const piece = input.chunk.subarray(0, input.at + PIECE);
    if (this.#line === undefined) {
      const found = scanner.scan(piece, input.at);
      const { held, dataStart, dataEnd } = scanner;
      const skipped = piece.subarray(dataStart, dataEnd);
      this.#hold(scanner.end);
      if (!isBlank(held) || !isBlank(skipped) || this.#holdsTooMuch) {
        return this.#rejectLength(scanner);
      }
      if (found) this.#line = new DelimiterLine(this.#rules);
      return;
    }
    const verdict = this.#line.push(piece, input.at);
    this.#hold(this.#line.end);
    if (verdict === "longer" || this.#holdsTooMuch) {
      return this.#rejectLength(scanner);
    }
    if (verdict !== "unfinished") return this.#acceptLength(scanner);
  }

  get #holdsTooMuch(): boolean {
    return this.#held.length > this.#bufferedBytes;
  }

  #acceptLength(scanner: Scanner): FrameStep {
    this.#trust = "proven";
    this.#state = "read";
    const distance = this.#stated - this.#data.length;
    const held = this.#takeHeld();
    this.#input.replay(held.subarray(distance));
    scanner.reset();
    if (distance > 0) return this.#data.give(held.subarray(0, distance));
  }

  /** What was held is read again, as if no length had been stated. */
  #rejectLength(scanner: Scanner): undefined {
    this.#trust = "broken";
    this.#state = "idle";
    this.#input.replay(this.#takeHeld());
    // A body begins at the start of a line.
    if (this.#data.length === 0) scanner.startLine();
    else scanner.reset();
  }

  /** The bytes of a frame whose length is trusted are not looked at. */
  #readFrameByLength(scanner: Scanner): FrameStep {
    const { chunk, at, isStarved } = this.#input;
    const left = this.#stated - this.#data.length;
    if (left === 0) {
      scanner.startLine();
      this.#state = "skip";
      return "frame-end";
    }
    if (isStarved) return "starved";
    const data = chunk.subarray(at, at + left);
    this.#input.at += data.length;
    return this.#data.give(data);
  }

  /** Between a frame that ended by its length and the next delimiter there are line breaks at most. */
  #skipToDelimiter(scanner: Scanner): FrameStep {
    const { chunk, at, isStarved } = this.#input;
    if (isStarved) return "starved";
    const found = scanner.scan(chunk, at);
    this.#input.at = scanner.end;
    this.#skip(scanner.held);
    this.#skip(chunk.subarray(scanner.dataStart, scanner.dataEnd));
    if (!found) return;
    this.#state = "idle";
    return "delimiter";
  }

  /** Discards what stands behind a frame, and counts it as the frame's. */
  #skip(bytes: Uint8Array): void {
    if (!isBlank(bytes)) this.#trust = "broken";
    this.#data.skip(bytes.length);
  }

  /** Holds the chunk's bytes up to `end`; a copy is kept. */
  #hold(end: number): void {
    const input = this.#input;
    this.#held.add(input.chunk.subarray(input.at, end));
    input.at = end;
  }

  #takeHeld(): Uint8Array {
    const held = this.#held.take();
    this.#held = new ByteBuilder();
    this.#line = undefined;
    return held;
  }
}

/** Bytes that a check looks at in one step: it ends with the first byte that does not belong to a line break. */
const PIECE = 256;

/** Bytes within which a stream's first header field has its colon. */
const FIELD_BYTES = 128;

/** Whether there are only line breaks. */
function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === CR || byte === LF);
}
