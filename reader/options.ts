/**
 * The reader's options, except those of the parser, which are in
 * `parse/options.ts`. Every default is stated in these two files.
 *
 * @module
 */
import { resolveLimits } from "../wire/limits.ts";
import type { MultipartParseOptions } from "./parse/options.ts";

/**
 * Options of a {@linkcode MultipartReader}.
 *
 * @example Decode the parts of a form, and set a timeout
 * ```ts
 * import {
 *   MultipartReader,
 *   type MultipartReaderOptions,
 *   MultipartWriter,
 * } from "@tributary/multipart";
 *
 * const options: MultipartReaderOptions = {
 *   decode: true,
 *   limits: { totalBytes: 1_000_000 },
 *   signal: AbortSignal.timeout(60_000),
 * };
 * const writer = new MultipartWriter("form-data");
 * writer.append("Oslo", { name: "city", transferEncoding: "base64" });
 * const form = await MultipartReader.from(writer.toResponse(), options).formData();
 * if (form.get("city") !== "Oslo") throw new Error("expected Oslo");
 * ```
 */
export interface MultipartReaderOptions extends MultipartParseOptions {
  /**
   * Which multiparts to accept, by subtype: one, several, or `"*"` for any. Any
   * other is `unsupported-media-type`, 415.
   *
   * The subtype decides by which rules a body is read, whether its parts are
   * decoded, and how many there may be. A client must not choose that, so a
   * request has to be a form unless the server says otherwise.
   *
   * @default {"form-data"} for `MultipartReader.from()` with a request; `"*"`
   * with a response, for the constructor, for {@linkcode
   * MultipartDecoderStream}, and for nested multiparts
   */
  accept?: string | readonly string[];
  /**
   * Cancels the source when aborted; pending and later calls reject with the
   * signal's reason.
   */
  signal?: AbortSignal;
  /**
   * Whether to decode a part's Content-Transfer-Encoding (`base64`,
   * `quoted-printable`) and Content-Encoding (`gzip`, `deflate`, and `br` and
   * `zstd` if this runtime supports them) as it is read.
   *
   * @default {true} `false` in the `form-data` profile: the Fetch Standard
   * ignores them
   */
  decode?: boolean;
  /**
   * Whether the text of a form is in the part's own charset, or else in that of
   * an earlier field named `_charset_` (HTML Standard, "form submission").
   *
   * @default {false} a form's text is UTF-8
   */
  formCharset?: boolean;
}

/**
 * Options for bytes without header fields: `boundary` or `contentType` is
 * required.
 *
 * @example Read bytes with a Content-Type, but no message
 * ```ts
 * import { MultipartReader, type MultipartReaderInit } from "@tributary/multipart";
 *
 * const init: MultipartReaderInit = { contentType: 'multipart/mixed; boundary="b"' };
 * const bytes = new TextEncoder().encode("--b\r\n\r\nhello\r\n--b--");
 * for await (const part of new MultipartReader(bytes, init)) {
 *   if (await part.text() !== "hello") throw new Error("expected hello");
 * }
 * ```
 */
export interface MultipartReaderInit extends MultipartReaderOptions {
  /**
   * The boundary, without the two dashes that begin a delimiter line. It takes
   * precedence over that of `contentType`.
   */
  boundary?: string;
  /** A Content-Type with a boundary. */
  contentType?: string;
}

/**
 * Options of iterating, like those of a `ReadableStream`'s `values()`.
 *
 * @example Leave a loop, and continue later
 * ```ts
 * import { type MultipartIteratorOptions, MultipartReader } from "@tributary/multipart";
 *
 * const options: MultipartIteratorOptions = { preventCancel: true };
 * const form = new FormData();
 * form.append("a", "1");
 * form.append("b", "2");
 * const reader = MultipartReader.from(new Response(form));
 * for await (const part of reader.values(options)) {
 *   if (part.name === "a") break;
 * }
 * const { value: part } = await reader.next();
 * if (part?.name !== "b") throw new Error("expected b");
 * await reader.cancel();
 * ```
 */
export interface MultipartIteratorOptions {
  /**
   * Whether the source stays open when the loop is left.
   *
   * @default {false}
   */
  preventCancel?: boolean;
}

/**
 * How to read the body of a {@linkcode PartReader}.
 *
 * @example Take the bytes as sent
 * ```ts
 * import {
 *   MultipartReader,
 *   MultipartWriter,
 *   type PartDecodeOptions,
 * } from "@tributary/multipart";
 *
 * const raw: PartDecodeOptions = { decode: false };
 * const writer = new MultipartWriter("mixed");
 * writer.append("Oslo", { transferEncoding: "base64" });
 * for await (const part of MultipartReader.from(writer.toResponse())) {
 *   if (await new Response(part.stream(raw)).text() !== "T3Nsbw==") throw new Error();
 * }
 * ```
 */
export interface PartDecodeOptions {
  /**
   * Whether to decode the part's Content-Transfer-Encoding and
   * Content-Encoding. This cannot change once reading has begun.
   *
   * @default {MultipartReaderOptions.decode}
   */
  decode?: boolean;
}

/**
 * Options of {@linkcode PartReader.stream}.
 *
 * @example Read into your own buffer
 * ```ts
 * import { MultipartReader, type PartStreamOptions } from "@tributary/multipart";
 *
 * const options: PartStreamOptions = { type: "bytes" };
 * const form = new FormData();
 * form.append("city", "Oslo");
 * for await (const part of MultipartReader.from(new Response(form))) {
 *   const reader = part.stream(options).getReader({ mode: "byob" });
 *   const { value } = await reader.read(new Uint8Array(4));
 *   if (new TextDecoder().decode(value) !== "Oslo") throw new Error();
 *   reader.releaseLock();
 * }
 * ```
 */
export interface PartStreamOptions extends PartDecodeOptions {
  /**
   * `"bytes"` for a byte stream, which supports BYOB readers and copies its
   * chunks. Not every runtime has byte streams.
   *
   * @default {undefined} a plain stream, whose chunks are views of the source's
   */
  type?: "bytes";
}

/**
 * Options of {@linkcode PartReader.textStream}.
 *
 * @example Read a text as it arrives
 * ```ts
 * import { MultipartReader, type PartTextStreamOptions } from "@tributary/multipart";
 *
 * const options: PartTextStreamOptions = { charset: "latin1" };
 * const bytes = Uint8Array.of(...new TextEncoder().encode("--b\r\n\r\nsm"), 0xf8,
 *   ...new TextEncoder().encode("r\r\n--b--"));
 * for await (const part of new MultipartReader(bytes, { boundary: "b" })) {
 *   let text = "";
 *   for await (const piece of part.textStream(options)) text += piece;
 *   if (text !== "smør") throw new Error(text);
 * }
 * ```
 */
export interface PartTextStreamOptions extends PartDecodeOptions {
  /**
   * The encoding, by a label of the Encoding Standard.
   *
   * @default {PartReader.charset} or UTF-8; in a form UTF-8
   */
  charset?: string;
}

/**
 * Options of the whole-body helpers of a {@linkcode PartReader}.
 *
 * @example Bound one field more tightly than the others
 * ```ts
 * import {
 *   MultipartError,
 *   MultipartReader,
 *   type PartReadOptions,
 * } from "@tributary/multipart";
 *
 * const options: PartReadOptions = { maxBytes: 4 };
 * const form = new FormData();
 * form.append("pin", "12345");
 * for await (const part of MultipartReader.from(new Response(form))) {
 *   const error = await part.bytes(options).catch((error) => error);
 *   if (!(error instanceof MultipartError)) throw new Error("no limit");
 *   if (error.code !== "part-too-large") throw new Error(error.code);
 *   break;
 * }
 * ```
 */
export interface PartReadOptions extends PartDecodeOptions {
  /**
   * The most bytes to hold, after decoding. Over it: `part-too-large`, 413.
   *
   * @default {MultipartLimits.bufferedBytes}
   */
  maxBytes?: number;
}

/**
 * Options of {@linkcode PartReader.text} and of the helpers based on it.
 *
 * @example Read a text in a charset that the part does not declare
 * ```ts
 * import { MultipartReader, type PartTextOptions } from "@tributary/multipart";
 *
 * const options: PartTextOptions = { charset: "latin1", maxBytes: 1000 };
 * const bytes = Uint8Array.of(...new TextEncoder().encode("--b\r\n\r\nsm"), 0xf8,
 *   ...new TextEncoder().encode("r\r\n--b--"));
 * for await (const part of new MultipartReader(bytes, { boundary: "b" })) {
 *   if (await part.text(options) !== "smør") throw new Error("expected smør");
 * }
 * ```
 */
export interface PartTextOptions
  extends PartReadOptions, PartTextStreamOptions {}

/**
 * The options of a nested multipart. They default to those of the outer one,
 * except the profile and `accept`, which follow from its own type, and the
 * signal, which ends the outer reader anyway.
 */
export function nestedOptions(
  outer: MultipartReaderOptions,
  given: MultipartReaderOptions,
): MultipartReaderOptions {
  const { profile: _, accept: __, signal: ___, ...inherited } = outer;
  // Throws if it is not an object, which would be spread to nothing.
  resolveLimits(given.limits);
  return {
    ...inherited,
    ...withoutUndefined(given),
    limits: { ...outer.limits, ...withoutUndefined(given.limits ?? {}) },
  };
}

/** Removes members that are `undefined`, which must not override. */
function withoutUndefined<T extends object>(members: T): Partial<T> {
  const defined: Partial<T> = { ...members };
  for (const name in defined) {
    if (defined[name] === undefined) delete defined[name];
  }
  return defined;
}
