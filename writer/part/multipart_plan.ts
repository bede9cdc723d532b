import { MultipartEncoder } from "./multipart_encoder.ts";
import { type BodyPlan, NO_SOURCES } from "./body_plan.ts";
import type { PartPlan } from "./part_plan.ts";
import { SegmentList } from "./segments.ts";
import { multipartLength } from "./serializer.ts";

/**
 * A multipart as it is to be written: its parts as they were when somebody
 * asked for the bytes. Its size, its head where it is nested, and its bytes
 * agree, whatever is appended or changed meanwhile.
 */
export class MultipartPlan implements BodyPlan {
  readonly boundary: string;
  readonly parts: readonly PartPlan[];
  readonly keepsSize = true;
  readonly isLive = true;
  /** Worked out once: each level of a nesting asks more than once. */
  #size: number | undefined | null = null;

  constructor(boundary: string, parts: readonly PartPlan[]) {
    this.boundary = boundary;
    this.parts = parts;
  }

  /** Bytes of the whole, its close delimiter included. */
  get size(): number | undefined {
    if (this.#size === null) {
      this.#size = multipartLength(this.boundary, this.parts);
    }
    return this.#size;
  }

  get repeatable(): boolean {
    return this.parts.every((part) => part.repeatable);
  }

  get oneTimeSources(): readonly object[] {
    return this.parts.flatMap((part) => part.oneTimeSources);
  }

  problem(): string | undefined {
    const found = this.#findProblem();
    return found && `its ${found.part.label}: ${found.problem}`;
  }

  /**
   * Makes sure that all parts can be written now.
   *
   * @throws {TypeError} Otherwise.
   */
  assertWritable(): this {
    const found = this.#findProblem();
    if (found === undefined) return this;
    throw new TypeError(`Cannot write ${found.part.label}: ${found.problem}`);
  }

  /** A part that cannot be written now, and why. */
  #findProblem(): { part: PartPlan; problem: string } | undefined {
    for (const part of this.parts) {
      const problem = part.problem();
      if (problem !== undefined) return { part, problem };
    }
    const owners = new Map<object, PartPlan>();
    for (const part of this.parts) {
      for (const source of part.oneTimeSources) {
        const owner = owners.get(source);
        if (owner !== undefined) {
          return {
            part,
            problem:
              `it has the body of ${owner.label}, which can be read just once`,
          };
        }
        owners.set(source, part);
      }
    }
    return undefined;
  }

  /** What makes its bytes. */
  open(): MultipartEncoder {
    return new MultipartEncoder(this.parts, { boundary: this.boundary });
  }

  segments(): BlobPart[] | undefined {
    const list = new SegmentList(this.boundary);
    const isComplete = this.parts.every((part) => list.tryAdd(part));
    return isComplete ? list.finish() : undefined;
  }
}

/** A multipart that cannot be where it is put. */
export function refusedPlan(problem: string): BodyPlan {
  const refuse = (): never => {
    throw new TypeError(`Cannot write a multipart: ${problem}`);
  };
  return {
    size: undefined,
    keepsSize: true,
    repeatable: false,
    oneTimeSources: NO_SOURCES,
    isLive: true,
    problem: () => problem,
    open: refuse,
    segments: () => undefined,
  };
}
