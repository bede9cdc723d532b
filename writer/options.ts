/**
 * All options of the writer, with their defaults.
 *
 * @module
 */

/**
 * How a multipart is made, whoever writes it.
 *
 * @example Name the root of a multipart/related
 * ```ts
 * import { MultipartWriter, type MultipartWriterOptions } from "@tributary/multipart";
 *
 * const options: MultipartWriterOptions = {
 *   boundary: "b",
 *   parameters: { type: "text/html" },
 * };
 * const { contentType } = new MultipartWriter("related", options);
 * if (contentType !== 'multipart/related; boundary=b; type="text/html"') {
 *   throw new Error(contentType);
 * }
 * ```
 */
export interface MultipartWriterOptions {
  /**
   * The text of its delimiters: what RFC 2046, section 5.1.1, allows.
   *
   * @default {randomBoundary()} 154 random bits, in 27 of `[0-9A-Za-z-]`
   */
  boundary?: string;
  /** More parameters of Content-Type, such as `type` in a multipart/related. */
  parameters?: Readonly<Record<string, string>>;
  /**
   * Gives the media type for the extension of a filename, without its dot, for
   * bodies that bring none; `typeByExtension` of `@std/media-types` fits.
   *
   * @default {undefined} extensions say nothing
   */
  typeByExtension?: (extension: string) => string | undefined;
}

/**
 * How {@linkcode MultipartWriter.stream} ends.
 *
 * @example Leave the end open, to write more
 * ```ts
 * import { type MultipartStreamOptions, MultipartWriter } from "@tributary/multipart";
 *
 * const options: MultipartStreamOptions = { close: false };
 * const writer = new MultipartWriter("mixed", { boundary: "b" });
 * writer.append("hello");
 * const text = await new Response(writer.stream(options)).text();
 * if (!text.endsWith("hello\r\n")) throw new Error(text);
 * ```
 */
export interface MultipartStreamOptions {
  /**
   * Whether the close delimiter is written.
   *
   * @default {true}
   */
  close?: boolean;
}

/**
 * What is said of a part besides its body.
 *
 * @example Say what a part is
 * ```ts
 * import { MultipartWriter, type PartInit } from "@tributary/multipart";
 *
 * const init: PartInit = {
 *   name: "map",
 *   filename: "map.svg",
 *   type: "image/svg+xml",
 *   headers: { "X-Scale": "1:50000" },
 * };
 * const writer = new MultipartWriter("form-data");
 * const { headers } = writer.append("<svg/>", init);
 * if (headers.get("x-scale") !== "1:50000") throw new Error();
 * if (headers.get("content-type") !== "image/svg+xml") throw new Error();
 * ```
 */
export interface PartInit {
  /**
   * Header fields. Those that the other members make take precedence. They set
   * Content-Encoding and Content-Transfer-Encoding like the members of that
   * name: the encoding is applied.
   */
  headers?: RequestInit["headers"];
  /** Content-Disposition's `name`: a form's field. */
  name?: string;
  /**
   * Content-Disposition's `filename`. The default is a `File`'s own name; in a
   * form, Blobs, bytes, streams and Responses without one have `blob`, as the HTML
   * Standard has it, since servers take a part without a filename for text.
   */
  filename?: string;
  /**
   * Content-Type; `""` leaves it out. The default is what the body brings, then
   * what `typeByExtension` says, then `text/plain; charset=utf-8` for text and
   * `application/octet-stream` for all else. Text in a form has none unless it has
   * a filename, as browsers send it: formidable and koa-body take a text field
   * with a type for a file.
   */
  type?: string;
  /**
   * Content-Disposition's type, such as `inline`.
   *
   * @default {"form-data"} in a form; elsewhere `"attachment"`, if there is a
   * filename or a name
   */
  disposition?: string;
  /**
   * `gzip`, `deflate`, or another coding that this runtime can compress with. Do
   * not use it in a form: the Fetch Standard has readers ignore it, and none of
   * the servers named at `transferEncoding` decodes it; they store the compressed
   * bytes.
   */
  contentEncoding?: string;
  /**
   * `base64` or `quoted-printable`; `7bit`, `8bit` and `binary` are just stated.
   * Do not use it in a form: RFC 7578, section 4.7, deprecates it, and few servers
   * decode it; the others store the encoded bytes.
   *
   * | server                                     | base64  | quoted-printable | gzip    |
   * | ------------------------------------------ | ------- | ---------------- | ------- |
   * | `MultipartReader` with `decode: true`      | decodes | decodes          | decodes |
   * | aiohttp                                    | decodes | decodes          | stores  |
   * | formidable                                 | decodes | refuses the form | stores  |
   * | undici (Node's `formData()`)               | decodes | stores           | stores  |
   * | Go (`ParseMultipartForm`)                  | stores  | decodes          | stores  |
   * | busboy, multer, Flask, Tornado, PHP, Rack  | stores  | stores           | stores  |
   */
  transferEncoding?: string;
  /**
   * The bytes of a body that does not say so itself, before any encoding. A
   * body that turns out to have another size is an error.
   */
  size?: number;
  /** Content-ID, without its angle brackets. */
  contentId?: string;
}

/**
 * How a {@linkcode MultipartEncoderStream} is made.
 *
 * @example Leave the end open
 * ```ts
 * import {
 *   type MultipartEncoderOptions,
 *   MultipartEncoderStream,
 * } from "@tributary/multipart";
 *
 * const options: MultipartEncoderOptions = { boundary: "b", close: false };
 * const { readable, writable } = new MultipartEncoderStream("mixed", options);
 * const writer = writable.getWriter();
 * const written = writer.write({ body: "hello" }).then(() => writer.close());
 * const text = await new Response(readable).text();
 * await written;
 * if (!text.endsWith("hello\r\n")) throw new Error(text);
 * ```
 */
export interface MultipartEncoderOptions extends MultipartWriterOptions {
  /**
   * Whether the close delimiter is written when `writable` is closed.
   *
   * @default {true}
   */
  close?: boolean;
}

/**
 * How a live view is written.
 *
 * @example Send PNG, at once on the screen of Chromium
 * ```ts
 * import {
 *   mixedReplace,
 *   type MixedReplaceOptions,
 *   MultipartReader,
 * } from "@tributary/multipart";
 *
 * const options: MixedReplaceOptions = { type: "image/png", eager: true };
 * async function* frames() {
 *   yield new Uint8Array([1]);
 * }
 * const response = mixedReplace(frames(), options);
 * for await (const frame of MultipartReader.from(response)) {
 *   if (frame.mediaType !== "image/png") throw new Error(frame.mediaType);
 * }
 * ```
 */
export interface MixedReplaceOptions {
  /**
   * The media type of a frame that brings none; `""` leaves it out.
   *
   * @default {"image/jpeg"}
   */
  type?: string;
  /**
   * The text of the delimiters: what RFC 2046, section 5.1.1, allows.
   *
   * @default {randomBoundary()} 154 random bits, in 27 of `[0-9A-Za-z-]`
   */
  boundary?: string;
  /**
   * Whether the head of the next part goes out right behind a frame.
   *
   * Chromium shows a frame only when it has the next one's head: without this
   * it is always one frame behind. Measured in Chromium 156 with two frames a
   * second: half of them were on the screen 522 ms after they were sent, and
   * with `eager` 11 ms after. The price: no part has a Content-Length, since
   * nothing is known of the next frame; every part says `type`, whatever a
   * `Blob` says; and a stream that ends has an empty part as its last, which
   * Chromium passes over. ffmpeg and OpenCV, which go by Content-Length, then have
   * each frame only when the next one arrives, and some readers refuse frames
   * without a length: let `FrameBroadcast.subscribe({ eager })` choose for each
   * viewer.
   *
   * @default {false}
   */
  eager?: boolean;
  /**
   * Header fields of the response. Two are there unless they are given:
   * `Cache-Control: no-store, no-transform`, and `X-Accel-Buffering: no`, which
   * keeps nginx from collecting what a slow client has not read. Content-Type is
   * always the library's.
   */
  headers?: RequestInit["headers"];
  /**
   * Ends it when aborted: the source is cancelled, and each body ends where it
   * stands, without an error and without the close delimiter. For one viewer of
   * a `FrameBroadcast` see `subscribe()`.
   */
  signal?: AbortSignal;
}

/**
 * What is known of the source of `byteRanges`.
 *
 * @example Let a download be resumed
 * ```ts
 * import { byteRanges, type ByteRangesOptions } from "@tributary/multipart";
 *
 * const options: ByteRangesOptions = { type: "text/plain", etag: '"v1"' };
 * const headers = { range: "bytes=7-", "if-range": '"v1"' };
 * const request = new Request("http://localhost/", { headers });
 * const answer = byteRanges(request, new Blob(["0123456789"]), options);
 * if (answer.status !== 206) throw new Error(String(answer.status));
 * if (await answer.text() !== "789") throw new Error("expected 789");
 * ```
 */
export interface ByteRangesOptions {
  /**
   * The media type.
   *
   * @default {source.type} a Blob's own, or else `application/octet-stream`
   */
  type?: string;
  /**
   * Bytes of the whole. A source that is not a Blob needs it.
   *
   * @default {source.size}
   */
  size?: number;
  /**
   * The entity-tag with its quotes, as `"v1"`, or weak, as `W/"v1"`. It has to
   * change whenever the bytes do; with a weak one nobody can resume a download.
   *
   * @default {undefined} none
   */
  etag?: string;
  /**
   * When the bytes last changed: a Date, or milliseconds since 1970. HTTP knows
   * no fractions of a second; a time to come is taken as now.
   *
   * @default {undefined} unknown
   */
  lastModified?: Date | number;
}
