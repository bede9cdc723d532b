/**
 * A part of a multipart that is being read, as a `PartReader` is. It is
 * forwarded as it is: its header fields, and its bytes with no encoding undone.
 *
 * @example Pass on what was read, file by file
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
  /** The fields that are forwarded. */
  readonly headers: Headers;
  /** Tells a part from other things that have headers. */
  readonly transferEncoding: string | undefined;
  /** Whether something of the body has been read: then it cannot be forwarded. */
  readonly bodyUsed: boolean;
  /** The body; with `decode: false`, as it came. */
  stream(options: { decode: false }): ReadableStream<Uint8Array>;
  /** The body's chunks. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array>;
}

/**
 * What a part's body can be made of; a `MultipartWriter` is one of the iterables.
 *
 * @example Write what is at hand
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
 * What a part's body can be: {@linkcode MultipartContent}, or a function that
 * gives it, so that a stream can be made again.
 *
 * @example Give a stream that can be made again
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
