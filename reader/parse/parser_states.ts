/**
 * What the parser does in each of its states. All transitions are in this file:
 *
 * ```text
 *   preamble -> delimiter -> head -> body -> delimiter -> ... -> epilogue -> done
 *
 *   delimiter -> preamble, body or gap     its line is longer, and so is data
 *   body or delimiter -> weigh -> body     a camera's first Content-Length
 *   head -> frame -> gap -> delimiter      the later ones, if it was right
 *   any but preamble -> done               a live stream just ends
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
import { concat, EMPTY } from "../../wire/bytes.ts";
import { MultipartError, type MultipartErrorCode } from "../../wire/errors.ts";
import type { ResolvedLimits } from "../../wire/limits.ts";
import { DelimiterLine, type DelimiterLineVerdict } from "./delimiter_line.ts";
import { FirstDelimiter } from "./first_delimiter.ts";
import { FrameLength } from "./frame_length.ts";
import { HeadReader } from "./head_reader.ts";
import type { Input } from "./input.ts";
import { END, type MultipartEvent, NEED_DATA, PART_END } from "./events.ts";
import { PartData } from "./part_data.ts";
import type { PartHead, PartHeadContext } from "./part_head.ts";
import type { ProfileRules } from "./profiles.ts";
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

/** An event to give, or nothing if the state has changed and the next step follows. */
export type Step = MultipartEvent | undefined;

/** The state of one parser, and what leads from each to the next. */
export class ParserStates {
  readonly #rules: ProfileRules;
  readonly #limits: ResolvedLimits;
  readonly #input: Input;
  readonly #first: FirstDelimiter;
  readonly #line: DelimiterLine;
  readonly #head: HeadReader;
  readonly #frame: FrameLength;
  readonly #data: PartData;
  #scanner: Scanner;

  #state: State = "preamble";
  #epilogueBytes = 0;
  #partsBegun = 0;
  /** The open part. */
  #part: PartHead | undefined;
  /** The chunk in which the delimiter begins that was found last. */
  #foundIn: Uint8Array | undefined;
  /** What its line proved to be. */
  #verdict: DelimiterLineVerdict = "unfinished";

  /** Begins before the first delimiter of `input`. */
  constructor(
    input: Input,
    boundary: string,
    rules: ProfileRules,
    limits: ResolvedLimits,
    context: PartHeadContext,
  ) {
    this.#input = input;
    this.#rules = rules;
    this.#limits = limits;
    this.#first = new FirstDelimiter(boundary, rules, limits.preambleBytes);
    this.#scanner = this.#first.scanner;
    this.#line = new DelimiterLine(rules);
    this.#head = new HeadReader(rules, limits, context);
    this.#frame = new FrameLength(rules, limits.bufferedBytes);
    this.#data = new PartData(limits.partBytes);
  }

  /** Whether all of the chunk has been dealt with and given out. */
  get isStarved(): boolean {
    return this.#input.isStarved && !this.#data.hasRun;
  }

  /**
   * Goes on as far as the next event, or the next state.
   *
   * @throws {MultipartError} If the input is malformed, or goes over a limit.
   */
  step(): Step {
    this.#data.check();
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
    const input = this.#input;
    if (input.isStarved) return this.#starve();
    const found = this.#first.scan(input.chunk, input.at);
    input.at = this.#first.end;
    if (!found) return;
    this.#scanner = this.#first.scanner;
    this.#state = "delimiter";
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
    return this.#data.give(concat(this.#scanner.release(), this.#line.take()));
  }

  #readHead(): Step {
    const input = this.#input;
    const head = this.#head.read(input, this.#partsBegun);
    if (head === undefined) return this.#starve();

    this.#part = head;
    this.#partsBegun++;
    this.#data.begin(head.index, input.offset);
    this.#scanner.startLine();
    this.#state = "body";
    if (this.#rules.contentLength === "trust") this.#beginFrame(head);
    return { type: "part", head };
  }

  #beginFrame(head: PartHead): void {
    const frame = this.#frame;
    frame.begin(head.contentLength);
    if (frame.isTrusted && frame.stated !== undefined) this.#state = "frame";
  }

  #scanBody(): Step {
    const input = this.#input;
    const chunk = this.#frame.stated === undefined
      ? input.chunk
      : this.#upToStatedLength();
    if (input.at === chunk.length) {
      if (this.#data.hasRun) return this.#data.giveRun(input.chunk);
      if (input.offset === this.#statedEnd) return this.#doubtLength();
      return this.#starve();
    }
    const scanner = this.#scanner;
    const found = scanner.scan(chunk, input.at);
    input.at = scanner.end;
    this.#data.extendRun(scanner.dataStart, scanner.dataEnd);
    if (found) {
      this.#state = "delimiter";
      this.#foundIn = scanner.start < 0 ? undefined : input.chunk;
    }
    if (scanner.held.length > 0) return this.#data.give(scanner.held);
    if (!found && this.#data.hasRun) return this.#data.giveRun(input.chunk);
  }

  #endPart(): MultipartEvent {
    if (this.#rules.contentLength === "check") {
      this.#data.checkLength(this.#part?.contentLength, this.#input.offset);
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
    this.#frame.hold(concat(this.#scanner.release(), this.#line.take()));
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
      : this.#state === "head" || this.#partsBegun > 0
      ? `in the header fields of part ${this.#partsBegun}`
      : "before its first part";
    return this.#fail("truncated", `Cannot read the body: it ends ${where}`);
  }

  #fail(
    code: MultipartErrorCode,
    message: string,
    offset = this.#input.offset,
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
