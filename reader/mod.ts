/**
 * Reads multipart bodies part by part as they arrive, with backpressure, in
 * bounded memory.
 *
 * Start with {@linkcode MultipartReader}. {@linkcode MultipartDecoderStream} is
 * the same as a transform stream, and {@linkcode MultipartParser} is the core
 * without I/O.
 *
 * @example Read a request
 * ```ts
 * import { MultipartReader } from "@tributary/multipart/reader";
 *
 * async function handle(request: Request): Promise<Response> {
 *   const names: string[] = [];
 *   for await (const part of MultipartReader.from(request)) {
 *     names.push(part.name ?? "");
 *   }
 *   return Response.json(names);
 * }
 *
 * const form = new FormData();
 * form.append("a", "1");
 * await handle(new Request("http://localhost/", { method: "POST", body: form }));
 * ```
 *
 * @module
 */
export {
  MultipartError,
  type MultipartErrorCode,
  type MultipartErrorOptions,
  type MultipartErrorStatus,
} from "../wire/errors.ts";
export type { MultipartLimits } from "../wire/limits.ts";
export type { MediaType } from "../wire/media_type.ts";
export type { Parameter } from "../wire/parameters.ts";
export type {
  SchemaIssue,
  SchemaResult,
  StandardSchema,
  StandardSchemaProperties,
} from "../wire/standard_schema.ts";
export type { MultipartSource } from "./body/multipart_source.ts";
export { MultipartDecoderStream } from "./decoder_stream.ts";
export type { MultipartEvent } from "./parse/events.ts";
export type { FormDataFile, FormDataOptions } from "./form_data.ts";
export type { MultipartMessage } from "./message.ts";
export { MultipartReader } from "./multipart_reader.ts";
export type {
  MultipartIteratorOptions,
  MultipartReaderInit,
  MultipartReaderOptions,
  PartDecodeOptions,
  PartReadOptions,
  PartStreamOptions,
  PartTextOptions,
  PartTextStreamOptions,
} from "./options.ts";
export type {
  MultipartParseOptions,
  MultipartParserOptions,
} from "./parse/options.ts";
export { MultipartParser } from "./parse/parser.ts";
export type { ContentRange } from "../wire/content_range.ts";
export type { PartHead } from "./parse/part_head.ts";
export type { PartReader } from "./part_reader.ts";
export type { LineEndings, MultipartProfile } from "./parse/profiles.ts";
export { sanitizeFilename } from "./sanitize_filename.ts";
