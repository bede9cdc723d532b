/**
 * The parser's states, and what it does in each. All transitions are in this
 * file:
 *
 * ```text
 *   preamble -> delimiter -> head -> body -> delimiter -> ... -> epilogue -> done
 *
 *   head -> delimiter         a delimiter ends a part without a body
 *   preamble -> head          a camera leaves out the first delimiter
 *   any -> done               a nested multipart ends with the part around it
 *   any but preamble -> done  a camera's stream just ends
 * ```
 *
 * In a camera's stream {@linkcode CameraFraming} reads the bodies of frames
 * that have a Content-Length, and what follows them, with its own states.
 * Between a frame that ended by its length and the next delimiter the state is
 * `body`, and no part is open.
 *
 * Invariants:
 *
 * - The events do not depend on how the input is cut into chunks.
 * - Each byte is read once, and at most a delimiter line or a head is held
 *   back; both are bounded. To check a camera's length, up to `bufferedBytes`
 *   are held and read again, once in a stream.
 * - A limit is checked before the memory that it bounds is allocated.
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

/** An event to emit, or `undefined` to take the next step. */
export type Step = MultipartEvent | undefined;

/**
 * The state machine of one parser. {@linkcode MultipartParser} and the reader
 * are both built on it.
 */
export class ParserStates {
  /** The input; callers have checked its chunks. */
  readonly input: Input;
  readonly #rules: ProfileRules;
  readonly #limits: ResolvedLimits;
  readonly #scanner: Scanner;
  readonly #preamble: Preamble;
  readonly #head: HeadReader;
  readonly #data: PartData;
  readonly #camera: CameraFraming | undefined;

  #state: State = "preamble";
  /** The last delimiter line, or a longer line that was found instead. */
  #delimiter: Delimiter | "longer" = "delimiter";
  #epilogueBytes = 0;
  #partsBegun = 0;
  /** The open part. */
  #part: PartHead | undefined;

  /** Starts before the first delimiter. */
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

  /** Takes the next chunk, checked by the caller, once the last is consumed. */
  push(chunk: Uint8Array): void {
    this.input.push(chunk);
  }

  /** Tells the parser that no chunk will follow. */
  end(): void {
    this.input.hasEnded = true;
  }

  /**
   * Returns the next event. After an error it must not be called again.
   *
   * @throws {MultipartError} If the input is malformed or exceeds a limit.
   * @throws {TypeError} If the memory of a chunk was transferred before all of
   * it was read.
   */
  next(): MultipartEvent {
    for (;;) {
      if (this.#data.isOver) throw this.#data.tooLarge();
      const event = this.#step();
      if (event !== undefined) return event;
    }
  }

  /** Runs up to the next event or the next state. */
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
    if (step === "scan") return this.#scan();
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
    // `preambleBytes` bounds the epilogue too. All parts have been read, so a
    // longer epilogue is not an error.
    if (this.#epilogueBytes <= this.#limits.preambleBytes) {
      return this.#starve();
    }
    this.#state = "done";
  }

  /** Asks for data, or deals with the end of the input. */
  #starve(): Step {
    const { hasEnded, isConsumed, isCut } = this.input;
    if (!isConsumed) {
      throw new TypeError(
        "Cannot read on: the memory of a chunk was transferred before all of it was read",
      );
    }
    if (isCut) {
      const { totalBytes } = this.#limits;
      throw this.#error(
        "body-too-large",
        `the body: it has more than ${totalBytes} bytes`,
        { offset: totalBytes, limit: "totalBytes" },
      );
    }
    if (!hasEnded) {
      // While the reader waits, nothing must keep the chunk alive.
      this.input.drop();
      this.#data.release();
      this.#scanner.data = EMPTY;
      return NEED_DATA;
    }
    if (this.#state === "epilogue") this.#state = "done";
    else if (this.#scanner.sawClose) {
      this.#scanner.release();
      this.#arriveAt("close");
    } else return this.#endUnclosed();
  }

  /**
   * Ends an input that has no close delimiter. A nested multipart may end with
   * the part around it, and a camera's stream after a whole frame, but not
   * before its first.
   */
  #endUnclosed(): Step {
    const camera = this.#camera;
    const mayEnd = this.#rules.endsUnclosed &&
      (camera === undefined || this.#partsBegun > 0);
    if (!mayEnd) throw this.#truncated();
    const part = this.#part;
    const isDelimiter = this.#scanner.sawBoundary;
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
      : "there is something else on its line";
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
