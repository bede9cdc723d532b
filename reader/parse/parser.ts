import { checkBoundary } from "../../wire/boundary.ts";
import { assertNoStrayLimits, resolveLimits } from "../../wire/limits.ts";
import type { MultipartEvent } from "./events.ts";
import { chunkProblem } from "./input.ts";
import type { MultipartParserOptions } from "./options.ts";
import { ParserStates } from "./parser_states.ts";
import { rulesOf } from "./profiles.ts";

/**
 * A multipart parser without I/O, for callers who bring their own: push bytes,
 * take events. To read a stream, use {@linkcode MultipartReader}.
 *
 * It is pull-driven: nothing is parsed until `next()` is called, so
 * backpressure needs no code.
 *
 * @example Read a body that comes in two chunks
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
  readonly #states: ParserStates;
  #error: unknown;

  /**
   * Creates a parser for one multipart.
   *
   * @param options The boundary, and how to read.
   * @throws {MultipartError} `invalid-boundary`.
   * @throws {TypeError} If the profile is unknown.
   * @throws {RangeError} If a limit is not a whole number from 0, or `Infinity`.
   */
  constructor(options: MultipartParserOptions) {
    const { profile = "mime", lineEndings, dashedBoundary } = options;
    const rules = rulesOf(profile, lineEndings, dashedBoundary);
    const boundary = checkBoundary(options.boundary);
    assertNoStrayLimits(options);
    const limits = resolveLimits(options.limits, rules.limits);
    this.#states = new ParserStates(boundary, rules, limits, {
      isForm: rules.isForm,
      defaultMediaType: options.defaultMediaType ?? "text/plain",
      percentDecodeNames: options.percentDecodeNames ?? false,
    });
  }

  /** Bytes of the input that have been parsed. */
  get offset(): number {
    return this.#states.input.offset;
  }

  /**
   * Gives the parser the next chunk, after `next()` has asked for data. The
   * parser keeps a view of it until it asks for more, and never writes to it.
   *
   * @throws {TypeError} If the previous chunk is not consumed yet, if the input
   * has ended, if the chunk is not a view of bytes, or if its memory has been
   * transferred.
   */
  push(chunk: Uint8Array): void {
    const { hasEnded, isConsumed } = this.#states.input;
    const problem = chunkProblem(chunk) ??
      (hasEnded
        ? "the input has ended"
        : isConsumed
        ? undefined
        : "the previous one is still being read");
    if (problem !== undefined) {
      throw new TypeError(`Cannot push a chunk: ${problem}`);
    }
    this.#states.push(chunk);
  }

  /** Tells the parser that no chunk will follow. */
  end(): void {
    this.#states.end();
  }

  /**
   * Returns the next event.
   *
   * @throws {MultipartError} If the input is malformed or exceeds a limit.
   * Every later call throws the same error.
   * @throws {TypeError} If the memory of a chunk was transferred, for example
   * in `postMessage()`, before all of it was read.
   */
  next(): MultipartEvent {
    if (this.#error !== undefined) throw this.#error;
    try {
      return this.#states.next();
    } catch (error) {
      this.#error = error;
      throw error;
    }
  }
}
