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
 * Reads one head after another, each across any number of chunks: a plain one
 * in one go, any other line by line up to its empty line, or to a delimiter's
 * line (RFC 2046, section 5.1.1, lets that stand behind a head without an empty
 * line: the part has no body).
 *
 * A line is looked at when it is complete, so that an error is the same however
 * the input is cut.
 */
export class HeadReader {
  readonly #rules: ProfileRules;
  readonly #limits: ResolvedLimits;
  readonly #context: PartHeadContext;
  /** Where the head that is being read begins. */
  #place: HeaderPlace | undefined;
  /** The fields of its lines so far, and the bytes of these. */
  #fields: [name: string, value: string][] = [];
  #size = 0;
  /** Its next line so far, a byte string: unlike a view, that keeps no chunk alive. */
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
   * @param index The part's, for the head and for errors.
   * @param scanner Knows the delimiter, and is not within one when a head begins.
   * @returns Whether the head is complete; if not, the input is used up.
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
        (scanner.isOpen || (chunk[at] === DASH && this.#line === ""));
      if (mayBeDelimiter) {
        if (!scanner.isOpen) scanner.startLine();
        const verdict = scanner.match(chunk, at);
        input.at = scanner.end;
        if (verdict === "delimiter" || verdict === "close") {
          this.ending = verdict;
          return true;
        }
        this.#line += toByteString(scanner.data);
      } else if (this.#readRun(input, place)) return true;
    }
    if (!input.isAtEnd || !scanner.isClosed) return false;
    this.ending = "close";
    return true;
  }

  /** Reads up to the empty line, or to one that begins with a dash, and tells whether it was the empty one. */
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

  /** The empty line does not count, be it complete or not. */
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

  /** A complete line but for its LF, in which there is nothing that no line may hold. */
  #withoutCr(line: string, start: HeaderPlace): string {
    const hasCr = line.endsWith("\r");
    const text = hasCr ? line.slice(0, -1) : line;
    const found = /[\0\r]/.exec(text);
    if (found !== null) {
      // What follows a CR shows that it is bare.
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

  /** Parses the head that is complete; `undefined` if there was just a second delimiter. */
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
