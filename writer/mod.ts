/**
 * Writes multipart bodies. The writer itself is not there yet: this entry point
 * holds its place, and what both sides share.
 *
 * @example Tell an error of this library's from others
 * ```ts
 * import { MultipartError } from "@tributary/multipart/writer";
 *
 * const error: unknown = new MultipartError("truncated", "Cannot read on: it ends");
 * if (!(error instanceof MultipartError)) throw error;
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
