/**
 * Writes multipart bodies: parts of text, bytes, files, streams, forms and
 * other multiparts, with backpressure, and with exact lengths where they can be
 * known.
 *
 * Begin with {@linkcode MultipartWriter}.
 *
 * @example Upload a form
 * ```ts
 * import { MultipartWriter } from "@tributary/multipart/writer";
 *
 * const writer = new MultipartWriter("form-data");
 * writer.append("hello", { name: "greeting" });
 * writer.append(new Blob(["Oslo"]), { name: "upload", filename: "city.txt" });
 *
 * // fetch(url, writer.toRequestInit()) sends it.
 * const request = new Request("http://localhost/", writer.toRequestInit());
 * const form = await request.formData();
 * if (form.get("greeting") !== "hello") throw new Error("expected hello");
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
export type {
  ForwardedPart,
  MultipartBody,
  MultipartContent,
} from "./body/body.ts";
export { byteRanges } from "./ranges/byte_ranges.ts";
export type { ByteRangesSource } from "./ranges/byte_ranges_source.ts";
export {
  type MultipartEncoderPart,
  MultipartEncoderStream,
} from "./encoder_stream.ts";
export { FrameBroadcast } from "./live/frame_broadcast.ts";
export type { MixedReplaceFrame } from "./live/frame_format.ts";
export { mixedReplace } from "./live/mixed_replace.ts";
export {
  type MultipartRequestInit,
  MultipartWriter,
  type UrlEncodedEntries,
} from "./multipart_writer.ts";
export type {
  ByteRangesOptions,
  MixedReplaceOptions,
  MultipartEncoderOptions,
  MultipartStreamOptions,
  MultipartWriterOptions,
  PartInit,
} from "./options.ts";
export type { PartWriter } from "./part_writer.ts";
