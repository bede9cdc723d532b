/**
 * A part of a multipart that is being read, such as a `PartReader`. It is
 * forwarded as is: its header fields, and its bytes without decoding.
 *
 * @example Forward a form file by file
 * ```ts
 * import {
 *   type ForwardedPart,
 *   MultipartReader,
 *   MultipartWriter,
 * } from "@tributary/multipart";
 *
 * const form = new FormData();
 * form.append("map", new File(["<svg/>"], "map.svg", { type: "image/svg+xml" }));
 * for await (const part of MultipartReader.from(new Response(form))) {
 *   const forwarded: ForwardedPart = part;
 *   const writer = new MultipartWriter("form-data");
 *   writer.append(forwarded);
 *   const sent = (await writer.toResponse().formData()).get("map");
 *   if (!(sent instanceof File) || sent.name !== "map.svg") throw new Error();
 * }
 * ```
 */
export interface ForwardedPart {
  /** The fields to forward. */
  readonly headers: Headers;
  /** Distinguishes a part from other objects with headers. */
  readonly transferEncoding: string | undefined;
  /** Whether any of the body has been read: then it cannot be forwarded. */
  readonly bodyUsed: boolean;
  /** The body; with `decode: false`, as received. */
  stream(options: { decode: false }): ReadableStream<Uint8Array>;
  /** The body's chunks. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array>;
}

/**
 * What a part's body can be made from; a `MultipartWriter` is one of the
 * iterables.
 *
 * @example Write content of several types
 * ```ts
 * import { type MultipartContent, MultipartWriter } from "@tributary/multipart";
 *
 * const contents: MultipartContent[] = [
 *   "text",
 *   new Uint8Array(4),
 *   new Blob(["text"]),
 *   new URLSearchParams({ a: "12" }),
 * ];
 * const writer = new MultipartWriter("mixed");
 * const sizes = contents.map((content) => writer.append(content).size);
 * if (sizes.join() !== "4,4,4,4") throw new Error(sizes.join());
 * ```
 */
export type MultipartContent =
  | string
  | ArrayBuffer
  | ArrayBufferView
  | Blob
  | URLSearchParams
  | FormData
  | Response
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>
  | ForwardedPart;

/**
 * A part's body: {@linkcode MultipartContent}, or a function that returns it,
 * so that a stream can be opened again.
 *
 * @example Pass a stream that can be opened again
 * ```ts
 * import { type MultipartBody, MultipartWriter } from "@tributary/multipart";
 *
 * const body: MultipartBody = () => new Blob(["hello"]).stream();
 * const writer = new MultipartWriter("mixed");
 * writer.append(body);
 * const first = await writer.bytes();
 * const second = await writer.bytes();
 * if (first.join() !== second.join()) throw new Error("expected the same");
 * ```
 */
export type MultipartBody =
  | MultipartContent
  | (() => MultipartContent | Promise<MultipartContent>);
