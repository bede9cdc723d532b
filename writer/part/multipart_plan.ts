import { Assembly } from "./assembly.ts";
import { type BodyPlan, NO_SOURCES } from "./body_plan.ts";
import type { PartPlan } from "./part_plan.ts";
import { SegmentList } from "./segments.ts";
import { delimiterLength, formatClose, LINE_BREAK } from "./serializer.ts";

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
    const framing = delimiterLength(this.boundary) + LINE_BREAK.length;
    let total = formatClose(this.boundary).length;
    for (const { headLength, size } of this.parts) {
      if (size === undefined) return undefined;
      total += framing + headLength + size;
    }
    return total;
  }

  get repeatable(): boolean {
    return this.parts.every((part) => part.repeatable);
  }

  get oneTimeSources(): readonly object[] {
    return this.parts.flatMap((part) => part.oneTimeSources);
  }

  problem(): string | undefined {
    const flaw = this.#findFlaw();
    return flaw && `its ${flaw.part.label}: ${flaw.problem}`;
  }

  /**
   * Makes sure that all parts can be written now.
   *
   * @throws {TypeError} Otherwise.
   */
  assertWritable(): this {
    const flaw = this.#findFlaw();
    if (flaw === undefined) return this;
    throw new TypeError(`Cannot write ${flaw.part.label}: ${flaw.problem}`);
  }

  /** A part that cannot be written now, and why. */
  #findFlaw(): { part: PartPlan; problem: string } | undefined {
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
  open(): Assembly {
    return new Assembly(this.parts, { boundary: this.boundary });
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
