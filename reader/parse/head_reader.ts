import { DASH, LF, toByteString } from "../../wire/bytes.ts";
import { MultipartError } from "../../wire/errors.ts";
import {
  type HeaderPlace,
  parseHeaderBlock,
  placeAt,
} from "../../wire/header_block.ts";
import type { ResolvedLimits } from "../../wire/limits.ts";
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
  /** What was read of it, a byte string: unlike a view, that keeps no chunk alive. */
  #text = "";
  /** Where its last line begins. */
  #lineStart = 0;

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
   * @throws {MultipartError} `too-many-parts`, `invalid-header`,
   * `header-too-large`, or `invalid-disposition`.
   */
  read(input: Input, index: number, scanner: Scanner): boolean {
    if (this.#place === undefined) {
      this.#checkNumber(index, input.offset);
      if (input.isStarved) return false;
      this.ending = undefined;
      const plain = readPlainHead(input.chunk, input.at, this.#limits);
      if (plain !== undefined) {
        input.at = plain.end;
        this.head = new PartHead(index, plain, this.#context);
        return true;
      }
      this.#place = { offset: input.offset, partIndex: index };
    }
    if (!this.#readLines(input, this.#place, scanner)) return false;
    this.head = this.#finish(this.#place);
    return true;
  }

  #readLines(input: Input, place: HeaderPlace, scanner: Scanner): boolean {
    while (!input.isStarved) {
      const { chunk, at } = input;
      if (!this.#mayBeDelimiter(chunk, at, scanner)) {
        input.at = this.#endOfRun(chunk, at);
        const piece = toByteString(chunk.subarray(at, input.at));
        this.#text += piece;
        // A line that comes in small pieces is looked at once.
        const isDue = piece.includes("\n") ||
          this.#text.length > this.#limits.headerBytes;
        if (isDue && this.#checkLines(place)) return true;
        continue;
      }
      if (!scanner.isOpen) scanner.startLine();
      const verdict = scanner.match(chunk, at);
      input.at = scanner.end;
      if (verdict === "delimiter" || verdict === "close") {
        this.ending = verdict;
        return true;
      }
      this.#text += toByteString(scanner.data);
    }
    if (!input.isAtEnd || !scanner.isClosed) return false;
    this.ending = "close";
    return true;
  }

  /** Whether what stands at `at` is, or may be, a delimiter's line. */
  #mayBeDelimiter(chunk: Uint8Array, at: number, scanner: Scanner): boolean {
    return this.#rules.delimiterInHead !== "reject" && (scanner.isOpen ||
      (chunk[at] === DASH && this.#lineStart === this.#text.length));
  }

  /** The place behind the empty line, or before a line that begins with a dash. */
  #endOfRun(chunk: Uint8Array, at: number): number {
    const most = at + this.#limits.headerBytes + 2;
    let start = at - this.#text.length + this.#lineStart;
    while (at < most) {
      const lineFeed = chunk.indexOf(LF, at);
      if (lineFeed < 0) return Math.min(most, chunk.length);
      at = lineFeed + 1;
      if (at - start <= 2 || chunk[at] === DASH) break;
      start = at;
    }
    return at;
  }

  /** Checks the lines that are complete, and tells whether the last is empty. */
  #checkLines(place: HeaderPlace): boolean {
    const text = this.#text;
    const { headerBytes } = this.#limits;
    for (;;) {
      const start = this.#lineStart;
      const end = text.indexOf("\n", start) + 1;
      const line = text.slice(start, end || undefined);
      const isEmpty = line === "\r\n" || line === "\n" || line === "\r";
      if (start + line.length > headerBytes && !isEmpty) {
        throw new MultipartError(
          "header-too-large",
          `Cannot read header fields: they take more than ${headerBytes} bytes`,
          { ...placeAt(place, headerBytes), limit: "headerBytes" },
        );
      }
      if (end === 0) return false;
      this.#checkLine(line, start, place);
      if (isEmpty) return true;
      this.#lineStart = end;
    }
  }

  /** Rejects what no line may hold; `start` is where it stands in the head. */
  #checkLine(line: string, start: number, place: HeaderPlace): void {
    const hasCr = line.endsWith("\r\n");
    const end = line.length - (hasCr ? 2 : 1);
    const nul = line.indexOf("\0");
    const cr = line.indexOf("\r");
    if (cr >= 0 && cr < end && (nul < 0 || cr < nul)) {
      // What follows the CR shows that it is bare.
      throw invalidByte("a bare CR", placeAt(place, start + cr + 1));
    }
    if (nul >= 0) throw invalidByte("NUL", placeAt(place, start + nul));
    if (this.#rules.lineEndings === "crlf" && !hasCr) {
      throw invalidByte(
        'a bare LF. Pass `lineEndings: "any"` to accept it',
        placeAt(place, start + end),
      );
    }
  }

  #checkNumber(index: number, offset: number): void {
    const { parts } = this.#limits;
    if (index < parts) return;
    throw new MultipartError(
      "too-many-parts",
      `Cannot read part ${index}: ${parts} are allowed`,
      { offset, partIndex: index, limit: "parts" },
    );
  }

  /** Parses the head that is complete; `undefined` if there was just a second delimiter. */
  #finish(place: HeaderPlace): PartHead | undefined {
    const block = this.#text.slice(0, this.#lineStart);
    this.#place = undefined;
    this.#text = "";
    this.#lineStart = 0;
    const index = place.partIndex;
    if (block === "") {
      const { delimiterInHead, emptyHead } = this.#rules;
      const isRepeated = this.ending !== undefined &&
        delimiterInHead === "skip-repeated";
      if (isRepeated) return undefined;
      if (emptyHead === "reject") {
        throw new MultipartError(
          "invalid-header",
          `Cannot read part ${index}: it has no header fields`,
          place,
        );
      }
    }
    const { headers } = this.#limits;
    const fields = parseHeaderBlock(block, this.#rules, headers, place);
    const head = new PartHead(index, fields, this.#context);
    if (this.#context.isForm) requireFormField(head, fields, place);
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
