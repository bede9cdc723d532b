import { MultipartEncoder } from "./multipart_encoder.ts";
import type { BodyPlan } from "./body_plan.ts";
import { nestingProblem } from "./nesting.ts";
import type { PartPlan } from "./part_plan.ts";
import { joinSegments } from "./segments.ts";
import { multipartLength } from "./serializer.ts";

/**
 * A multipart as it is to be written: its parts as they were when somebody
 * asked for the bytes. Its size, its head where it is nested, and its bytes
 * agree, whatever is appended or changed meanwhile.
 */
export class MultipartPlan implements BodyPlan {
  readonly boundary: string;
  readonly parts: readonly PartPlan[] = [];
  readonly isLive = true;
  /** Why it cannot be where it is put, if so. */
  readonly #refusal: string | undefined;
  /** Bytes of the whole, its close delimiter included. */
  readonly size: number | undefined;

  /**
   * @param around The boundaries around it, outermost first.
   * @param planParts Plans its parts: not called if it cannot be there, since
   * it may be within itself.
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
   * Makes sure that all parts can be written now.
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
            `it has the body of ${owner.label}, which can be read just once`,
          ];
        }
        owners.set(source, part);
      }
    }
    return undefined;
  }

  /** What makes its bytes. */
  open(): MultipartEncoder {
    return new MultipartEncoder(this.parts, this);
  }

  segments(): BlobPart[] | undefined {
    return joinSegments(this, this.parts.map((part) => part.segments()));
  }
}
