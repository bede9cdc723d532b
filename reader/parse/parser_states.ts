/**
 * What the parser does in each of its states. All transitions are in this file:
 *
 * ```text
 *   preamble -> delimiter -> head -> body -> delimiter -> ... -> epilogue -> done
 *
 *   head -> delimiter             a delimiter ends a part without a body
 *   preamble -> head              a camera leaves out the first delimiter
 *   any but preamble -> done      a camera's stream just ends
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
import { EMPTY, LF } from "../../wire/bytes.ts";
import {
  MultipartError,
  type MultipartErrorCode,
  type MultipartErrorOptions,
} from "../../wire/errors.ts";
import type { ResolvedLimits } from "../../wire/limits.ts";
import { CameraFraming } from "./camera.ts";
import { END, type MultipartEvent, NEED_DATA, PART_END } from "./events.ts";
import { HeadReader } from "./head_reader.ts";
import { Input } from "./input.ts";
import { PartData } from "./part_data.ts";
import type { PartHead, PartHeadContext } from "./part_head.ts";
import { Preamble } from "./preamble.ts";
import type { ProfileRules } from "./profiles.ts";
import { type Delimiter, Scanner } from "./scanner.ts";

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
  /** Where the bytes come from; its chunks have been checked. */
  readonly input: Input;
  readonly #rules: ProfileRules;
  readonly #limits: ResolvedLimits;
  readonly #scanner: Scanner;
  readonly #preamble: Preamble;
  readonly #head: HeadReader;
  readonly #data: PartData;
  readonly #camera: CameraFraming | undefined;

  #state: State = "preamble";
  /** The delimiter that was found last, or what took its place. */
  #delimiter: Delimiter | "longer" = "delimiter";
  #epilogueBytes = 0;
  #partsBegun = 0;
  /** The open part. */
  #part: PartHead | undefined;

  /** Begins before the first delimiter of an input. */
  constructor(
    boundary: string,
    rules: ProfileRules,
    limits: ResolvedLimits,
    context: PartHeadContext,
  ) {
    this.input = new Input(limits.totalBytes);
    this.#rules = rules;
    this.#limits = limits;
    this.#scanner = new Scanner(boundary, rules);
    this.#preamble = new Preamble(rules, limits.preambleBytes);
    this.#head = new HeadReader(rules, limits, context);
    this.#data = new PartData(limits.partBytes);
    if (rules.isCamera) {
      this.#camera = new CameraFraming(
        this.input,
        this.#scanner,
        this.#data,
        limits.bufferedBytes,
      );
    }
  }

  /** Takes the next chunk, which has been checked, when nothing is left of the last. */
  push(chunk: Uint8Array): void {
    this.input.push(chunk);
  }

  /** Says that no chunk will follow. */
  end(): void {
    this.input.hasEnded = true;
  }

  /**
   * The next event. Nothing may be asked of it after an error.
   *
   * @throws {MultipartError} If the input is malformed, or goes over a limit.
   * @throws {TypeError} If the memory of a chunk was transferred while something
   * was left of it.
   */
  next(): MultipartEvent {
    for (;;) {
      if (this.#data.isOver) throw this.#data.tooLarge();
      const event = this.#step();
      if (event !== undefined) return event;
    }
  }

  /** Goes on as far as the next event, or the next state. */
  #step(): Step {
    switch (this.#state) {
      case "preamble":
      case "body":
        return this.#camera === undefined
          ? this.#scan()
          : this.#readFrame(this.#camera);
      case "delimiter":
        return this.#passDelimiter();
      case "head":
        return this.#readHead();
      case "epilogue":
        return this.#skipEpilogue();
      case "done":
        return END;
    }
  }

  /** Scans the preamble or a body up to a delimiter. */
  #scan(): Step {
    const { input } = this;
    const { chunk, at } = input;
    if (at >= chunk.length) return this.#starve();
    const found = this.#scanner.scan(chunk, at);
    input.at = this.#scanner.end;
    if (found !== undefined) this.#arriveAt(found);
    const { data } = this.#scanner;
    if (data.length === 0) return;
    if (this.#part !== undefined) return this.#data.give(data);
    this.#preamble.add(data);
  }

  #arriveAt(delimiter: Delimiter | "longer"): undefined {
    this.#delimiter = delimiter;
    this.#state = "delimiter";
  }

  #passDelimiter(): Step {
    const isClose = this.#delimiter === "close";
    if (this.#partsBegun === 0) this.#preamble.check(isClose);
    if (this.#delimiter === "longer") throw this.#invalidLine();
    this.#state = isClose ? "epilogue" : "head";
    if (this.#part !== undefined) return this.#endPart();
  }

  #readHead(): Step {
    const { input } = this;
    const { parts } = this.#limits;
    const index = this.#partsBegun;
    if (index >= parts) {
      throw this.#error(
        "too-many-parts",
        `part ${index}: ${parts} are allowed`,
        { limit: "parts" },
      );
    }
    if (!this.#head.read(input, index, this.#scanner)) return this.#starve();
    const { head, ending } = this.#head;
    if (ending !== undefined) this.#arriveAt(ending);
    else this.#state = "body";
    if (head === undefined) return;

    this.#part = head;
    this.#partsBegun++;
    this.#data.begin(head.index, input.offset);
    this.#scanner.startLine();
    if (ending === undefined) this.#camera?.begin(head.contentLength);
    return { type: "part", head };
  }

  #readFrame(camera: CameraFraming): Step {
    const step = camera.step();
    if (step === "idle") return this.#scan();
    if (step === "starved") return this.#starve();
    if (step === "frame-end") return this.#endPart();
    if (typeof step !== "string") return step;
    if (step === "head") this.#state = step;
    else this.#arriveAt(step);
  }

  #endPart(): MultipartEvent {
    this.#part = undefined;
    return PART_END;
  }

  #skipEpilogue(): Step {
    const { input } = this;
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
    const { hasEnded, isUsedUp, overflows } = this.input;
    if (!isUsedUp) {
      throw new TypeError(
        "Cannot read on: the memory of a chunk was transferred before all of it had been read",
      );
    }
    if (overflows) {
      const { totalBytes } = this.#limits;
      throw this.#error(
        "body-too-large",
        `the body: it has more than ${totalBytes} bytes`,
        { offset: totalBytes, limit: "totalBytes" },
      );
    }
    if (!hasEnded) {
      // A reader that waits must not keep the chunk alive.
      this.input.drop();
      this.#data.release();
      this.#scanner.data = EMPTY;
      return NEED_DATA;
    }
    if (this.#state === "epilogue") this.#state = "done";
    else if (this.#scanner.isClosed) {
      this.#scanner.release();
      this.#arriveAt("close");
    } else return this.#endUnclosed();
  }

  /**
   * A nested multipart may end with its part. So may a camera's stream, if its
   * last frame is whole; without a part it is not a stream of its kind.
   */
  #endUnclosed(): Step {
    const camera = this.#camera;
    const mayEnd = this.#rules.endsUnclosed &&
      (camera === undefined || this.#partsBegun > 0);
    if (!mayEnd) throw this.#truncated();
    const part = this.#part;
    const isDelimiter = this.#scanner.isInDelimiter;
    const held = this.#scanner.release();
    if (part !== undefined) {
      const stated = camera?.isBroken === false
        ? part.contentLength
        : undefined;
      const isWhole = stated === this.#data.length;
      if (held.length > 0 && !isDelimiter && !isWhole) {
        return this.#data.give(held);
      }
      if (stated !== undefined && !isWhole) throw this.#truncated();
    }
    this.#state = "done";
    return part && this.#endPart();
  }

  #invalidLine(): MultipartError {
    const { chunk, at } = this.input;
    const found = chunk[at] === LF
      ? 'its line ends in a bare LF. Pass `lineEndings: "any"` to accept it'
      : "something else stands on its line";
    return this.#error("invalid-delimiter", `a delimiter: ${found}`);
  }

  #truncated(): MultipartError {
    const where = this.#part !== undefined
      ? `in part ${this.#part.index}`
      : this.#state === "head" || this.#partsBegun > 0
      ? `in the header fields of part ${this.#partsBegun}`
      : `before its first part${this.#preamble.hint}`;
    return this.#error("truncated", `the body: it ends ${where}`);
  }

  #error(
    code: MultipartErrorCode,
    what: string,
    options?: MultipartErrorOptions,
  ): MultipartError {
    return new MultipartError(code, `Cannot read ${what}`, {
      offset: this.input.offset,
      partIndex: this.#part?.index ??
        (this.#state === "head" ? this.#partsBegun : undefined),
      ...options,
    });
  }
}
