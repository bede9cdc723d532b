/**
 * The sans-I/O core of the reader: bytes in, events out.
 *
 * All transitions are in this file, and each state has a name:
 *
 * ```text
 *   preamble -> delimiter -> head -> body -> delimiter -> ... -> epilogue -> done
 * ```
 *
 * Rules that it keeps: it looks at each byte once; it holds back no more than a
 * delimiter line or a header block, both bounded; what it makes of an input
 * does not depend on how that is cut into chunks; a limit is checked before
 * what it bounds is allocated.
 *
 * @module
 */
import { checkBoundary, delimiterBytes } from "../wire/boundary.ts";
import { MultipartError, type MultipartErrorCode } from "../wire/errors.ts";
import { parseHeaderBlock } from "../wire/header_block.ts";
import {
  type MultipartLimits,
  type ResolvedLimits,
  resolveLimits,
} from "../wire/limits.ts";
import { BoundaryDetector } from "./boundary_detector.ts";
import { DelimiterLine } from "./delimiter_line.ts";
import { HeaderCollector } from "./header_collector.ts";
import { PartHead } from "./part_head.ts";
import {
  type LineEndings,
  type MultipartProfile,
  type ProfileRules,
  PROFILES,
} from "./profiles.ts";
import { Scanner } from "./scanner.ts";

/** How a {@linkcode MultipartParser} reads. */
export interface MultipartParserOptions {
  /** The boundary, without the two dashes that begin a delimiter line. */
  boundary: string;
  /**
   * Which rules hold.
   *
   * @default {"mime"}
   */
  profile?: MultipartProfile;
  /** Bounds on what the peer may send. */
  limits?: MultipartLimits;
  /**
   * Which bytes end a line.
   *
   * @default {"crlf"} `"any"` in the `mixed-replace` profile
   */
  lineEndings?: LineEndings;
  /**
   * Whether to detect a boundary that already holds the two dashes of its
   * delimiter lines.
   *
   * @default {false} `true` in the `mixed-replace` profile
   */
  dashedBoundary?: boolean;
  /**
   * Whether `%22`, `%0D` and `%0A` in names and filenames are decoded. Browsers
   * write them so, but the Fetch Standard does not read them back.
   *
   * @default {false}
   */
  percentDecodeNames?: boolean;
  /**
   * The media type of a part that names none.
   *
   * @default {"text/plain"}
   */
  defaultMediaType?: string;
}

/**
 * What a {@linkcode MultipartParser} found next.
 *
 * - `part`: a part begins; `head` holds its header fields.
 * - `data`: bytes of its body, a view of the chunk that was pushed. The parser
 *   uses one `data` event object again and again: take `data` from it before
 *   the next call.
 * - `part-end`: the part's delimiter line is complete.
 * - `end`: the multipart is complete; it comes again and again.
 * - `need-data`: push the next chunk, or call `end()`.
 */
export type MultipartEvent =
  | { readonly type: "part"; readonly head: PartHead }
  | { readonly type: "data"; readonly data: Uint8Array }
  | { readonly type: "part-end" }
  | { readonly type: "end" }
  | { readonly type: "need-data" };

type State =
  | "preamble"
  | "dashes"
  | "delimiter"
  | "head"
  | "body"
  | "epilogue"
  | "done";

const EMPTY = new Uint8Array(0);
const PART_END: MultipartEvent = Object.freeze({ type: "part-end" });
const END: MultipartEvent = Object.freeze({ type: "end" });
const NEED_DATA: MultipartEvent = Object.freeze({ type: "need-data" });

/**
 * A multipart parser without I/O, for callers who bring their own: push bytes,
 * take events. {@linkcode MultipartReader} is built on it.
 *
 * It is pull-driven, so backpressure needs no code: nothing is read until
 * `next()` is called.
 *
 * @example Read a body that has come in two chunks
 * ```ts
 * import { MultipartParser } from "@tributary/multipart";
 *
 * const chunks = ["--x\r\nA: b\r\n\r\nhel", "lo\r\n--x--\r\n"];
 * const parser = new MultipartParser({ boundary: "x" });
 * let text = "";
 * for (let event = parser.next(); event.type !== "end"; event = parser.next()) {
 *   if (event.type === "data") text += new TextDecoder().decode(event.data);
 *   if (event.type !== "need-data") continue;
 *   const chunk = chunks.shift();
 *   if (chunk === undefined) parser.end();
 *   else parser.push(new TextEncoder().encode(chunk));
 * }
 * if (text !== "hello") throw new Error(text);
 * ```
 */
export class MultipartParser {
  readonly #rules: ProfileRules;
  readonly #limits: ResolvedLimits;
  readonly #boundary: string;
  readonly #head: {
    isForm: boolean;
    defaultMediaType: string;
    percentDecodeNames: boolean;
  };
  readonly #line: DelimiterLine;
  readonly #detector: BoundaryDetector | undefined;
  #scanner: Scanner;

  #state: State = "preamble";
  #error: unknown;
  #chunk: Uint8Array = EMPTY;
  #at = 0;
  /** Bytes of the input before the chunk. */
  #before = 0;
  #ended = false;
  /** The chunk went over `totalBytes` and was cut there. */
  #overflows = false;

  #preambleBytes = 0;
  #epilogueBytes = 0;
  #collector: HeaderCollector | undefined;
  #part: PartHead | undefined;
  /** Bytes of the input before the part's body, and of the body so far. */
  #partOffset = 0;
  #partBytes = 0;
  #partIsTooLarge = false;
  #partsBegun = 0;
  /** Data that the last scan found, and which is to be given out. */
  #dataStart = 0;
  #dataEnd = 0;
  /** Whether the last scan found a delimiter behind that data. */
  #found = false;
  readonly #data: { type: "data"; data: Uint8Array } = {
    type: "data",
    data: EMPTY,
  };

  /**
   * Makes a parser for one multipart.
   *
   * @throws {MultipartError} `invalid-boundary`.
   * @throws {RangeError} If a limit is no number that can bound anything.
   */
  constructor(options: MultipartParserOptions) {
    const { profile = "mime", lineEndings, dashedBoundary } = options;
    const rules = PROFILES[profile];
    if (rules === undefined) {
      throw new TypeError(
        `Cannot use profile "${profile}": there is none of that name`,
      );
    }
    this.#rules = {
      ...rules,
      lineEndings: lineEndings ?? rules.lineEndings,
      dashedBoundary: dashedBoundary === undefined
        ? rules.dashedBoundary
        : dashedBoundary
        ? "detect"
        : "reject",
    };
    this.#limits = resolveLimits(options.limits, rules.limits);
    this.#head = {
      isForm: rules.disposition === "required",
      defaultMediaType: options.defaultMediaType ?? "text/plain",
      percentDecodeNames: options.percentDecodeNames ?? false,
    };
    this.#boundary = checkBoundary(options.boundary);
    this.#line = new DelimiterLine(this.#rules);
    if (
      this.#rules.dashedBoundary === "detect" &&
      BoundaryDetector.concerns(this.#boundary)
    ) {
      this.#detector = new BoundaryDetector(this.#boundary);
    }
    this.#scanner = this.#scannerFor(
      this.#detector?.start ?? delimiterBytes(this.#boundary),
    );
    this.#scanner.startLine();
  }

  /** Bytes of the input that have been dealt with. */
  get offset(): number {
    return this.#before + this.#at;
  }

  /**
   * Hands over the next chunk. The parser keeps a view of it until it asks for
   * more, and never writes to it.
   *
   * @throws {TypeError} Before `next()` has asked for data, or behind `end()`.
   */
  push(chunk: Uint8Array): void {
    if (this.#ended) {
      throw new TypeError("Cannot push a chunk: the input has ended");
    }
    if (this.#at < this.#chunk.length || this.#hasData) {
      throw new TypeError(
        "Cannot push a chunk: the one before is still being read",
      );
    }
    this.#before += this.#chunk.length;
    this.#at = 0;
    const room = this.#limits.totalBytes - this.#before;
    this.#overflows ||= chunk.length > room;
    this.#chunk = chunk.length > room ? chunk.subarray(0, room) : chunk;
  }

  /** Says that no chunk will follow. */
  end(): void {
    this.#ended = true;
  }

  /**
   * The next event.
   *
   * @throws {MultipartError} If the input is malformed, or goes over a limit.
   * Every later call throws the same error.
   */
  next(): MultipartEvent {
    if (this.#error !== undefined) throw this.#error;
    try {
      for (;;) {
        const event = this.#step();
        if (event !== undefined) return event;
      }
    } catch (error) {
      this.#error = error;
      throw error;
    }
  }

  /** Does what the state asks for; without an event to give, the state has changed. */
  #step(): MultipartEvent | undefined {
    switch (this.#state) {
      case "preamble":
        return this.#scanPreamble();
      case "dashes":
        return this.#detectDashes();
      case "delimiter":
        return this.#readDelimiterLine();
      case "head":
        return this.#readHead();
      case "body":
        return this.#scanBody();
      case "epilogue":
        return this.#skipEpilogue();
      case "done":
        return END;
    }
  }

  #scanPreamble(): MultipartEvent | undefined {
    if (this.#isStarved) return this.#starve();
    const scanner = this.#scanner;
    const found = scanner.scan(this.#chunk, this.#at);
    this.#at = scanner.end;
    this.#skipPreamble(
      scanner.held.length + scanner.dataEnd - scanner.dataStart,
    );
    if (found) {
      this.#state = this.#detector === undefined ? "delimiter" : "dashes";
    }
  }

  #skipPreamble(bytes: number): void {
    this.#preambleBytes += bytes;
    if (bytes > 0 && this.#rules.preamble === "reject") {
      throw this.#fail(
        "invalid-preamble",
        "Cannot read the body: it does not begin with a delimiter",
        0,
      );
    }
    const limit = this.#limits.preambleBytes;
    if (this.#preambleBytes > limit) {
      throw this.#fail(
        "preamble-too-large",
        `Cannot find the first delimiter: it is not in the first ${limit} bytes`,
        limit,
      );
    }
  }

  #detectDashes(): MultipartEvent | undefined {
    if (this.#isStarved || this.#detector === undefined) return this.#starve();
    const verdict = this.#detector.push(this.#chunk, this.#at);
    this.#at = this.#detector.end;
    if (verdict === "unfinished") return;
    if (verdict === "neither") {
      this.#state = "preamble";
      this.#skipPreamble(
        this.#scanner.release().length + this.#detector.reset(),
      );
      return;
    }
    const boundary = verdict === "added"
      ? this.#boundary
      : this.#boundary.slice(2);
    this.#scanner = this.#scannerFor(delimiterBytes(boundary));
    this.#state = "delimiter";
  }

  #readDelimiterLine(): MultipartEvent | undefined {
    const atEnd = this.#isStarved && this.#ended;
    const verdict = atEnd
      ? this.#line.finish()
      : this.#line.push(this.#chunk, this.#at);
    if (!atEnd) this.#at = this.#line.end;
    if (verdict === "unfinished") return this.#starve();
    if (verdict === "longer") return this.#rejectDelimiterLine();

    this.#line.reset();
    this.#state = verdict === "close" ? "epilogue" : "head";
    const part = this.#part;
    if (part === undefined) return;
    this.#endPart(part);
    return PART_END;
  }

  #rejectDelimiterLine(): MultipartEvent | undefined {
    if (this.#rules.longerLine === "reject") {
      throw this.#fail(
        "invalid-delimiter",
        "Cannot read a delimiter: something else stands on its line",
        this.offset,
      );
    }
    const start = this.#scanner.release();
    const rest = this.#line.take();
    if (this.#part === undefined) {
      this.#state = "preamble";
      this.#skipPreamble(start.length + rest.length);
      return;
    }
    this.#state = "body";
    const line = new Uint8Array(start.length + rest.length);
    line.set(start);
    line.set(rest, start.length);
    return this.#giveData(line);
  }

  #readHead(): MultipartEvent | undefined {
    const index = this.#partsBegun;
    if (this.#collector === undefined) {
      const limit = this.#limits.parts;
      if (index >= limit) {
        throw this.#fail(
          "too-many-parts",
          `Cannot read part ${index}: ${limit} are allowed`,
        );
      }
      this.#collector = new HeaderCollector(
        this.#rules.lineEndings,
        this.#limits.headerBytes,
        { offset: this.offset, partIndex: index },
      );
    }
    if (this.#isStarved) return this.#starve();
    const complete = this.#collector.push(this.#chunk, this.#at);
    this.#at = this.#collector.end;
    if (!complete) return;

    const part = this.#parseHead(this.#collector);
    this.#collector = undefined;
    this.#part = part;
    this.#partsBegun++;
    this.#partOffset = this.offset;
    this.#partBytes = 0;
    this.#scanner.startLine();
    this.#state = "body";
    return { type: "part", head: part };
  }

  #parseHead({ block, place }: HeaderCollector): PartHead {
    const index = place.partIndex;
    if (block === "" && this.#rules.emptyHead === "reject") {
      throw new MultipartError(
        "invalid-header",
        `Cannot read part ${index}: it has no header fields`,
        place,
      );
    }
    const fields = parseHeaderBlock(
      block,
      this.#rules,
      this.#limits.headers,
      place,
    );
    const head = new PartHead(index, fields, this.#head);
    if (this.#head.isForm) PartHead.requireFormField(head, place);
    return head;
  }

  #scanBody(): MultipartEvent | undefined {
    if (this.#partIsTooLarge) {
      const limit = this.#limits.partBytes;
      throw this.#fail(
        "part-too-large",
        `Cannot read part ${this.#partIndex}: its body has more than ${limit} bytes`,
        this.#partOffset + limit,
      );
    }
    if (this.#hasData) {
      const data = this.#chunk.subarray(this.#dataStart, this.#dataEnd);
      this.#dataStart = this.#dataEnd;
      return this.#giveData(data);
    }
    if (this.#found) {
      this.#found = false;
      this.#state = "delimiter";
      return;
    }
    if (this.#isStarved) return this.#starve();
    const scanner = this.#scanner;
    this.#found = scanner.scan(this.#chunk, this.#at);
    this.#at = scanner.end;
    this.#dataStart = scanner.dataStart;
    this.#dataEnd = scanner.dataEnd;
    if (scanner.held.length > 0) return this.#giveData(scanner.held);
  }

  #giveData(data: Uint8Array): MultipartEvent {
    // What fits is given out, and only then the error: so that the bytes that
    // come before it do not depend on the chunks.
    const room = this.#limits.partBytes - this.#partBytes;
    this.#partIsTooLarge = data.length > room;
    if (this.#partIsTooLarge) data = data.subarray(0, room);
    this.#partBytes += data.length;
    this.#data.data = data;
    return this.#data;
  }

  #endPart(part: PartHead): void {
    const length = part.contentLength;
    if (
      this.#rules.contentLength === "check" && length !== undefined &&
      length !== this.#partBytes
    ) {
      throw this.#fail(
        "invalid-length",
        `Cannot read part ${part.index}: its body has ${this.#partBytes} bytes, and ${length} were announced`,
      );
    }
    this.#part = undefined;
  }

  #skipEpilogue(): MultipartEvent | undefined {
    this.#epilogueBytes += this.#chunk.length - this.#at;
    this.#at = this.#chunk.length;
    // All parts have been handed over: too long an epilogue spoils none.
    if (this.#epilogueBytes > this.#limits.preambleBytes) this.#state = "done";
    else return this.#starve();
  }

  /** Asks for data, or, at the end of the input, says what is missing. */
  #starve(): MultipartEvent | undefined {
    if (this.#overflows) {
      const limit = this.#limits.totalBytes;
      throw this.#fail(
        "body-too-large",
        `Cannot read the body: it has more than ${limit} bytes`,
        limit,
      );
    }
    if (!this.#ended) return NEED_DATA;
    if (this.#state === "epilogue") {
      this.#state = "done";
      return;
    }
    const missing = this.#partsBegun === 0 && this.#part === undefined
      ? "before its first part"
      : this.#part === undefined
      ? `in the header fields of part ${this.#partsBegun}`
      : `in part ${this.#part.index}`;
    throw this.#fail("truncated", `Cannot read the body: it ends ${missing}`);
  }

  #fail(
    code: MultipartErrorCode,
    message: string,
    offset = this.offset,
  ): MultipartError {
    return new MultipartError(code, message, {
      offset,
      partIndex: this.#partIndex,
    });
  }

  #scannerFor(delimiter: Uint8Array): Scanner {
    return new Scanner(delimiter, this.#rules.lineEndings);
  }

  get #partIndex(): number | undefined {
    return this.#part?.index ??
      (this.#state === "head" ? this.#partsBegun : undefined);
  }

  get #isStarved(): boolean {
    return this.#at === this.#chunk.length;
  }

  get #hasData(): boolean {
    return this.#dataStart < this.#dataEnd;
  }
}
