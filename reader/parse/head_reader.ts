import { DASH } from "../../wire/bytes.ts";
import { MultipartError } from "../../wire/errors.ts";
import { parseHeaderBlock } from "../../wire/header_block.ts";
import type { ResolvedLimits } from "../../wire/limits.ts";
import { DelimiterInHead } from "./delimiter_in_head.ts";
import { HeadCollector } from "./head_collector.ts";
import type { Input } from "./input.ts";
import {
  PartHead,
  type PartHeadContext,
  requireFormField,
} from "./part_head.ts";
import { readPlainHead } from "./plain_head.ts";
import type { ProfileRules } from "./profiles.ts";
import type { Scanner } from "./scanner.ts";

/** Reads one head after another, each across any number of chunks. */
export class HeadReader {
  readonly #rules: ProfileRules;
  readonly #limits: ResolvedLimits;
  readonly #context: PartHeadContext;
  #collector: HeadCollector | undefined;
  #delimiter: DelimiterInHead | undefined;

  /** After `read`: the head; `undefined` if a delimiter was repeated instead. */
  head: PartHead | undefined;
  /** After `read`: the delimiter that ended the head, if one did. */
  ending: "delimiter" | "close" | undefined;

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
   * @param scanner Knows the delimiter.
   * @returns Whether the head is complete; if not, the input is used up.
   * @throws {MultipartError} `too-many-parts`, `invalid-header`,
   * `header-too-large`, or `invalid-disposition`.
   */
  read(input: Input, index: number, scanner: Scanner): boolean {
    if (this.#collector === undefined) {
      this.#checkNumber(index, input.offset);
      if (input.isStarved) return false;
      const plain = readPlainHead(input.chunk, input.at, this.#limits);
      if (plain !== undefined) {
        input.at = plain.end;
        this.ending = undefined;
        this.head = new PartHead(index, plain, this.#context);
        return true;
      }
      this.#collector = new HeadCollector(
        this.#rules.lineEndings,
        this.#limits.headerBytes,
        { offset: input.offset, partIndex: index },
      );
    }
    const collector = this.#collector;
    if (!this.#collect(input, collector, scanner)) return false;
    this.#collector = undefined;
    const isRepeated = this.ending !== undefined && collector.block === "" &&
      this.#rules.delimiterInHead === "skip-repeated";
    this.head = isRepeated ? undefined : this.#parse(collector);
    return true;
  }

  #collect(
    input: Input,
    collector: HeadCollector,
    scanner: Scanner,
  ): boolean {
    while (!input.isStarved) {
      if (this.#mayBeDelimiter(input, collector)) {
        this.#delimiter ??= new DelimiterInHead(
          scanner.dashBoundary,
          this.#rules,
        );
        const verdict = this.#delimiter.push(input.chunk, input.at);
        input.at = this.#delimiter.end;
        if (verdict === "unfinished") break;
        const line = this.#delimiter.take();
        if (verdict !== "longer") {
          this.ending = verdict;
          return true;
        }
        collector.push(line, 0);
        if (input.isStarved) break;
      }
      const isComplete = collector.push(input.chunk, input.at);
      input.at = collector.end;
      if (isComplete) {
        this.ending = undefined;
        return true;
      }
    }
    if (!input.isAtEnd || this.#delimiter?.finish() !== "close") return false;
    this.ending = "close";
    return true;
  }

  #mayBeDelimiter(input: Input, collector: HeadCollector): boolean {
    if (this.#rules.delimiterInHead === "reject") return false;
    return this.#delimiter?.isOpen ||
      (collector.isAtLineStart && input.chunk[input.at] === DASH);
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

  #parse({ block, place }: HeadCollector): PartHead {
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
    const head = new PartHead(index, fields, this.#context);
    if (this.#context.isForm) requireFormField(head, fields, place);
    return head;
  }
}
