/**
 * The quoted-printable transfer encoding (RFC 2045, section 6.7), a chunk at a
 * time.
 *
 * @module
 */
import { CR, EMPTY, fromByteString, join, LF, SPACE, TAB } from "../bytes.ts";

const EQUALS = 0x3d;
const HEX_DIGITS = /* @__PURE__ */ fromByteString("0123456789ABCDEF");

/**
 * The longest run of space and tab that can be padding, in bytes. Lines have at
 * most 76 characters, so that a longer run is nobody's padding; it is passed on
 * as data, since holding it until the line ends could take any memory.
 */
const MAX_PADDING = 512;

/** What a hexadecimal digit is worth; -1 for other bytes. Lower case is forgiven. */
const HEX_VALUES = /* @__PURE__ */ makeHexValues();

function makeHexValues(): Int8Array {
  const values = new Int8Array(256).fill(-1);
  for (const [value, digit] of HEX_DIGITS.entries()) {
    values[digit] = value;
    // ASCII's letters differ by this bit from their lower case; its digits have it.
    values[digit | 0x20] = value;
  }
  return values;
}

/** Bytes that the decoder has to look at: all others are copied. */
const IS_SPECIAL = /* @__PURE__ */ makeSpecial();

function makeSpecial(): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of [EQUALS, CR, LF]) table[byte] = 1;
  return table;
}

/** Bytes that stand for themselves wherever they are (rule 2). */
const IS_LITERAL = /* @__PURE__ */ makeLiteral();

function makeLiteral(): Uint8Array {
  const table = new Uint8Array(256).fill(1, 0x21, 0x7f);
  table[EQUALS] = 0;
  return table;
}

/**
 * Decodes quoted-printable. It accepts any bytes and never throws: what is not an
 * escape, such as `=G0` or an `=` in mid-line, is passed as it is (RFC 2045,
 * section 6.7, note 2), and so are bytes that should have been escaped. Space
 * and tab at the end of a line are padding that some transport added, and are
 * dropped (rule 3); behind the `=` of a soft line break they are allowed. LF
 * alone ends a line as CRLF does.
 *
 * The end of a chunk is held back while the next one may change what it means:
 * padding, an escape, a CR; some 1 KiB at most.
 */
export class QuotedPrintableDecoder {
  /** The end of the input so far, which is read again with what follows. */
  #held: Uint8Array = EMPTY;
  /** Whether a run of space that is too long for padding goes on. */
  #isInLongRun = false;

  /** The bytes that are certain with `chunk`, in memory of their own; there may be none. */
  decode(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
    return this.#decode(chunk, false);
  }

  /** Ends the input, and returns what was held back and is data. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#decode(EMPTY, true);
  }

  #decode(chunk: Uint8Array, isLast: boolean): Uint8Array<ArrayBuffer> {
    const input = join(this.#held, chunk);
    this.#held = EMPTY;
    const output = new Uint8Array(input.length);
    let at = 0;
    let written = 0;
    if (this.#isInLongRun) {
      while (isSpace(input[at])) output[written++] = input[at++];
      this.#isInLongRun = at === input.length;
    }
    /** Where space that is not padding ends, in the output. */
    let certain = written;
    while (at < input.length) {
      const byte = input[at];
      if (IS_SPECIAL[byte] === 0) {
        output[written++] = byte;
        at++;
      } else if (byte === EQUALS) {
        const { length, value } = readEscape(input, at, isLast);
        if (length === 0) break;
        if (value !== undefined) output[written++] = value;
        at += length;
        certain = written;
      } else {
        if (byte === CR && at + 1 === input.length && !isLast) break;
        if (byte === LF || input[at + 1] === LF) {
          written -= paddingLength(output, certain, written);
          if (byte === CR) output[written++] = input[at++];
        }
        output[written++] = input[at++];
        certain = written;
      }
    }
    // The space at the end may turn out to be padding, and at the end it is;
    // before an escape it is data.
    const padding = input[at] === EQUALS
      ? 0
      : paddingLength(output, certain, written);
    if (!isLast) {
      this.#held = input.slice(at - padding);
      this.#isInLongRun ||= at === input.length && padding === 0 &&
        written > certain && isSpace(output[written - 1]);
    }
    return output.slice(0, written - padding);
  }
}

/** How long the thing at an `=` is, and the byte that it stands for, if any. */
interface Escape {
  /** 0, if more has to be known. */
  readonly length: number;
  readonly value?: number;
}

const UNKNOWN: Escape = { length: 0 };
const LITERAL: Escape = { length: 1, value: EQUALS };

function readEscape(input: Uint8Array, at: number, isLast: boolean): Escape {
  const rest = input.length - at - 1;
  if (rest > 0 && HEX_VALUES[input[at + 1]] >= 0) {
    if (rest === 1) return isLast ? LITERAL : UNKNOWN;
    const low = HEX_VALUES[input[at + 2]];
    return low < 0
      ? LITERAL
      : { length: 3, value: HEX_VALUES[input[at + 1]] << 4 | low };
  }
  let end = at + 1;
  while (isSpace(input[end]) && end - at <= MAX_PADDING) end++;
  if (end === input.length) return isLast ? { length: end - at } : UNKNOWN;
  if (input[end] === LF) return { length: end + 1 - at };
  if (input[end] !== CR) return LITERAL;
  if (input[end + 1] === LF) return { length: end + 2 - at };
  return end + 1 === input.length && !isLast ? UNKNOWN : LITERAL;
}

/** How much space stands before `end`, back to `start`; 0 if it is too much for padding. */
function paddingLength(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && isSpace(bytes[at - 1])) {
    if (end - --at > MAX_PADDING) return 0;
  }
  return end - at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

/** RFC 2045, section 6.7, rule 5: 76 characters, the `=` of a soft line break included. */
const MAX_COLUMN = 75;

/**
 * Encodes as quoted-printable, in lines of at most 76 characters.
 *
 * CRLF is a line break and stays one (rule 4); CR or LF alone is encoded, and
 * so are a space or a tab at the end of a line or of everything (rule 3). At
 * most two bytes are held back.
 */
export class QuotedPrintableEncoder {
  /** What the next bytes decide on: a space or tab, a CR, or both. */
  #held: Uint8Array<ArrayBuffer> = EMPTY;
  /** Characters on the line so far. */
  #column = 0;
  #output: Uint8Array<ArrayBuffer> = EMPTY;
  #written = 0;

  /** What is certain with `chunk`, in memory of its own; there may be nothing. */
  encode(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
    const bytes = join(this.#held, chunk);
    const end = certainLength(bytes);
    this.#held = new Uint8Array(bytes.subarray(end));
    return this.#encode(bytes, end);
  }

  /** What was held back. */
  finish(): Uint8Array<ArrayBuffer> {
    const bytes = this.#held;
    this.#held = EMPTY;
    return this.#encode(bytes, bytes.length);
  }

  /** Encodes `bytes` up to `end`; what stands behind decides on the last of them. */
  #encode(bytes: Uint8Array, end: number): Uint8Array<ArrayBuffer> {
    this.#reserve(end);
    for (let at = this.#copyRun(bytes, 0, end); at < end;) {
      const byte = bytes[at];
      if (isLineBreak(bytes, at)) {
        this.#write(CR, LF);
        this.#column = 0;
        at += 2;
      } else {
        at++;
        const endsLine = at === bytes.length || isLineBreak(bytes, at);
        if (IS_LITERAL[byte] === 1 || (isSpace(byte) && !endsLine)) {
          this.#makeRoom(1);
          this.#write(byte);
        } else {
          this.#makeRoom(3);
          this.#write(EQUALS, HEX_DIGITS[byte >> 4], HEX_DIGITS[byte & 15]);
        }
      }
      at = this.#copyRun(bytes, at, end);
    }
    const output = this.#output.slice(0, this.#written);
    this.#output = EMPTY;
    return output;
  }

  /**
   * Copies what stands for itself from `start` on, as far as the line has room.
   * Most text is of this kind, and this is several times as fast as a byte at a
   * time.
   *
   * @returns The index of the first byte that was not copied.
   */
  #copyRun(bytes: Uint8Array, start: number, end: number): number {
    const output = this.#output;
    const lineEnd = Math.min(end, start + MAX_COLUMN - this.#column);
    let written = this.#written;
    let at = start;
    for (; at < lineEnd; at++) {
      const byte = bytes[at];
      // Space before a byte of a line does not end that line.
      if (
        IS_LITERAL[byte] === 0 &&
        !(isSpace(byte) && IS_LITERAL[bytes[at + 1]] === 1)
      ) break;
      output[written++] = byte;
    }
    this.#column += at - start;
    this.#written = written;
    return at;
  }

  #write(...characters: number[]): void {
    for (const one of characters) this.#output[this.#written++] = one;
  }

  /** Breaks the line softly, unless `length` characters more have room on it. */
  #makeRoom(length: number): void {
    if (this.#column + length > MAX_COLUMN) {
      this.#write(EQUALS, CR, LF);
      this.#column = 0;
    }
    this.#column += length;
  }

  /** Takes memory for the worst that `length` bytes can become. */
  #reserve(length: number): void {
    const characters = 3 * length;
    // An escape may leave two columns free.
    const breaks = Math.ceil(characters / (MAX_COLUMN - 2)) + 1;
    this.#output = new Uint8Array(characters + 3 * breaks);
    this.#written = 0;
  }
}

function isLineBreak(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === CR && bytes[at + 1] === LF;
}

/** The bytes from the start whose encoding does not depend on what follows. */
function certainLength(bytes: Uint8Array): number {
  let end = bytes.length;
  if (bytes[end - 1] === CR) end--;
  return isSpace(bytes[end - 1]) ? end - 1 : end;
}
