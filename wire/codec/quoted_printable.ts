/**
 * The quoted-printable transfer encoding (RFC 2045, section 6.7), chunk by
 * chunk.
 *
 * @module
 */
import { CR, EMPTY, fromByteString, join, LF, SPACE, TAB } from "../bytes.ts";

const EQUALS = 0x3d;
const HEX_DIGITS = /* @__PURE__ */ fromByteString("0123456789ABCDEF");

/**
 * The longest run of space and tab that can be padding, in bytes. Lines have at
 * most 76 characters, so a longer run is not padding. It is passed on as data,
 * since holding it until the line ends could take unbounded memory.
 */
const MAX_PADDING = 512;

/**
 * The value of a hexadecimal digit, in upper or lower case; -1 for other bytes.
 */
const HEX_VALUES = /* @__PURE__ */ makeHexValues();

function makeHexValues(): Int8Array {
  const values = new Int8Array(256).fill(-1);
  for (const [value, digit] of HEX_DIGITS.entries()) {
    values[digit] = value;
    // In ASCII this bit makes a letter lower case; digits have it already.
    values[digit | 0x20] = value;
  }
  return values;
}

/** Bytes that the decoder has to interpret: all others are copied. */
const IS_SPECIAL = /* @__PURE__ */ makeSpecial();

function makeSpecial(): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of [EQUALS, CR, LF]) table[byte] = 1;
  return table;
}

/** Bytes that need no encoding anywhere (rule 2). */
const IS_LITERAL = /* @__PURE__ */ makeLiteral();

function makeLiteral(): Uint8Array {
  const table = new Uint8Array(256).fill(1, 0x21, 0x7f);
  table[EQUALS] = 0;
  return table;
}

/**
 * Decodes quoted-printable. It accepts any bytes and never throws: an invalid
 * escape, such as `=G0` or an `=` in mid-line, is passed as is (RFC 2045,
 * section 6.7, note 2), and so are bytes that should have been escaped. Space
 * and tab at the end of a line are padding that a transport added, and are
 * dropped (rule 3); after the `=` of a soft line break they are allowed. A bare
 * LF ends a line like CRLF.
 *
 * The end of a chunk is held back while the next one may change its meaning:
 * padding, an escape, a CR; about 1 KiB at most.
 */
export class QuotedPrintableDecoder {
  /** The end of the last chunk, to be read again with the next. */
  #held: Uint8Array = EMPTY;
  /** Whether the input is in a run of space that is too long for padding. */
  #isInLongRun = false;

  /** Returns the bytes decoded with `chunk`, possibly none, in a new buffer. */
  decode(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
    return this.#decode(chunk, false);
  }

  /** Ends the input, and returns the held-back bytes that are data. */
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
    /** The index in the output after which space may be padding. */
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
    // Space at the end of a chunk may be padding, and at the end of the input
    // it is; before an escape it is data.
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

/**
 * The length of what begins at an `=`, and the byte that it encodes, if any.
 */
interface Escape {
  /** 0 if more bytes are needed. */
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

/**
 * The length of the space before `end`, back to `start`; 0 if it is too long
 * for padding.
 */
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

/**
 * RFC 2045, section 6.7, rule 5, allows 76 characters; the last is kept free
 * for the `=` of a soft line break.
 */
const MAX_COLUMN = 75;

/**
 * Encodes in quoted-printable, in lines of at most 76 characters.
 *
 * CRLF is a line break and stays one (rule 4); a bare CR or LF is encoded, and
 * so is a space or tab at the end of a line or of the input (rule 3). At most
 * two bytes are held back.
 */
export class QuotedPrintableEncoder {
  /**
   * Bytes whose encoding the next bytes decide: a space or tab, a CR, or both.
   */
  #held: Uint8Array<ArrayBuffer> = EMPTY;
  /** Characters on the line so far. */
  #column = 0;
  #output: Uint8Array<ArrayBuffer> = EMPTY;
  #written = 0;

  /** Returns the output decided by `chunk`, possibly none, in a new buffer. */
  encode(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
    const bytes = join(this.#held, chunk);
    const end = certainLength(bytes);
    this.#held = new Uint8Array(bytes.subarray(end));
    return this.#encode(bytes, end);
  }

  /** Returns the encoding of the held-back bytes. */
  finish(): Uint8Array<ArrayBuffer> {
    const bytes = this.#held;
    this.#held = EMPTY;
    return this.#encode(bytes, bytes.length);
  }

  /**
   * Encodes `bytes` up to `end`; the bytes after it decide how the last is
   * encoded.
   */
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
   * Copies bytes from `start` that need no encoding, up to the end of the line.
   * Most text is like this, and this is several times as fast as byte by byte.
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
      // Space before another byte is not at the end of a line.
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

  /**
   * Adds a soft line break, unless the line has room for `length` more
   * characters.
   */
  #makeRoom(length: number): void {
    if (this.#column + length > MAX_COLUMN) {
      this.#write(EQUALS, CR, LF);
      this.#column = 0;
    }
    this.#column += length;
  }

  /** Allocates for the longest output of `length` bytes. */
  #reserve(length: number): void {
    const characters = 3 * length;
    // A line may end two columns early, before an escape.
    const breaks = Math.ceil(characters / (MAX_COLUMN - 2)) + 1;
    this.#output = new Uint8Array(characters + 3 * breaks);
    this.#written = 0;
  }
}

function isLineBreak(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === CR && bytes[at + 1] === LF;
}

/** The length of the prefix whose encoding does not depend on later bytes. */
function certainLength(bytes: Uint8Array): number {
  let end = bytes.length;
  if (bytes[end - 1] === CR) end--;
  return isSpace(bytes[end - 1]) ? end - 1 : end;
}
