/**
 * Reads a form in one call: {@linkcode readForm}, with a shape of
 * {@linkcode field} and {@linkcode file}.
 *
 * @example Read a form whose files are measured, not held
 * ```ts
 * import { field, file, readForm } from "@tributary/multipart/form";
 *
 * const body = new FormData();
 * body.append("title", "River");
 * body.append("scan", new File(["Oslo"], "city.txt"));
 * const { title, scan } = await readForm(new Response(body), {
 *   title: field({ maxBytes: 200 }),
 *   scan: file({ store: async (part) => (await part.bytes()).length }),
 * });
 * if (title !== "River" || scan !== 4) throw new Error(`${title}, ${scan}`);
 * ```
 *
 * @module
 */
export {
  MultipartError,
  type MultipartErrorCode,
  type MultipartErrorOptions,
  type MultipartErrorStatus,
} from "../../wire/errors.ts";
export type { MultipartLimits } from "../../wire/limits.ts";
export type {
  SchemaIssue,
  SchemaResult,
  StandardSchema,
  StandardSchemaProperties,
} from "../../wire/standard_schema.ts";
export type { MultipartMessage } from "../message.ts";
export type { MultipartReaderOptions } from "../options.ts";
export type { PartReader } from "../part_reader.ts";
export {
  type FormShape,
  type FormValues,
  readForm,
  type ReadFormOptions,
  type ReadFormSchemaOptions,
} from "./read_form.ts";
export { field, type FieldOptions, type TextSchema } from "./field.ts";
export { file, type FileOptions } from "./file.ts";
export type { FileStore, FileStoreContext } from "./file_store.ts";
export type { FormMultiple, FormRule, FormRuleValue } from "./form_rule.ts";
