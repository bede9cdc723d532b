/**
 * What callers of the reader can choose, besides how the bytes are parsed,
 * which is in `parse/options.ts`. Every default is stated in the two.
 *
 * @module
 */
import { resolveLimits } from "../wire/limits.ts";
import type { MultipartParseOptions } from "./parse/options.ts";

/**
 * How a {@linkcode MultipartReader} reads.
 *
 * @example Undo the encodings of a form, and stop in time
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
   * Which multiparts are read, by what stands behind `multipart/`: one subtype,
   * several, or `"*"` for any. Any other is `unsupported-media-type`, 415.
   *
   * A subtype decides by which rules a body is read, whether its parts are
   * decoded, and how many there may be. The peer of a server must not choose
   * that, so that a request is a form unless the server says otherwise.
   *
   * @default {"form-data"} for `MultipartReader.from()` with a request; `"*"`
   * with a response, for the constructor, for {@linkcode MultipartDecoderStream},
   * and for the multiparts within this one
   */
  accept?: string | readonly string[];
  /**
   * Cancels the source when it is aborted; what is pending, and every later
   * call, rejects with the signal's reason.
   */
  signal?: AbortSignal;
  /**
   * Whether a part's Content-Transfer-Encoding (`base64`, `quoted-printable`)
   * and Content-Encoding (`gzip`, `deflate`, and `br` and `zstd` where this
   * runtime has them) are undone as it is read.
   *
   * @default {true} `false` in the `form-data` profile: the Fetch Standard
   * ignores them
   */
  decode?: boolean;
  /**
   * Whether the charset of a form's text is what the part says, or else what a
   * field named `_charset_` before it said (HTML Standard, "form submission").
   *
   * @default {false} a form's text is UTF-8
   */
  formCharset?: boolean;
}

/**
 * What stands in for a message's header: one of the two is needed.
 *
 * @example Read bytes that have a Content-Type, but no message
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
   * The boundary, without the two dashes that begin a delimiter line. It counts
   * before that of `contentType`.
   */
  boundary?: string;
  /** A Content-Type with a boundary. */
  contentType?: string;
}

/**
 * How to iterate: as a `ReadableStream`'s `values()` does.
 *
 * @example Leave a loop, and go on later
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
   * Whether leaving the loop leaves the source open.
   *
   * @default {false}
   */
  preventCancel?: boolean;
}

/**
 * How the body of a {@linkcode PartReader} is read.
 *
 * @example Take the bytes as they were sent
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
   * Whether the part's Content-Transfer-Encoding and Content-Encoding are
   * undone. One part is read in one way from its first byte to its last.
   *
   * @default {MultipartReaderOptions.decode}
   */
  decode?: boolean;
}

/**
 * What stream the body of a {@linkcode PartReader} is read as.
 *
 * @example Read with a buffer of your own
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
   * `"bytes"` for a byte stream, which BYOB readers can read and whose chunks are
   * copies. Not every runtime has byte streams.
   *
   * @default {undefined} a plain stream, whose chunks are views of the source's
   */
  type?: "bytes";
}

/**
 * How {@linkcode PartReader.textStream} decodes.
 *
 * @example Write a text as it comes
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
 * How a whole-body helper of a {@linkcode PartReader} reads.
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
   * Bytes that may be held, as they come out of the decoders. Over it:
   * `part-too-large`, 413.
   *
   * @default {MultipartLimits.bufferedBytes}
   */
  maxBytes?: number;
}

/**
 * How {@linkcode PartReader.text} and what is made of text read.
 *
 * @example Read a text in a charset of which only you know
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
 * The options of a multipart that is a part of another: what is not given is as
 * around it, but for the profile and `accept`, since its own type counts, and
 * the signal, which ends what is around it anyway.
 */
export function nestedOptions(
  outer: MultipartReaderOptions,
  given: MultipartReaderOptions,
): MultipartReaderOptions {
  const { profile: _, accept: __, signal: ___, ...inherited } = outer;
  // What is not an object would be spread to nothing.
  resolveLimits(given.limits);
  return {
    ...inherited,
    ...withoutUndefined(given),
    limits: { ...outer.limits, ...withoutUndefined(given.limits ?? {}) },
  };
}

/** A member that is there, and `undefined`, says nothing either. */
function withoutUndefined<T extends object>(members: T): Partial<T> {
  const defined: Partial<T> = { ...members };
  for (const name in defined) {
    if (defined[name] === undefined) delete defined[name];
  }
  return defined;
}
