import { MultipartEncoder } from "./multipart_encoder.ts";
import type { BodyPlan } from "./body_plan.ts";
import { nestingProblem } from "./nesting.ts";
import type { PartPlan } from "./part_plan.ts";
import { joinSegments } from "./segments.ts";
import { multipartLength } from "./serializer.ts";

/**
 * A multipart as it will be written: a snapshot of its parts. So its size, its
 * head if it is nested, and its bytes agree, whatever is appended or changed
 * later.
 */
export class MultipartPlan implements BodyPlan {
  readonly boundary: string;
  readonly parts: readonly PartPlan[] = [];
  readonly isLive = true;
  /** Why it cannot be nested here; `undefined` if it can. */
  readonly #refusal: string | undefined;
  /** Bytes of the whole, including its close delimiter. */
  readonly size: number | undefined;

  /**
   * @param around The boundaries around it, outermost first.
   * @param planParts Plans its parts. Not called if it cannot be nested here,
   * since it may contain itself.
   */
  constructor(
    boundary: string,
    around: readonly string[],
    planParts: (around: readonly string[]) => readonly PartPlan[],
  ) {
    this.boundary = boundary;
    this.#refusal = nestingProblem(boundary, around);
    if (this.#refusal !== undefined) return;
    this.parts = planParts([...around, boundary]);
    this.size = multipartLength(boundary, this.parts);
  }

  get oneTimeSources(): readonly object[] {
    return this.parts.flatMap((part) => part.oneTimeSources);
  }

  problem(): string | undefined {
    const found = this.#findProblem();
    return found ? `its ${found.join(": ")}` : this.#refusal;
  }

  /**
   * Checks that all parts can be written now.
   *
   * @throws {TypeError} Otherwise.
   */
  assertWritable(): this {
    const found = this.#findProblem();
    if (found === undefined) return this;
    throw new TypeError(`Cannot write ${found.join(": ")}`);
  }

  /** The label of a part that cannot be written now, and why. */
  #findProblem(): [label: string, problem: string] | undefined {
    for (const part of this.parts) {
      const problem = part.problem();
      if (problem !== undefined) return [part.label, problem];
    }
    const owners = new Map<object, PartPlan>();
    for (const part of this.parts) {
      for (const source of part.oneTimeSources) {
        const owner = owners.get(source);
        if (owner !== undefined) {
          return [
            part.label,
            `it has the body of ${owner.label}, which can only be read once`,
          ];
        }
        owners.set(source, part);
      }
    }
    return undefined;
  }

  /** Creates the encoder of its bytes. */
  open(): MultipartEncoder {
    return new MultipartEncoder(this.parts, this);
  }

  segments(): BlobPart[] | undefined {
    return joinSegments(this, this.parts.map((part) => part.segments()));
  }
}
