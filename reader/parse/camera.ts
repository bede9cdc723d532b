/**
 * What only a camera's stream (multipart/x-mixed-replace) needs: ending a frame
 * by its Content-Length, and reading on when the first delimiter is missing.
 *
 * No RFC gives a part's Content-Length a meaning, and many cameras send a wrong
 * one. So lengths are ignored until a delimiter is found where one said it
 * would be. From then on a frame ends with its last byte, so that a live view
 * does not lag by a frame, and the frame may contain anything. After one wrong
 * length, only delimiters end frames, for the rest of the stream.
 *
 * ```text
 *   start -> skipMissing -> head            the first delimiter is missing
 *                        -> scan
 *   begin -> scan                           no length, or one was wrong before
 *         -> scanToLength -> hold -> check  until a length is proven
 *         -> read                           once one is proven
 *   check -> read                           a delimiter is where the length says
 *   hold, check -> scan                     the length is wrong
 *   read -> skip -> scan                    the frame has ended by its length
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
 * The result of a step: data (`MultipartEvent`), more bytes needed, the frame
 * has ended, a head begins here without a delimiter, or a delimiter was found.
 * `undefined` means: take the next step.
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
  /** The next step; `undefined` while only delimiters count. */
  #next: (() => FrameStep) | undefined;
  /** The open frame's Content-Length. */
  #stated = 0;
  /** Bytes whose meaning is not known yet. */
  readonly #held = new ByteBuilder();

  /** @param bufferedBytes The most bytes to hold while a length is checked. */
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
    // If the first delimiter is needed to learn the spelling, it cannot be
    // missing.
    if (!scanner.learnsSpelling) this.#next = this.#skipMissingDelimiter;
  }

  /** Whether a length proved wrong, so that all others are ignored. */
  get isBroken(): boolean {
    return this.#trust === "broken";
  }

  /** Begins a frame. `stated` is its Content-Length, if it has one. */
  begin(stated: number | undefined): void {
    if (stated === undefined || this.#trust === "broken") return;
    this.#stated = stated;
    this.#next = this.#trust === "proven"
      ? this.#readFrameByLength
      : this.#scanToLength;
  }

  /**
   * Takes the next step in the frame, or between two frames.
   *
   * @returns `"scan"` if the caller is to scan for a delimiter, as in any
   * multipart.
   */
  step(): FrameStep | "scan" {
    return this.#next === undefined ? "scan" : this.#next();
  }

  /**
   * Detects a stream that begins with a header field instead of a delimiter.
   * Blank lines before the field are skipped.
   */
  #skipMissingDelimiter(): FrameStep {
    const input = this.#input;
    if (input.isStarved && !input.isAtEnd) return "starved";
    this.#hold(input.at + FIELD_BYTES - this.#held.length);
    const seen = toByteString(this.#held.bytes);
    let start = 0;
    while (seen[start] === "\r" || seen[start] === "\n") start++;
    // A field name may begin with a dash, but so does a delimiter.
    const end = seen[start] === "-" ? start : skipToken(seen, start);
    const isPartial = seen.length < FIELD_BYTES && !input.isAtEnd;
    if (isPartial && end === seen.length) return "starved";
    this.#next = undefined;
    input.replay(this.#held.take());
    if (end === start || seen[end] !== ":") return;
    input.at += start;
    this.#scanner.release();
    return "head";
  }

  /** Emits the frame's data up to its length, or up to a possible delimiter. */
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

  /** Holds the bytes from a possible delimiter to the stated length. */
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

  /**
   * Checks that a delimiter follows the stated length, after line breaks only.
   */
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

  /** Reads the held bytes again, as if no length had been sent. */
  #rejectLength(): undefined {
    this.#trust = "broken";
    this.#next = undefined;
    this.#input.replay(this.#held.take());
    // A body begins at the start of a line.
    if (this.#data.length === 0) this.#scanner.startLine();
    else this.#scanner.release();
  }

  /** Passes on a frame whose length is trusted, without scanning it. */
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

  /**
   * After a frame that ended by its length, only line breaks may come before
   * the delimiter.
   */
  #skipToDelimiter(): FrameStep {
    const { chunk, at, isStarved } = this.#input;
    if (isStarved) return "starved";
    const found = this.#scanner.scan(chunk, at);
    this.#input.at = this.#scanner.end;
    // Skipped bytes count towards the frame's limit.
    const { data } = this.#scanner;
    if (!isBlank(data)) this.#trust = "broken";
    this.#data.skip(data.length);
    if (found !== undefined) this.#next = undefined;
    return found;
  }

  /** Copies the chunk's bytes up to `end` into the held ones. */
  #hold(end: number): void {
    const input = this.#input;
    const bytes = input.chunk.subarray(input.at, end);
    this.#held.add(bytes);
    input.at += bytes.length;
  }
}

/** The most bytes that one step of the check scans. */
const PIECE = 256;

/** A stream's first header field must have its colon within this many bytes. */
const FIELD_BYTES = 128;

/** Whether `bytes` are only line breaks. */
function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === CR || byte === LF);
}
