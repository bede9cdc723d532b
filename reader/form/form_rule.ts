import { printable } from "../../wire/errors.ts";
import { checkLimit } from "../../wire/limits.ts";
import type { PartReader } from "../part_reader.ts";
import type { FormContext } from "./form_context.ts";

/**
 * How many values one name of a form may have: one, any number, or a number
 * within bounds.
 *
 * @example Take two to five photos
 * ```ts
 * import { file, type FormMultiple } from "@tributary/multipart";
 *
 * const multiple = { min: 2, max: 5 } satisfies FormMultiple;
 * file({ types: ["image/*"], multiple });
 * ```
 */
export type FormMultiple = boolean | {
  /**
   * The fewest values. Fewer: `missing-part`, 400.
   *
   * @default {1} or 0, if the rule is `optional`
   */
  readonly min?: number;
  /**
   * The most values. More: `too-many-parts`, 413.
   *
   * @default {Infinity} `limits.parts` limits the whole form
   */
  readonly max?: number;
};

/**
 * The value of a rule: one value, or an array of them.
 *
 * @example See the value of each kind of rule
 * ```ts
 * import type { FormRuleValue } from "@tributary/multipart";
 *
 * const one: FormRuleValue<string, false, false> = "a";
 * const perhaps: FormRuleValue<string, false, true> = undefined;
 * const many: FormRuleValue<string, { max: 3 }, false> = [one, perhaps ?? "b"];
 * if (many.join() !== "a,b") throw new Error(many.join());
 * ```
 */
export type FormRuleValue<
  Item,
  Multiple extends FormMultiple,
  Optional extends boolean,
> = Multiple extends false ? Item | (Optional extends true ? undefined : never)
  : Item[];

/** The parts of a rule. */
export interface FormRuleParts<Value> {
  readonly kind: "field" | "file";
  readonly isOptional: boolean;
  readonly min: number;
  readonly max: number;
  /** Reads the value of one part, as a promise if that takes I/O. */
  readonly read: (part: PartReader, form: FormContext) => unknown;
  /** Combines the values of all parts with the name. */
  readonly finish: (values: unknown[]) => Value;
}

/**
 * A rule for one name of a form. Create it with {@linkcode field} or {@linkcode
 * file}, and pass it to {@linkcode readForm}.
 *
 * @example Use a rule in several forms
 * ```ts
 * import { field, type FormRule, readForm } from "@tributary/multipart";
 *
 * const title: FormRule<string> = field({ maxBytes: 200 });
 * const body = new URLSearchParams({ title: "River" });
 * const form = await readForm(new Response(body), { title });
 * if (form.title !== "River") throw new Error(form.title);
 * ```
 */
export class FormRule<Value> {
  readonly #parts: FormRuleParts<Value>;

  /** Created by {@linkcode field} and {@linkcode file}. */
  constructor(parts: FormRuleParts<Value>) {
    this.#parts = parts;
  }

  /** Which parts it accepts: those without a filename, or those with one. */
  get kind(): "field" | "file" {
    return this.#parts.kind;
  }

  /** Whether the name may be missing. */
  get isOptional(): boolean {
    return this.#parts.isOptional;
  }

  /** The fewest values, unless there is none and the rule is optional. */
  get min(): number {
    return this.#parts.min;
  }

  /** The most values. */
  get max(): number {
    return this.#parts.max;
  }

  /** Combines the values of all parts with the name. */
  finish(values: unknown[]): Value {
    return this.#parts.finish(values);
  }

  /** Reads the value of one part, or a promise of it; for `readForm` only. */
  static read(
    rule: FormRule<unknown>,
    part: PartReader,
    form: FormContext,
  ): unknown {
    return rule.#parts.read(part, form);
  }
}

/** How many values a rule accepts, and how it combines them. */
export function numbersOf(
  { multiple = false, optional = false }: {
    multiple?: FormMultiple;
    optional?: boolean;
  },
): Pick<FormRuleParts<unknown>, "isOptional" | "min" | "max" | "finish"> {
  const isOptional = optional;
  if (multiple === false) {
    return { isOptional, min: 1, max: 1, finish: (values) => values[0] };
  }
  const { min = 1, max = Infinity } = multiple === true
    ? {}
    : checkMultiple(multiple);
  checkLimit("multiple.min", min);
  checkLimit("multiple.max", max);
  if (min > max) {
    throw new RangeError(
      `Cannot make a rule: multiple.min (${min}) is more than multiple.max (${max})`,
    );
  }
  return { isOptional, min, max, finish: (values) => values };
}

/** Any other value would silently set no limit. */
function checkMultiple<T>(multiple: T): T & object {
  if (typeof multiple !== "object" || multiple === null) {
    throw new TypeError(
      "Cannot make a rule: `multiple` is not a boolean or { min, max }",
    );
  }
  assertOptions("multiple", multiple, ["min", "max"]);
  return multiple;
}

/** A typo in an option would otherwise silently remove a limit. */
export function assertOptions(
  rule: string,
  options: object,
  known: readonly string[],
): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new TypeError(
      `Cannot make a rule: ${rule} has no option ${
        printable(name)
      }. Its options are ${known.join(", ")}`,
    );
  }
}
