/**
 * All options of the writer, with their defaults.
 *
 * @module
 */

/**
 * How a multipart is written.
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
   * The boundary: what RFC 2046, section 5.1.1, allows.
   *
   * @default {randomBoundary()} 154 random bits, in 27 of `[0-9A-Za-z-]`
   */
  boundary?: string;
  /**
   * Further parameters of Content-Type, such as `type` in a multipart/related.
   */
  parameters?: Readonly<Record<string, string>>;
  /**
   * Returns the media type for a filename's extension, without the dot, for
   * bodies that have none, such as `typeByExtension` of `@std/media-types`.
   *
   * @default {undefined} extensions are ignored
   */
  typeByExtension?: (extension: string) => string | undefined;
}

/**
 * How {@linkcode MultipartWriter.stream} ends.
 *
 * @example Leave the end open to write more
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
   * Whether to write the close delimiter.
   *
   * @default {true}
   */
  close?: boolean;
}

/**
 * A part's fields, and its size.
 *
 * @example Describe a part
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
   * Header fields. Fields from the other members take precedence.
   * Content-Encoding and Content-Transfer-Encoding work like the members of
   * that name: the encoding is applied.
   */
  headers?: RequestInit["headers"];
  /** Content-Disposition's `name`: the name of a form field. */
  name?: string;
  /**
   * Content-Disposition's `filename`. The default is a `File`'s own name; in a
   * form, Blobs, bytes, streams and Responses without a name are called `blob`,
   * as in the HTML Standard, since servers take a part without a filename for
   * text.
   */
  filename?: string;
  /**
   * Content-Type; `""` leaves it out. The default is the body's own, then that
   * of `typeByExtension`, then `text/plain; charset=utf-8` for text and
   * `application/octet-stream` for everything else. Text in a form has none
   * unless it has a filename, as in browsers: formidable and koa-body take a
   * text field with a type for a file.
   */
  type?: string;
  /**
   * Content-Disposition's type, such as `inline`.
   *
   * @default {"form-data"} in a form; `"attachment"` elsewhere, if there is a
   * filename or a name
   */
  disposition?: string;
  /**
   * `gzip`, `deflate`, or another coding that this runtime supports. Do not use
   * it in a form: by the Fetch Standard readers ignore it, and none of the
   * servers listed at `transferEncoding` decodes it; they store the compressed
   * bytes.
   */
  contentEncoding?: string;
  /**
   * `base64` or `quoted-printable`; `7bit`, `8bit` and `binary` change only the
   * field. Do not use it in a form: RFC 7578, section 4.7, deprecates it, and
   * few servers decode it; the others store the encoded bytes.
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
   * The size in bytes, before any encoding, of a body whose size is not known.
   * If the body turns out to have another size, writing it fails.
   */
  size?: number;
  /** Content-ID, without its angle brackets. */
  contentId?: string;
}

/**
 * Options of a {@linkcode MultipartEncoderStream}.
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
   * Whether to write the close delimiter when `writable` is closed.
   *
   * @default {true}
   */
  close?: boolean;
}

/**
 * Options of a live view.
 *
 * @example Send PNG that Chromium shows at once
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
   * The media type of frames that have none; `""` leaves it out.
   *
   * @default {"image/jpeg"}
   */
  type?: string;
  /**
   * The boundary: what RFC 2046, section 5.1.1, allows.
   *
   * @default {randomBoundary()} 154 random bits, in 27 of `[0-9A-Za-z-]`
   */
  boundary?: string;
  /**
   * Whether to send the head of the next part right after a frame.
   *
   * Chromium shows a frame only when it has the next one's head: without this
   * option it is always one frame behind. Measured in Chromium 156 at two
   * frames a second, the median frame was on the screen 522 ms after it was
   * sent, and with `eager` after 11 ms. The price: no part has a
   * Content-Length, since nothing is known of the next frame; every part has
   * the type `type`, even if a `Blob` has another; and a stream that ends has
   * an empty last part, which Chromium ignores. ffmpeg and OpenCV, which go by
   * Content-Length, then get each frame only when the next one arrives, and
   * some readers reject frames without a length: choose for each viewer with
   * `FrameBroadcast.subscribe({ eager })`.
   *
   * @default {false}
   */
  eager?: boolean;
  /**
   * Header fields of the response. Two have defaults: `Cache-Control: no-store,
   * no-transform`, and `X-Accel-Buffering: no`, which keeps nginx from
   * buffering for slow clients. Content-Type is always set by the library.
   */
  headers?: RequestInit["headers"];
  /**
   * Ends the view when aborted: the source is cancelled, and each body ends
   * where it is, without an error and without the close delimiter. For one
   * viewer of a `FrameBroadcast` see `subscribe()`.
   */
  signal?: AbortSignal;
}

/**
 * Metadata of the source of `byteRanges`.
 *
 * @example Resume a download
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
   * @default {source.type} a Blob's own, or `application/octet-stream`
   */
  type?: string;
  /**
   * Bytes of the whole. Required unless the source is a Blob.
   *
   * @default {source.size}
   */
  size?: number;
  /**
   * The entity-tag with its quotes, such as `"v1"`, or a weak one, such as
   * `W/"v1"`. It has to change whenever the bytes do; with a weak one downloads
   * cannot be resumed.
   *
   * @default {undefined} none
   */
  etag?: string;
  /**
   * When the bytes last changed: a Date, or milliseconds since 1970. HTTP drops
   * fractions of a second; a time in the future counts as now.
   *
   * @default {undefined} unknown
   */
  lastModified?: Date | number;
}
