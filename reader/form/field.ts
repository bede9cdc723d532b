import { checkLimit } from "../../wire/limits.ts";
import type { StandardSchema } from "../../wire/standard_schema.ts";
import {
  assertOptions,
  type FormMultiple,
  FormRule,
  type FormRuleValue,
  numbersOf,
} from "./form_rule.ts";
import { assertSchema, validate } from "./validate.ts";

/**
 * Options of {@linkcode field}.
 *
 * @example Bound a field
 * ```ts
 * import { field, type FieldOptions } from "@tributary/multipart";
 *
 * const options: FieldOptions = { maxBytes: 200 };
 * field(options);
 * ```
 */
export interface FieldOptions<
  Output = string,
  Multiple extends FormMultiple = false,
  Optional extends boolean = false,
  Input = string,
> {
  /**
   * The most bytes that one value may have. Over it: `part-too-large`, 413.
   *
   * @default {65536}
   */
  maxBytes?: number;
  /**
   * Whether the name may be missing: its value is then `undefined`, or `[]`
   * with `multiple`.
   *
   * @default {false} without it: `missing-part`, 400
   */
  optional?: Optional;
  /**
   * Whether the name may occur several times; its value is then an array.
   *
   * @default {false} a second value: `too-many-parts`, 413
   */
  multiple?: Multiple;
  /**
   * Checks and converts each value, sync or async. A value that it rejects:
   * `invalid-value`, 422, with `issues`.
   */
  schema?: StandardSchema<Input, Output>;
}

/** The default limit of a field, in bytes. */
const FIELD_BYTES = 65_536;

const OPTIONS = ["maxBytes", "optional", "multiple", "schema"];

/**
 * Rejects, at compile time, a schema that does not accept a string: it would
 * reject every value.
 *
 * @example See what is rejected
 * ```ts
 * import type { TextSchema } from "@tributary/multipart";
 *
 * const taken: TextSchema<string | null> = "any value";
 * const refused: TextSchema<number>["schema"] =
 *   "a field is text: use a schema that takes a string";
 * console.log(taken, refused);
 * ```
 */
export type TextSchema<Input> = [Input & string] extends [never]
  ? { schema: "a field is text: use a schema that takes a string" }
  : unknown;

/**
 * A rule for text: one part without a filename, or a pair of a urlencoded form.
 *
 * @param options What to accept; by default one value of at most 64 KiB.
 * @returns The rule, for {@linkcode readForm}.
 * @throws {RangeError} If a limit is not a whole number from 0, or `Infinity`.
 * @throws {TypeError} If an option is unknown or has the wrong type.
 *
 * @example Accept a title, and up to ten tags
 * ```ts
 * import { field, readForm } from "@tributary/multipart";
 *
 * const form = await readForm(
 *   new Response(new URLSearchParams([["title", "River"], ["tag", "blue"]])),
 *   {
 *     title: field({ maxBytes: 200 }),
 *     tag: field({ multiple: { max: 10 }, optional: true }),
 *   },
 * );
 * if (form.title !== "River" || form.tag[0] !== "blue") throw new Error();
 * ```
 */
export function field<
  Output = string,
  Multiple extends FormMultiple = false,
  Optional extends boolean = false,
  Input = string,
>(
  options?:
    & FieldOptions<Output, Multiple, Optional, Input>
    & TextSchema<Input>,
): FormRule<FormRuleValue<NoInfer<Output>, Multiple, Optional>>;
export function field(
  options: FieldOptions<unknown, FormMultiple, boolean, unknown> = {},
): FormRule<unknown> {
  assertOptions("field()", options, OPTIONS);
  const { maxBytes = FIELD_BYTES, schema } = options;
  checkLimit("maxBytes", maxBytes);
  if (schema !== undefined) assertSchema(schema);
  return new FormRule({
    kind: "field",
    ...numbersOf(options),
    read(part, form) {
      const text = form.memory.text(part, maxBytes);
      if (schema === undefined) return text;
      return Promise.resolve(text).then((text) =>
        form.wait(validate(schema, text, part))
      );
    },
  });
}
