import { DASH, LF, toByteString } from "../../wire/bytes.ts";
import { MultipartError } from "../../wire/errors.ts";
import {
  addHeaderLine,
  type HeaderField,
  type HeaderPlace,
  placeAt,
} from "../../wire/header_block.ts";
import type { ResolvedLimits } from "../../wire/limits.ts";
import { trimSpace } from "../../wire/parameters.ts";
import type { Input } from "./input.ts";
import {
  PartHead,
  type PartHeadContext,
  requireFormField,
} from "./part_head.ts";
import { readPlainHead } from "./plain_head.ts";
import type { ProfileRules } from "./profiles.ts";
import type { Delimiter, Scanner } from "./scanner.ts";

/**
 * Reads heads, each across any number of chunks: a plain one in one go, any
 * other line by line up to its empty line or to a delimiter line (RFC 2046,
 * section 5.1.1, allows a delimiter right after a head: the part then has no
 * body).
 *
 * A line is checked when it is complete, so that an error does not depend on
 * how the input is cut.
 *
 * `read` leaves its results in `head` and `ending`, which saves an object per
 * part.
 */
export class HeadReader {
  readonly #rules: ProfileRules;
  readonly #limits: ResolvedLimits;
  readonly #context: PartHeadContext;
  /** Where the current head begins. */
  #place: HeaderPlace | undefined;
  /** The fields read so far, and the bytes of their lines. */
  #fields: [name: string, value: string][] = [];
  #size = 0;
  /**
   * Its current line so far, as a byte string: unlike a view, it keeps no chunk
   * alive.
   */
  #line = "";

  /** After `read`: the head; `undefined` if a delimiter was repeated instead. */
  head: PartHead | undefined;
  /** After `read`: the delimiter that ended the head, if one did. */
  ending: Delimiter | undefined;

  constructor(
    rules: ProfileRules,
    limits: ResolvedLimits,
    context: PartHeadContext,
  ) {
    this.#rules = rules;
    this.#limits = limits;
    this.#context = context;
  }

  /**
   * Reads on.
   *
   * @param index The part's index, for the head and for errors.
   * @param scanner Knows the delimiter; not inside one when a head begins.
   * @returns Whether the head is complete; if not, the chunk is consumed.
   * @throws {MultipartError} `invalid-header`, `header-too-large`, or
   * `invalid-disposition`.
   */
  read(input: Input, index: number, scanner: Scanner): boolean {
    if (this.#place === undefined) {
      if (input.isStarved) return false;
      this.ending = undefined;
      const plain = readPlainHead(input.chunk, input.at, this.#limits);
      if (plain !== undefined) {
        input.at = plain.end;
        this.head = new PartHead(index, plain, this.#context);
        return true;
      }
      this.#place = { offset: input.offset, partIndex: index };
      this.#fields = [];
      this.#size = 0;
    }
    if (!this.#readLines(input, this.#place, scanner)) return false;
    this.head = this.#finish(this.#place);
    this.#place = undefined;
    return true;
  }

  #readLines(input: Input, place: HeaderPlace, scanner: Scanner): boolean {
    while (!input.isStarved) {
      const { chunk, at } = input;
      const mayBeDelimiter = !this.#rules.isForm &&
        (scanner.isInLine || (chunk[at] === DASH && this.#line === ""));
      if (mayBeDelimiter) {
        if (!scanner.isInLine) scanner.startLine();
        const verdict = scanner.match(chunk, at);
        input.at = scanner.end;
        if (verdict === "delimiter" || verdict === "close") {
          this.ending = verdict;
          return true;
        }
        this.#line += toByteString(scanner.data);
      } else if (this.#readRun(input, place)) return true;
    }
    if (!input.isAtEnd || !scanner.sawClose) return false;
    this.ending = "close";
    return true;
  }

  /**
   * Reads up to the empty line, or to a line that begins with a dash. Returns
   * whether it found the empty line.
   */
  #readRun(input: Input, place: HeaderPlace): boolean {
    const { chunk, at } = input;
    input.at = this.#endOfRun(chunk, at);
    const pieces = toByteString(chunk.subarray(at, input.at)).split("\n");
    const rest = pieces.pop() ?? "";
    for (const piece of pieces) {
      const line = this.#line + piece;
      this.#checkSize(line, line.length + 1, place);
      this.#line = "";
      const start = placeAt(place, this.#size);
      const text = this.#withoutCr(line, start);
      if (text === "") return true;
      const { headers } = this.#limits;
      addHeaderLine(this.#fields, text, this.#rules, headers, start);
      this.#size += line.length + 1;
    }
    this.#line += rest;
    this.#checkSize(this.#line, this.#line.length, place);
    return false;
  }

  #endOfRun(chunk: Uint8Array, at: number): number {
    const most = at + this.#limits.headerBytes + 2;
    let start = at - this.#line.length;
    while (at < most) {
      const lineFeed = chunk.indexOf(LF, at);
      if (lineFeed < 0) return Math.min(most, chunk.length);
      at = lineFeed + 1;
      if (at - start <= 2 || chunk[at] === DASH) break;
      start = at;
    }
    return at;
  }

  /** The empty line does not count, complete or not. */
  #checkSize(line: string, length: number, place: HeaderPlace): void {
    const { headerBytes } = this.#limits;
    if (this.#size + length <= headerBytes || line === "" || line === "\r") {
      return;
    }
    throw new MultipartError(
      "header-too-large",
      `Cannot read header fields: they take more than ${headerBytes} bytes`,
      { ...placeAt(place, headerBytes), limit: "headerBytes" },
    );
  }

  /**
   * Checks a complete line, given without its LF, and returns it without its
   * CR.
   */
  #withoutCr(line: string, start: HeaderPlace): string {
    const hasCr = line.endsWith("\r");
    const text = hasCr ? line.slice(0, -1) : line;
    const found = /[\0\r]/.exec(text);
    if (found !== null) {
      // The byte after a CR shows that it is bare, so the error points there.
      const isNul = found[0] === "\0";
      throw invalidByte(
        isNul ? "NUL" : "a bare CR",
        placeAt(start, found.index + (isNul ? 0 : 1)),
      );
    }
    if (!hasCr && !this.#rules.takesBareLf) {
      throw invalidByte(
        'a bare LF. Pass `lineEndings: "any"` to accept it',
        placeAt(start, text.length),
      );
    }
    return text;
  }

  /**
   * Parses the complete head; `undefined` if it was only a repeated delimiter.
   */
  #finish(place: HeaderPlace): PartHead | undefined {
    const index = place.partIndex;
    if (this.#size === 0) {
      if (this.#rules.isCamera && this.ending !== undefined) return undefined;
      if (this.#rules.isForm) {
        throw new MultipartError(
          "invalid-header",
          `Cannot read part ${index}: it has no header fields`,
          place,
        );
      }
    }
    const fields = this.#fields.map(([name, value]): HeaderField => [
      name,
      trimSpace(value),
    ]);
    const head = new PartHead(index, fields, this.#context);
    if (this.#rules.isForm) requireFormField(head, fields, place);
    return head;
  }
}

function invalidByte(found: string, place: HeaderPlace): MultipartError {
  return new MultipartError(
    "invalid-header",
    `Cannot read header fields: they hold ${found}`,
    place,
  );
}
