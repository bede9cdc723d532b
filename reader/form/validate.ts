import { excerpt, MultipartError } from "../../wire/errors.ts";
import type {
  SchemaIssue,
  StandardSchema,
} from "../../wire/standard_schema.ts";

/** The part whose value a schema checks. */
interface Place {
  readonly index?: number;
  readonly name?: string;
}

/**
 * Checks a value against a schema, and returns the schema's output.
 *
 * @param place The part of the value; omitted for the whole form.
 * @throws {MultipartError} `invalid-value`, with the schema's issues.
 */
export async function validate<Output>(
  schema: StandardSchema<unknown, Output>,
  value: unknown,
  { index, name }: Place = {},
): Promise<Output> {
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return result.value;
  const { issues } = result;
  const partName = name ?? firstKey(issues[0]);
  const what = partName === undefined ? "the form" : excerpt(partName);
  throw new MultipartError(
    "invalid-value",
    `Cannot take ${what}: ${issues[0]?.message ?? "its schema rejects it"}`,
    { partIndex: index, partName, issues },
  );
}

/** The name that an issue of a form concerns, if any. */
function firstKey(issue: SchemaIssue | undefined): string | undefined {
  const first = issue?.path?.[0];
  const key = typeof first === "object" ? first.key : first;
  return typeof key === "string" ? key : undefined;
}

/** Checks that a value is a schema. */
export function assertSchema(value: unknown): void {
  const properties = value === null || value === undefined
    ? undefined
    : Reflect.get(Object(value), "~standard");
  if (typeof properties?.validate === "function") return;
  throw new TypeError(
    "Cannot use the schema: it does not implement Standard Schema, version 1",
  );
}
