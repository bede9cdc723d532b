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
   * Values that are needed. Fewer: `missing-part`, 400.
   *
   * @default {1} or 0, if the rule is `optional`
   */
  readonly min?: number;
  /**
   * Values that are taken. More: `too-many-parts`, 413.
   *
   * @default {Infinity} `limits.parts` bounds the form as a whole
   */
  readonly max?: number;
};

/**
 * What a rule gives for its name: one value, or an array of them.
 *
 * @example See what a rule comes to
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

/** What a rule is made of. */
export interface FormRuleParts<Value> {
  readonly kind: "field" | "file";
  readonly isOptional: boolean;
  readonly min: number;
  readonly max: number;
  /** Makes a value of one part, or a promise of it if that takes I/O. */
  readonly read: (part: PartReader, form: FormContext) => unknown;
  /** Makes what the form gives for the name, of the values of all its parts. */
  readonly finish: (values: unknown[]) => Value;
}

/**
 * What one name of a form has to be. Make it with {@linkcode field} or
 * {@linkcode file}, and hand it to {@linkcode readForm}.
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

  /** Rules are made by {@linkcode field} and {@linkcode file}. */
  constructor(parts: FormRuleParts<Value>) {
    this.#parts = parts;
  }

  /** Which parts it takes: those without a filename, or those with one. */
  get kind(): "field" | "file" {
    return this.#parts.kind;
  }

  /** Whether the name may be missing. */
  get isOptional(): boolean {
    return this.#parts.isOptional;
  }

  /** Values that are needed, unless there is none and the rule is optional. */
  get min(): number {
    return this.#parts.min;
  }

  /** Values that are taken. */
  get max(): number {
    return this.#parts.max;
  }

  /** What the form gives for the name, of the values of all its parts. */
  finish(values: unknown[]): Value {
    return this.#parts.finish(values);
  }

  /** Makes a value of one part, or a promise of it, for `readForm` alone. */
  static read(
    rule: FormRule<unknown>,
    part: PartReader,
    form: FormContext,
  ): unknown {
    return rule.#parts.read(part, form);
  }
}

/** How many values a rule wants, and what it makes of them. */
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

/** What is not an object would set no bound in silence. */
function checkMultiple<T>(multiple: T): T & object {
  if (typeof multiple !== "object" || multiple === null) {
    throw new TypeError(
      "Cannot make a rule: `multiple` is not a boolean or { min, max }",
    );
  }
  assertOptions("multiple", multiple, ["min", "max"]);
  return multiple;
}

/** A typo in an option would otherwise remove a bound in silence. */
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
