/**
 * The sans-I/O core of the reader: bytes in, events out.
 *
 * All transitions are in this file, and each state has a name:
 *
 * ```text
 *   preamble -> delimiter -> head -> body -> delimiter -> ... -> epilogue -> done
 *
 *   head -> body -> weigh -> body     a camera's first Content-Length
 *   head -> frame -> gap -> delimiter     the later ones, if it was right
 * ```
 *
 * Rules that it keeps: what it makes of an input does not depend on how that is
 * cut into chunks; it looks at each byte once, and holds back no more than a
 * delimiter line or a header block, both bounded (but where it weighs a length,
 * once in a stream: there it holds up to `bufferedBytes`, and reads them again);
 * a limit is checked before what it bounds is allocated.
 *
 * @module
 */
import { checkBoundary } from "../wire/boundary.ts";
import { MultipartError, type MultipartErrorCode } from "../wire/errors.ts";
import { parseHeaderBlock } from "../wire/header_block.ts";
import { type ResolvedLimits, resolveLimits } from "../wire/limits.ts";
import { DelimiterLine, type DelimiterLineVerdict } from "./delimiter_line.ts";
import { FirstDelimiter } from "./first_delimiter.ts";
import { FrameLength } from "./frame_length.ts";
import { HeaderCollector } from "./header_collector.ts";
import { Input } from "./input.ts";
import { END, type MultipartEvent, NEED_DATA, PART_END } from "./events.ts";
import type { MultipartParserOptions } from "./options.ts";
import { PartData } from "./part_data.ts";
import {
  PartHead,
  type PartHeadContext,
  requireFormField,
} from "./part_head.ts";
import { type ProfileRules, PROFILES } from "./profiles.ts";
import type { Scanner } from "./scanner.ts";

type State =
  | "preamble"
  | "delimiter"
  | "head"
  | "body"
  | "weigh"
  | "frame"
  | "gap"
  | "epilogue"
  | "done";

const EMPTY = new Uint8Array(0);

/** An event to give, or nothing if the state has changed and the next step follows. */
type Step = MultipartEvent | undefined;

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
  readonly #headContext: PartHeadContext;
  readonly #input: Input;
  readonly #first: FirstDelimiter;
  readonly #line: DelimiterLine;
  readonly #frame: FrameLength;
  readonly #data: PartData;
  #scanner: Scanner;

  #state: State = "preamble";
  #error: unknown;
  #preambleBytes = 0;
  #epilogueBytes = 0;
  #partsBegun = 0;
  #collector: HeaderCollector | undefined;
  /** The open part. */
  #part: PartHead | undefined;
  /** The chunk in which the delimiter begins that was found last. */
  #foundIn: Uint8Array | undefined;
  /** What its line proved to be. */
  #verdict: DelimiterLineVerdict = "unfinished";

  /**
   * Makes a parser for one multipart.
   *
   * @param options The boundary, and how to read.
   * @throws {MultipartError} `invalid-boundary`.
   * @throws {TypeError} If there is no such profile.
   * @throws {RangeError} If a limit is no number that can bound anything.
   */
  constructor(options: MultipartParserOptions) {
    const rules = rulesOf(options);
    const boundary = checkBoundary(options.boundary);
    this.#rules = rules;
    this.#limits = resolveLimits(options.limits, rules.limits);
    this.#headContext = {
      isForm: rules.disposition === "required",
      defaultMediaType: options.defaultMediaType ?? "text/plain",
      percentDecodeNames: options.percentDecodeNames ?? false,
    };
    this.#input = new Input(this.#limits.totalBytes);
    this.#first = new FirstDelimiter(boundary, rules);
    this.#scanner = this.#first.scanner;
    this.#line = new DelimiterLine(rules);
    this.#frame = new FrameLength(rules, this.#limits.bufferedBytes);
    this.#data = new PartData(this.#limits.partBytes);
  }

  /** Bytes of the input that have been looked at. */
  get offset(): number {
    return this.#input.offset;
  }

  /**
   * Hands over the next chunk, when `next()` has asked for data. The parser
   * keeps a view of it until it asks for more, and never writes to it.
   *
   * @throws {TypeError} If something is left of the chunk before, if the input
   * has ended, or if the chunk is no view of bytes.
   */
  push(chunk: Uint8Array): void {
    if (!ArrayBuffer.isView(chunk)) {
      throw new TypeError("Cannot push a chunk: it is no view of bytes");
    }
    if (this.#input.hasEnded) {
      throw new TypeError("Cannot push a chunk: the input has ended");
    }
    if (!this.#input.isStarved || this.#data.hasRun) {
      throw new TypeError(
        "Cannot push a chunk: the one before is still being read",
      );
    }
    this.#input.push(chunk);
  }

  /** Says that no chunk will follow. */
  end(): void {
    this.#input.end();
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
        this.#data.check();
        const event = this.#step();
        if (event !== undefined) return event;
      }
    } catch (error) {
      this.#error = error;
      throw error;
    }
  }

  #step(): Step {
    switch (this.#state) {
      case "preamble":
        return this.#scanPreamble();
      case "delimiter":
        return this.#readDelimiterLine();
      case "head":
        return this.#readHead();
      case "body":
        return this.#scanBody();
      case "weigh":
        return this.#weighLength();
      case "frame":
        return this.#readFrame();
      case "gap":
        return this.#scanGap();
      case "epilogue":
        return this.#skipEpilogue();
      case "done":
        return END;
    }
  }

  #scanPreamble(): Step {
    const { chunk, at, isStarved } = this.#input;
    if (isStarved) return this.#starve();
    const found = this.#first.scan(chunk, at);
    this.#input.at = this.#first.end;
    this.#skipPreamble();
    if (!found) return;
    this.#scanner = this.#first.scanner;
    this.#state = "delimiter";
  }

  /** Counts what has just proved to be preamble. */
  #skipPreamble(): void {
    this.#preambleBytes += this.#first.skipped;
    if (this.#preambleBytes > 0 && this.#rules.preamble === "reject") {
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

  #readDelimiterLine(): Step {
    const input = this.#input;
    if (this.#verdict === "unfinished") {
      const { isAtEnd } = input;
      this.#verdict = isAtEnd
        ? this.#line.finish()
        : this.#line.push(input.chunk, input.at);
      if (!isAtEnd) input.at = this.#line.end;
    }
    if (this.#verdict === "longer" && this.#rules.longerLine === "data") {
      return this.#readOnBehindLine();
    }
    if (this.#data.hasRun) return this.#data.giveRun(input.chunk);
    if (this.#verdict === "unfinished") return this.#starve();
    if (this.#verdict === "longer") {
      throw this.#fail(
        "invalid-delimiter",
        "Cannot read a delimiter: something else stands on its line",
      );
    }

    const { stated } = this.#frame;
    if (stated !== undefined && stated !== this.#data.length) {
      return this.#doubtLine();
    }
    if (stated !== undefined) this.#frame.prove(true);
    this.#line.reset();
    this.#state = this.#verdict === "close" ? "epilogue" : "head";
    this.#verdict = "unfinished";
    return this.#part === undefined ? undefined : this.#endPart();
  }

  /** A longer line is data, or what stands where data does. */
  #readOnBehindLine(): Step {
    if (this.#part === undefined) {
      this.#verdict = "unfinished";
      const bytes = this.#line.take().length;
      if (this.#partsBegun > 0) return this.#readOnInGap(bytes);
      this.#state = "preamble";
      this.#first.reject(bytes);
      this.#skipPreamble();
      return;
    }
    const { chunk, offset } = this.#input;
    if (offset > (this.#statedEnd ?? Infinity)) {
      // The stated end lies in it.
      if (this.#data.hasRun) return this.#data.giveRun(chunk);
      return this.#doubtLine();
    }
    this.#verdict = "unfinished";
    this.#state = "body";
    if (this.#foundIn === chunk) {
      // The whole line lies in this chunk: the run of data just grows, and
      // costs nothing however many such lines there are.
      this.#data.extendRun(this.#scanner.start, this.#line.end);
      this.#scanner.reset();
      this.#line.reset();
      return;
    }
    return this.#data.give(joined(this.#scanner.release(), this.#line.take()));
  }

  #readHead(): Step {
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
    const input = this.#input;
    if (input.isStarved) return this.#starve();
    const complete = this.#collector.push(input.chunk, input.at);
    input.at = this.#collector.end;
    if (!complete) return;

    const part = this.#parseHead(this.#collector);
    this.#collector = undefined;
    this.#part = part;
    this.#partsBegun++;
    this.#data.begin(index, this.offset);
    this.#scanner.startLine();
    const frame = this.#frame;
    if (this.#rules.contentLength === "trust") frame.begin(part.contentLength);
    this.#state = frame.isTrusted && frame.stated !== undefined
      ? "frame"
      : "body";
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
    const head = new PartHead(index, fields, this.#headContext);
    if (this.#headContext.isForm) requireFormField(head, fields, place);
    return head;
  }

  #scanBody(): Step {
    const input = this.#input;
    const chunk = this.#upToStatedLength();
    if (input.at === chunk.length) {
      if (this.#data.hasRun) return this.#data.giveRun(input.chunk);
      if (input.offset === this.#statedEnd) return this.#doubtLength();
      return this.#starve();
    }
    const scanner = this.#scanner;
    if (scanner.scan(chunk, input.at)) {
      this.#state = "delimiter";
      this.#foundIn = scanner.start < 0 ? undefined : input.chunk;
    }
    input.at = scanner.end;
    this.#data.extendRun(scanner.dataStart, scanner.dataEnd);
    if (scanner.held.length > 0) return this.#data.give(scanner.held);
  }

  #endPart(): MultipartEvent {
    const length = this.#part?.contentLength;
    if (
      this.#rules.contentLength === "check" && length !== undefined &&
      length !== this.#data.length
    ) {
      throw this.#fail(
        "invalid-length",
        `Cannot read part ${this.#partIndex}: its body has ${this.#data.length} bytes, and ${length} were announced`,
      );
    }
    this.#part = undefined;
    return PART_END;
  }

  /** Where in the whole input the open frame ends, if its length says so. */
  get #statedEnd(): number | undefined {
    const { stated } = this.#frame;
    return stated === undefined ? undefined : this.#data.offset + stated;
  }

  /** The chunk up to there. */
  #upToStatedLength(): Uint8Array {
    const { chunk, at, offset } = this.#input;
    const end = this.#statedEnd;
    return end === undefined ? chunk : chunk.subarray(0, at + end - offset);
  }

  /** A delimiter's line begins before the stated length: it may be data. */
  #doubtLine(): Step {
    this.#frame.hold(joined(this.#scanner.release(), this.#line.take()));
    this.#verdict = "unfinished";
    this.#state = "weigh";
    return;
  }

  /** The stated length has come: does a delimiter stand there? */
  #doubtLength(): Step {
    this.#frame.hold(this.#scanner.release());
    this.#state = "weigh";
    return;
  }

  #weighLength(): Step {
    const input = this.#input;
    const frame = this.#frame;
    const scanner = this.#scanner;
    const distance = (frame.stated ?? 0) - this.#data.length;
    const verdict = frame.judge(distance, scanner.dashBoundary, input.isAtEnd);
    if (verdict === "unfinished") {
      if (input.isStarved) return this.#starve();
      const more = input.chunk.subarray(input.at, input.at + frame.missing);
      input.at += more.length;
      frame.hold(more);
      return;
    }
    // Either way the bytes are read again; now it is known what they are.
    const held = frame.take();
    const stands = verdict === "stands";
    frame.prove(stands);
    input.replay(stands ? held.subarray(distance) : held);
    this.#state = "body";
    // A body begins at the start of a line, and so does what stands at its end.
    if (stands || this.#data.length === 0) scanner.startLine();
    else scanner.reset();
    if (stands && distance > 0) {
      return this.#data.give(held.subarray(0, distance));
    }
  }

  /** A frame whose length is trusted: its bytes are not looked at. */
  #readFrame(): Step {
    const input = this.#input;
    const left = (this.#frame.stated ?? 0) - this.#data.length;
    if (left === 0) {
      this.#scanner.startLine();
      this.#frame.begin(undefined);
      this.#state = "gap";
      return this.#endPart();
    }
    if (input.isStarved) return this.#starve();
    const data = input.chunk.subarray(input.at, input.at + left);
    input.at += data.length;
    return this.#data.give(data);
  }

  /** Between a frame that ended by its length and the next delimiter there is nothing. */
  #scanGap(): Step {
    const { chunk, at, isStarved } = this.#input;
    if (isStarved) return this.#starve();
    const scanner = this.#scanner;
    if (scanner.scan(chunk, at)) this.#state = "delimiter";
    this.#input.at = scanner.end;
    this.#skipInGap(
      scanner.held.length + scanner.dataEnd - scanner.dataStart,
    );
  }

  #readOnInGap(lineBytes: number): Step {
    this.#state = "gap";
    this.#skipInGap(this.#scanner.release().length + lineBytes);
    return;
  }

  /** What stands there after all shows that the length was wrong. */
  #skipInGap(bytes: number): void {
    if (bytes === 0) return;
    this.#frame.prove(false);
    this.#data.skip(bytes);
  }

  #skipEpilogue(): Step {
    const input = this.#input;
    this.#epilogueBytes += input.chunk.length - input.at;
    input.at = input.chunk.length;
    // All parts have been handed over: too long an epilogue spoils none.
    if (this.#epilogueBytes <= this.#limits.preambleBytes) {
      return this.#starve();
    }
    this.#state = "done";
  }

  /** Asks for data, or deals with the end of the input. */
  #starve(): Step {
    if (this.#input.overflows) {
      const limit = this.#limits.totalBytes;
      throw this.#fail(
        "body-too-large",
        `Cannot read the body: it has more than ${limit} bytes`,
        limit,
      );
    }
    if (!this.#input.hasEnded) return NEED_DATA;
    if (this.#state === "epilogue") {
      this.#state = "done";
      return;
    }
    // A line that is not finished is, now that the end is known, looked at again.
    if (this.#state === "delimiter" && this.#line.finish() === "close") return;
    if (this.#rules.missingClose === "accept" && this.#partsBegun > 0) {
      return this.#endLiveStream();
    }
    throw this.#truncated();
  }

  /** A camera's stream just ends: that is its end, if its last frame is whole. */
  #endLiveStream(): Step {
    const part = this.#part;
    if (part === undefined) {
      this.#state = "done";
      return;
    }
    const stated = this.#frame.isBroken ? undefined : part.contentLength;
    const held = this.#state === "body" ? this.#scanner.release() : EMPTY;
    const isWhole = stated === this.#data.length;
    if (held.length > 0 && !isWhole) return this.#data.give(held);
    if (stated !== undefined && !isWhole) throw this.#truncated();
    this.#state = "done";
    return this.#endPart();
  }

  #truncated(): MultipartError {
    const where = this.#part !== undefined
      ? `in part ${this.#part.index}`
      : this.#collector !== undefined || this.#partsBegun > 0
      ? `in the header fields of part ${this.#partsBegun}`
      : "before its first part";
    return this.#fail("truncated", `Cannot read the body: it ends ${where}`);
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

  get #partIndex(): number | undefined {
    return this.#part?.index ??
      (this.#state === "head" ? this.#partsBegun : undefined);
  }
}

function rulesOf(
  { profile = "mime", lineEndings, dashedBoundary }: MultipartParserOptions,
): ProfileRules {
  if (!Object.hasOwn(PROFILES, profile)) {
    throw new TypeError(
      `Cannot use profile "${profile}": there is none of that name`,
    );
  }
  const rules = PROFILES[profile];
  const detects = dashedBoundary ?? rules.dashedBoundary === "detect";
  return {
    ...rules,
    lineEndings: lineEndings ?? rules.lineEndings,
    dashedBoundary: detects ? "detect" : "reject",
  };
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
