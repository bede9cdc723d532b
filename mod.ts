/**
 * Streaming multipart for every JavaScript runtime.
 *
 * The reader alone is at `@tributary/multipart/reader`, the writer alone at
 * `@tributary/multipart/writer`; this module holds both.
 *
 * @example Read an upload part by part
 * ```ts
 * import { MultipartReader } from "@tributary/multipart";
 *
 * const form = new FormData();
 * form.append("note", "hello");
 * form.append("doc", new File(["Oslo"], "city.txt"));
 * const request = new Request("http://localhost/", { method: "POST", body: form });
 *
 * for await (const part of MultipartReader.from(request)) {
 *   if (part.filename === undefined) console.log(part.name, await part.text());
 *   else for await (const chunk of part) console.log(part.filename, chunk.length);
 * }
 * ```
 *
 * @module
 */
export {
  type ContentRange,
  type FormDataFile,
  type FormDataOptions,
  type LineEndings,
  type MediaType,
  MultipartDecoderStream,
  MultipartError,
  type MultipartErrorCode,
  type MultipartErrorOptions,
  type MultipartErrorStatus,
  type MultipartEvent,
  type MultipartIteratorOptions,
  type MultipartLimits,
  type MultipartMessage,
  type MultipartParseOptions,
  MultipartParser,
  type MultipartParserOptions,
  type MultipartProfile,
  MultipartReader,
  type MultipartReaderInit,
  type MultipartReaderOptions,
  type MultipartSource,
  type Parameter,
  type PartDecodeOptions,
  type PartHead,
  type PartReader,
  type PartReadOptions,
  type PartStreamOptions,
  type PartTextOptions,
  type PartTextStreamOptions,
  sanitizeFilename,
  type SchemaIssue,
  type SchemaResult,
  type StandardSchema,
  type StandardSchemaProperties,
} from "./reader/mod.ts";
export {
  field,
  type FieldOptions,
  file,
  type FileOptions,
  type FileStore,
  type FileStoreContext,
  type FormMultiple,
  type FormRule,
  type FormRuleValue,
  type FormShape,
  type FormValues,
  readForm,
  type ReadFormOptions,
  type ReadFormSchemaOptions,
  type TextSchema,
} from "./reader/form/mod.ts";
export {
  byteRanges,
  type ByteRangesOptions,
  type ByteRangesSource,
  type ForwardedPart,
  FrameBroadcast,
  mixedReplace,
  type MixedReplaceFrame,
  type MixedReplaceOptions,
  type MultipartBody,
  type MultipartContent,
  type MultipartEncoderOptions,
  type MultipartEncoderPart,
  MultipartEncoderStream,
  type MultipartRequestInit,
  type MultipartStreamOptions,
  MultipartWriter,
  type MultipartWriterOptions,
  type PartInit,
  type PartWriter,
  type UrlEncodedEntries,
} from "./writer/mod.ts";
