import { Assembly } from "./assembly.ts";
import type { BodyPlan } from "./body.ts";
import type { PartPlan } from "./part_plan.ts";
import { makeSegments } from "./segments.ts";
import { delimiterLength, formatClose, PART_END } from "./serializer.ts";

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
    if (this.#size === null) this.#size = this.#measure();
    return this.#size;
  }

  #measure(): number | undefined {
    const frame = delimiterLength(this.boundary) + PART_END.length;
    let total = formatClose(this.boundary).length;
    for (const { headLength, size } of this.parts) {
      if (size === undefined) return undefined;
      total += frame + headLength + size;
    }
    return total;
  }

  get repeatable(): boolean {
    return this.parts.every((part) => part.repeatable);
  }

  problem(): string | undefined {
    for (const part of this.parts) {
      const problem = part.problem();
      if (problem !== undefined) return `its ${part.label}: ${problem}`;
    }
    return undefined;
  }

  /**
   * Makes sure that all parts can be written now.
   *
   * @throws {TypeError} Otherwise.
   */
  assertWritable(): this {
    for (const part of this.parts) part.assertWritable();
    return this;
  }

  /** What makes its bytes. */
  open(): Assembly {
    return new Assembly(this.parts, { boundary: this.boundary });
  }

  segments(): BlobPart[] | undefined {
    return makeSegments(this.boundary, this.parts);
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
    isLive: true,
    problem: () => problem,
    open: refuse,
    segments: () => undefined,
  };
}
