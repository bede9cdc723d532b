/**
 * The interface of Standard Schema, version 1 (https://standardschema.dev).
 * Types only, so that no validation library is a dependency.
 *
 * @module
 */

/**
 * A schema of any library that implements Standard Schema, version 1, such as
 * zod, valibot or arktype.
 *
 * @example Write one by hand
 * ```ts
 * import type { StandardSchema } from "@tributary/multipart";
 *
 * const year: StandardSchema<string, number> = {
 *   "~standard": {
 *     version: 1,
 *     vendor: "example",
 *     validate: (value) =>
 *       /^[0-9]{4}$/.test(String(value))
 *         ? { value: Number(value) }
 *         : { issues: [{ message: "Expected a year such as 1984" }] },
 *   },
 * };
 * const result = await year["~standard"].validate("1984");
 * if (result.issues || result.value !== 1984) throw new Error("expected 1984");
 * ```
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The properties that the specification defines. */
  readonly "~standard": StandardSchemaProperties<Input, Output>;
}

/**
 * The properties under a schema's `~standard`.
 *
 * @example Write a schema by hand
 * ```ts
 * import type { StandardSchemaProperties } from "@tributary/multipart";
 *
 * const anything: StandardSchemaProperties<unknown, unknown> = {
 *   version: 1,
 *   vendor: "example",
 *   validate: (value) => ({ value }),
 * };
 * const result = await anything.validate(1);
 * if (result.issues || result.value !== 1) throw new Error("expected 1");
 * ```
 */
export interface StandardSchemaProperties<Input = unknown, Output = Input> {
  /** The version of the specification. */
  readonly version: 1;
  /** The library that made the schema. */
  readonly vendor: string;
  /** Checks a value, and returns the schema's output for it. */
  readonly validate: (
    value: unknown,
  ) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
  /** The schema's types, for the compiler only. */
  readonly types?:
    | { readonly input: Input; readonly output: Output }
    | undefined;
}

/**
 * A schema's result for a value: the output, or what is wrong with the value.
 *
 * @example Tell the two apart
 * ```ts
 * import type { SchemaResult } from "@tributary/multipart";
 *
 * function describe(result: SchemaResult<number>): string {
 *   return result.issues ? result.issues[0].message : `${result.value}`;
 * }
 * if (describe({ value: 1 }) !== "1") throw new Error("expected 1");
 * ```
 */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/**
 * One thing that is wrong with a value.
 *
 * @example Show an issue with its path
 * ```ts
 * import type { SchemaIssue } from "@tributary/multipart";
 *
 * function describe({ path = [], message }: SchemaIssue): string {
 *   const keys = path.map((key) => typeof key === "object" ? key.key : key);
 *   return `${keys.map(String).join(".")}: ${message}`;
 * }
 * const text = describe({ message: "Required", path: ["address", "city"] });
 * if (text !== "address.city: Required") throw new Error(text);
 * ```
 */
export interface SchemaIssue {
  /** What is wrong, for people. */
  readonly message: string;
  /** Where in the value; not set if it concerns the whole value. */
  readonly path?:
    | readonly (PropertyKey | { readonly key: PropertyKey })[]
    | undefined;
}
