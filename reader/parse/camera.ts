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
import { CR, LF, toByteString } from "../../wire/bytes.ts";
import { skipToken } from "../../wire/parameters.ts";
import type { MultipartEvent } from "./events.ts";
import type { Input } from "./input.ts";
import type { PartData } from "./part_data.ts";
import type { Scanner, ScanResult } from "./scanner.ts";

/**
 * What came of a step: data, or that more bytes are needed, that the frame has
 * ended, that a head stands here without a delimiter, that a delimiter was found,
 * or just that the next step follows.
 */
export type FrameStep =
  | MultipartEvent
  | "starved"
  | "frame-end"
  | "head"
  | ScanResult;

/** Ends the frames of one stream by their lengths. */
export class CameraFraming {
  readonly #input: Input;
  readonly #scanner: Scanner;
  readonly #data: PartData;
  readonly #bufferedBytes: number;

  #trust: "unproven" | "proven" | "broken" = "unproven";
  /** The next step; none while delimiters alone count. */
  #next: (() => FrameStep) | undefined;
  /** The length that the open frame states. */
  #stated = 0;
  /** Bytes whose meaning is not known yet. */
  readonly #held = new ByteBuilder();

  /** @param bufferedBytes What may be held to check a length. */
  constructor(
    input: Input,
    scanner: Scanner,
    data: PartData,
    bufferedBytes: number,
  ) {
    this.#input = input;
    this.#scanner = scanner;
    this.#data = data;
    this.#bufferedBytes = bufferedBytes;
    // Without the first delimiter it is not known how others are spelt.
    if (!scanner.learnsSpelling) this.#next = this.#skipMissingDelimiter;
  }

  /** Whether a length proved wrong: no other counts. */
  get isBroken(): boolean {
    return this.#trust === "broken";
  }

  /** Begins a frame, which states a length or not. */
  begin(stated: number | undefined): void {
    if (stated === undefined || this.#trust === "broken") return;
    this.#stated = stated;
    this.#next = this.#trust === "proven"
      ? this.#readFrameByLength
      : this.#scanToLength;
  }

  /**
   * Goes on in the frame, or behind it.
   *
   * @returns `"idle"` where what comes next is not a matter of a length, or of
   * how the stream begins.
   */
  step(): FrameStep | "idle" {
    return this.#next === undefined ? "idle" : this.#next();
  }

  /**
   * A stream may begin with a header field, where a delimiter should stand; blank
   * lines before it do not count.
   */
  #skipMissingDelimiter(): FrameStep {
    const input = this.#input;
    if (input.isStarved && !input.isAtEnd) return "starved";
    this.#hold(input.at + FIELD_BYTES - this.#held.length);
    const seen = toByteString(this.#held.bytes);
    let start = 0;
    while (seen[start] === "\r" || seen[start] === "\n") start++;
    // A name may begin with a dash, but so does a delimiter.
    const end = seen[start] === "-" ? start : skipToken(seen, start);
    const isOpen = seen.length < FIELD_BYTES && !input.isAtEnd;
    if (isOpen && end === seen.length) return "starved";
    this.#next = undefined;
    input.replay(this.#held.take());
    if (end === start || seen[end] !== ":") return;
    input.at += start;
    this.#scanner.release();
    return "head";
  }

  /** Gives out what certainly is the frame's: up to its length, or what may be its delimiter. */
  #scanToLength(): FrameStep {
    const input = this.#input;
    const { chunk, at } = input;
    const scanner = this.#scanner;
    const left = this.#data.offset + this.#stated - input.offset;
    if (left === 0) return this.#holdBack();
    if (input.isStarved) return "starved";
    const found = scanner.scan(chunk.subarray(0, at + left), at);
    const { data } = scanner;
    input.at = found === undefined ? scanner.end : at + data.length;
    if (found !== undefined) this.#holdBack();
    if (data.length > 0) return this.#data.give(data);
  }

  #holdBack(): undefined {
    this.#held.add(this.#scanner.release());
    this.#next = this.#holdToLength;
  }

  /** Holds what lies between a delimiter and the length behind it. */
  #holdToLength(): FrameStep {
    const input = this.#input;
    const distance = this.#stated - this.#data.length;
    const missing = distance - this.#held.length;
    if (distance > this.#bufferedBytes) return this.#rejectLength();
    if (missing === 0) {
      this.#scanner.startLine();
      this.#next = this.#checkLength;
      return;
    }
    if (input.isAtEnd) return this.#rejectLength();
    if (input.isStarved) return "starved";
    this.#hold(input.at + missing);
  }

  /** Looks whether a delimiter stands at the length, line breaks before it aside. */
  #checkLength(): FrameStep {
    const input = this.#input;
    const scanner = this.#scanner;
    // An input that has ended may have been cut off within the delimiter.
    if (input.isAtEnd) return this.#acceptLength();
    if (input.isStarved) return "starved";
    const { chunk, at } = input;
    const found = scanner.scan(chunk.subarray(0, at + PIECE), at);
    this.#hold(scanner.end);
    const holdsTooMuch = this.#held.length > this.#bufferedBytes;
    if (holdsTooMuch || !isBlank(scanner.data)) return this.#rejectLength();
    if (found !== undefined) return this.#acceptLength();
  }

  #acceptLength(): FrameStep {
    this.#trust = "proven";
    this.#next = this.#readFrameByLength;
    const distance = this.#stated - this.#data.length;
    const held = this.#held.take();
    this.#input.replay(held.subarray(distance));
    this.#scanner.release();
    if (distance > 0) return this.#data.give(held.subarray(0, distance));
  }

  /** What was held is read again, as if no length had been stated. */
  #rejectLength(): undefined {
    this.#trust = "broken";
    this.#next = undefined;
    this.#input.replay(this.#held.take());
    // A body begins at the start of a line.
    if (this.#data.length === 0) this.#scanner.startLine();
    else this.#scanner.release();
  }

  /** The bytes of a frame whose length is trusted are not looked at. */
  #readFrameByLength(): FrameStep {
    const { chunk, at, isStarved } = this.#input;
    const left = this.#stated - this.#data.length;
    if (left === 0) {
      this.#scanner.startLine();
      this.#next = this.#skipToDelimiter;
      return "frame-end";
    }
    if (isStarved) return "starved";
    const data = chunk.subarray(at, at + left);
    this.#input.at += data.length;
    return this.#data.give(data);
  }

  /** Between a frame that ended by its length and the next delimiter there are line breaks at most. */
  #skipToDelimiter(): FrameStep {
    const { chunk, at, isStarved } = this.#input;
    if (isStarved) return "starved";
    const found = this.#scanner.scan(chunk, at);
    this.#input.at = this.#scanner.end;
    // What is skipped counts as the frame's.
    const { data } = this.#scanner;
    if (!isBlank(data)) this.#trust = "broken";
    this.#data.skip(data.length);
    if (found !== undefined) this.#next = undefined;
    return found;
  }

  /** Holds the chunk's bytes up to `end`; a copy is kept. */
  #hold(end: number): void {
    const input = this.#input;
    const bytes = input.chunk.subarray(input.at, end);
    this.#held.add(bytes);
    input.at += bytes.length;
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
