import { MultipartError } from "../../wire/errors.ts";
import { parseHeaderBlock } from "../../wire/header_block.ts";
import type { ResolvedLimits } from "../../wire/limits.ts";
import { HeadCollector } from "./head_collector.ts";
import type { Input } from "./input.ts";
import {
  PartHead,
  type PartHeadContext,
  requireFormField,
} from "./part_head.ts";
import { readPlainHead } from "./plain_head.ts";
import type { ProfileRules } from "./profiles.ts";

/** Reads one head after another, each across any number of chunks. */
export class HeadReader {
  readonly #rules: ProfileRules;
  readonly #limits: ResolvedLimits;
  readonly #context: PartHeadContext;
  #collector: HeadCollector | undefined;

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
   * @returns `undefined` if the head is not complete, and the input is used up.
   * @throws {MultipartError} `too-many-parts`, `invalid-header`,
   * `header-too-large`, or `invalid-disposition`.
   */
  read(input: Input, index: number): PartHead | undefined {
    if (this.#collector === undefined) {
      this.#checkNumber(index, input.offset);
      if (input.isStarved) return undefined;
      const plain = readPlainHead(input.chunk, input.at, this.#limits);
      if (plain !== undefined) {
        input.at = plain.end;
        return new PartHead(index, plain, this.#context);
      }
      this.#collector = new HeadCollector(
        this.#rules.lineEndings,
        this.#limits.headerBytes,
        { offset: input.offset, partIndex: index },
      );
    }
    const collector = this.#collector;
    const complete = collector.push(input.chunk, input.at);
    input.at = collector.end;
    if (!complete) return undefined;
    const head = this.#parse(collector);
    this.#collector = undefined;
    return head;
  }

  #checkNumber(index: number, offset: number): void {
    const { parts } = this.#limits;
    if (index < parts) return;
    throw new MultipartError(
      "too-many-parts",
      `Cannot read part ${index}: ${parts} are allowed`,
      { offset, partIndex: index },
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
