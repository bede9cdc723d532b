/**
 * What the parser does in each of its states. All transitions are in this file:
 *
 * ```text
 *   preamble -> delimiter -> head -> body -> delimiter -> ... -> epilogue -> done
 *
 *   delimiter -> preamble or body     its line goes on: it is data
 *   head -> delimiter                 a delimiter ends a part without a body
 *   preamble -> head                  a camera leaves out the first delimiter
 *   any but preamble -> done          a camera's stream just ends
 * ```
 *
 * In a camera's stream {@linkcode CameraFraming} reads the bodies of frames that
 * state a length, and what stands behind them; it has states of its own.
 *
 * Rules that it keeps:
 *
 * - What it makes of an input does not depend on how that is cut into chunks.
 * - It looks at each byte once, and holds back no more than a delimiter line or
 *   a head, both bounded. To check a camera's length it holds up to
 *   `bufferedBytes`, and reads them again; that happens once in a stream.
 * - A limit is checked before what it bounds is allocated.
 *
 * @module
 */
import { concat, EMPTY, LF } from "../../wire/bytes.ts";
import { MultipartError, type MultipartErrorCode } from "../../wire/errors.ts";
import type { ResolvedLimits } from "../../wire/limits.ts";
import { CameraFraming } from "./camera.ts";
import { DelimiterLine, type DelimiterLineVerdict } from "./delimiter_line.ts";
import { FirstDelimiter } from "./first_delimiter.ts";
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
  | "epilogue"
  | "done";

/** An event to give, or nothing if the state has changed and the next step follows. */
export type Step = MultipartEvent | undefined;

/** The state of one parser, and what leads from each state to the next. */
export class ParserStates {
  readonly #input: Input;
  readonly #rules: ProfileRules;
  readonly #limits: ResolvedLimits;
  readonly #first: FirstDelimiter;
  readonly #line: DelimiterLine;
  readonly #head: HeadReader;
  readonly #data: PartData;
  readonly #camera: CameraFraming | undefined;
  #scanner: Scanner;

  #state: State = "preamble";
  #epilogueBytes = 0;
  #partsBegun = 0;
  /** The open part. */
  #part: PartHead | undefined;
  /** The chunk in which the delimiter begins that was found last. */
  #foundIn: Uint8Array | undefined;
  /** What its line turned out to be. */
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
    this.#data = new PartData(limits.partBytes);
    if (rules.contentLength === "use") {
      this.#camera = new CameraFraming(
        input,
        this.#data,
        rules,
        limits.bufferedBytes,
      );
    }
  }

  /** Whether all of the chunk has been dealt with and given out. */
  get isStarved(): boolean {
    return this.#input.isStarved && !this.#data.hasRun;
  }

  /** Takes the next chunk, which has been checked, when nothing is left of the last. */
  push(chunk: ArrayBufferView): void {
    this.#input.push(chunk);
  }

  /** Says that no chunk will follow. */
  end(): void {
    this.#input.end();
  }

  /**
   * The next event. Nothing may be asked of it after an error.
   *
   * @throws {MultipartError} If the input is malformed, or goes over a limit.
   * @throws {TypeError} If the memory of a chunk was transferred while something
   * was left of it.
   */
  next(): MultipartEvent {
    if (this.#input.isDetached) this.#forgetChunk();
    for (;;) {
      const event = this.step();
      if (event !== undefined) return event;
    }
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
        return this.#camera?.isActive
          ? this.#readFrame(this.#camera)
          : this.#scanBody();
      case "epilogue":
        return this.#skipEpilogue();
      case "done":
        return END;
    }
  }

  #forgetChunk(): void {
    if (this.isStarved) return this.#input.drop();
    throw new TypeError(
      "Cannot read on: the memory of a chunk was transferred before all of it had been read",
    );
  }

  #scanPreamble(): Step {
    const input = this.#input;
    const first = this.#first;
    // Without the first delimiter it is not known how others are spelt.
    if (this.#camera !== undefined && !first.learnsSpelling) {
      const beginsWithField = this.#camera.beginsWithField();
      if (beginsWithField === undefined) return this.#starve();
      if (beginsWithField) {
        this.#state = "head";
        return;
      }
    }
    if (input.isStarved) return this.#starve();
    const found = first.scan(input.chunk, input.at);
    input.at = first.end;
    if (!found) return;
    this.#scanner = first.scanner;
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
    if (this.#verdict === "longer") throw this.#invalidLine();
    if (this.#verdict === "close" && this.#partsBegun === 0) {
      this.#first.preamble.checkBlank();
    }

    this.#line.reset();
    this.#state = this.#verdict === "close" ? "epilogue" : "head";
    this.#verdict = "unfinished";
    return this.#part === undefined ? undefined : this.#endPart();
  }

  /** A longer line is data, or belongs to what is skipped. */
  #readOnBehindLine(): Step {
    const { chunk } = this.#input;
    this.#verdict = "unfinished";
    if (this.#part === undefined) return this.#skipLine();
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

  /** A longer line in the preamble, or between two frames. */
  #skipLine(): undefined {
    const line = this.#line.take();
    if (this.#partsBegun === 0) {
      this.#state = "preamble";
      this.#first.reject(line);
    } else {
      this.#state = "body";
      this.#camera?.rejectDelimiter(concat(this.#scanner.release(), line));
    }
  }

  #readHead(): Step {
    const input = this.#input;
    const isComplete = this.#head.read(input, this.#partsBegun, this.#scanner);
    if (!isComplete) return this.#starve();
    const { head, ending } = this.#head;
    this.#state = ending === undefined ? "body" : "delimiter";
    this.#verdict = ending ?? "unfinished";
    if (head === undefined) return;

    this.#part = head;
    this.#partsBegun++;
    this.#data.begin(head.index, input.offset);
    this.#scanner.startLine();
    if (ending === undefined) this.#camera?.begin(head.contentLength);
    return { type: "part", head };
  }

  #scanBody(): Step {
    const input = this.#input;
    if (input.isStarved) {
      if (this.#data.hasRun) return this.#data.giveRun(input.chunk);
      return this.#starve();
    }
    const scanner = this.#scanner;
    const found = scanner.scan(input.chunk, input.at);
    input.at = scanner.end;
    this.#data.extendRun(scanner.dataStart, scanner.dataEnd);
    if (found) {
      this.#state = "delimiter";
      this.#foundIn = scanner.start < 0 ? undefined : input.chunk;
    }
    if (scanner.held.length > 0) return this.#data.give(scanner.held);
    if (!found && this.#data.hasRun) return this.#data.giveRun(input.chunk);
  }

  #readFrame(camera: CameraFraming): Step {
    const step = camera.step(this.#scanner);
    switch (step) {
      case "starved":
        return this.#starve();
      case "frame-end":
        return this.#endPart();
      case "delimiter":
        this.#state = "delimiter";
        return;
      default:
        return step;
    }
  }

  #endPart(): MultipartEvent {
    this.#part = undefined;
    return PART_END;
  }

  #skipEpilogue(): Step {
    const input = this.#input;
    this.#epilogueBytes += input.chunk.length - input.at;
    input.at = input.chunk.length;
    // All parts have been handed over, so a longer epilogue is not an error.
    if (this.#epilogueBytes <= this.#limits.preambleBytes) {
      return this.#starve();
    }
    this.#state = "done";
  }

  /** Asks for data, or deals with the end of the input. */
  #starve(): Step {
    if (this.#input.overflows) {
      const { totalBytes } = this.#limits;
      throw this.#fail(
        "body-too-large",
        `Cannot read the body: it has more than ${totalBytes} bytes`,
        totalBytes,
        "totalBytes",
      );
    }
    if (!this.#input.hasEnded) return NEED_DATA;
    if (this.#state === "epilogue") {
      this.#state = "done";
      return;
    }
    // The close delimiter needs no line break: the next step reads its line again.
    if (this.#state === "delimiter" && this.#line.finish() === "close") return;
    if (this.#rules.missingClose === "accept") {
      // A camera's stream without a part is not a stream of its kind.
      if (this.#camera === undefined || this.#partsBegun > 0) {
        return this.#endUnclosed();
      }
    }
    throw this.#truncated();
  }

  /**
   * A nested multipart may end with its part. So may a camera's stream, if its
   * last frame is whole.
   */
  #endUnclosed(): Step {
    const part = this.#part;
    if (part === undefined) {
      this.#state = "done";
      return;
    }
    const stated = this.#camera === undefined || this.#camera.isBroken
      ? undefined
      : part.contentLength;
    const held = this.#state === "body" ? this.#scanner.release() : EMPTY;
    const isWhole = stated === this.#data.length;
    if (held.length > 0 && !isWhole) return this.#data.give(held);
    if (stated !== undefined && !isWhole) throw this.#truncated();
    this.#state = "done";
    return this.#endPart();
  }

  #invalidLine(): MultipartError {
    const { chunk, at } = this.#input;
    const found = chunk[at] === LF
      ? 'its line ends in a bare LF. Pass `lineEndings: "any"` to accept it'
      : "something else stands on its line";
    return this.#fail("invalid-delimiter", `Cannot read a delimiter: ${found}`);
  }

  #truncated(): MultipartError {
    const where = this.#part !== undefined
      ? `in part ${this.#part.index}`
      : this.#state === "head" || this.#partsBegun > 0
      ? `in the header fields of part ${this.#partsBegun}`
      : `before its first part${this.#first.preamble.hint}`;
    return this.#fail("truncated", `Cannot read the body: it ends ${where}`);
  }

  #fail(
    code: MultipartErrorCode,
    message: string,
    offset = this.#input.offset,
    limit?: keyof ResolvedLimits,
  ): MultipartError {
    return new MultipartError(code, message, {
      offset,
      partIndex: this.#partIndex,
      limit,
    });
  }

  get #partIndex(): number | undefined {
    return this.#part?.index ??
      (this.#state === "head" ? this.#partsBegun : undefined);
  }
}
