import { CR, DASH, LF, NUL, toByteString } from "../../wire/bytes.ts";
import { MultipartError } from "../../wire/errors.ts";
import type { HeaderPlace } from "../../wire/header_block.ts";
import type { LineEndings } from "./profiles.ts";

/**
 * Collects one part's head up to its empty line, across any number of chunks.
 * It rejects a byte that no head may hold as soon as that comes, so that an
 * error is the same however the input is cut.
 */
export class HeadCollector {
  readonly #lineEndings: LineEndings;
  readonly #headerBytes: number;
  /** Where the head begins. */
  readonly place: HeaderPlace;
  #length = 0;
  #lineIsEmpty = true;
  #previous = 0;

  /** What was collected: a byte string. */
  #text = "";
  #isComplete = false;
  /** After `push`: where to go on. */
  end = 0;

  /**
   * @param headerBytes What the lines may have, the empty one not counted.
   * @param place Where the head begins, for errors.
   */
  constructor(
    lineEndings: LineEndings,
    headerBytes: number,
    place: HeaderPlace,
  ) {
    this.#lineEndings = lineEndings;
    this.#headerBytes = headerBytes;
    this.place = place;
  }

  /** The lines, without the empty one behind them. */
  get block(): string {
    if (!this.#isComplete) return this.#text;
    return this.#text.slice(0, this.#text.endsWith("\r\n") ? -2 : -1);
  }

  /** Whether the next byte begins a line. */
  get isAtLineStart(): boolean {
    return this.#lineIsEmpty && this.#previous !== CR;
  }

  /**
   * Reads on in `chunk` from `start`, up to the empty line, or to a line that
   * begins with a dash, which may be a delimiter's.
   *
   * @returns Whether the head is complete.
   * @throws {MultipartError} `invalid-header` or `header-too-large`.
   */
  push(chunk: Uint8Array, start: number): boolean {
    let at = start;
    do {
      at = this.#readRun(chunk, at);
      if (at < chunk.length) this.#isComplete = this.#readByte(chunk[at++]);
    } while (
      at < chunk.length && !this.#isComplete &&
      !(chunk[at] === DASH && this.isAtLineStart)
    );
    // Unlike a view, a string does not keep the source's chunk alive.
    this.#text += toByteString(chunk.subarray(start, at));
    this.end = at;
    return this.#isComplete;
  }

  /** Takes bytes without a meaning of their own, which are nearly all, in one go. */
  #readRun(chunk: Uint8Array, start: number): number {
    if (this.#previous === CR) return start;
    const stop = Math.min(
      chunk.length,
      start + this.#headerBytes - this.#length,
    );
    let at = start;
    while (at < stop && chunk[at] > CR) at++;
    if (at === start) return start;
    this.#length += at - start;
    this.#previous = chunk[at - 1];
    this.#lineIsEmpty = false;
    return at;
  }

  #readByte(byte: number): boolean {
    const previous = this.#previous;
    const inLineBreak = byte === CR || byte === LF;
    if (previous === CR && byte !== LF) throw this.#error("a bare CR");
    if (
      this.#length >= this.#headerBytes && !(inLineBreak && this.#lineIsEmpty)
    ) {
      throw new MultipartError(
        "header-too-large",
        `Cannot read header fields: they take more than ${this.#headerBytes} bytes`,
        { ...this.#here(), limit: "headerBytes" },
      );
    }
    if (byte === NUL) throw this.#error("NUL");
    if (byte === LF && previous !== CR && this.#lineEndings === "crlf") {
      throw this.#error(
        'a bare LF. Pass `lineEndings: "any"` to accept it',
      );
    }
    this.#length++;
    this.#previous = byte;
    if (byte === LF) {
      if (this.#lineIsEmpty) return true;
      this.#lineIsEmpty = true;
    } else if (byte !== CR) {
      this.#lineIsEmpty = false;
    }
    return false;
  }

  #error(found: string): MultipartError {
    return new MultipartError(
      "invalid-header",
      `Cannot read header fields: they hold ${found}`,
      this.#here(),
    );
  }

  #here(): HeaderPlace {
    return { ...this.place, offset: this.place.offset + this.#length };
  }
}
