import type { ChunkSource } from "../wire/chunk_source.ts";
import { MultipartError } from "../wire/errors.ts";
import {
  bytesOf,
  hasMethod,
  isAsyncIterable,
  isBlob,
  isReadableStream,
} from "../wire/type_guards.ts";
import { openSource } from "./body/multipart_source.ts";
import { isNodeReadable, NodeSource } from "./body/node_source.ts";
import { isReadWhole, WholeSource } from "./body/whole_source.ts";

/**
 * What a {@linkcode MultipartReader} can be made from: header fields and a body.
 *
 * @example Read what came by other ways than Fetch
 * ```ts
 * import { type MultipartMessage, MultipartReader } from "@tributary/multipart";
 *
 * const message: MultipartMessage = {
 *   headers: { "Content-Type": "multipart/mixed; boundary=b" },
 *   body: new Blob(["--b\r\n\r\nhello\r\n--b--"]).stream(),
 * };
 * const reader = MultipartReader.from(message, { accept: "mixed" });
 * for await (const part of reader) {
 *   if (await part.text() !== "hello") throw new Error("expected hello");
 * }
 * ```
 */
export interface MultipartMessage {
  /**
   * A `Headers`, whosever, or a plain record with names in any case. A field
   * that is named `get` is none, since that is what tells them apart.
   */
  readonly headers:
    | Pick<Headers, "get">
    | Readonly<Record<string, string | readonly string[] | undefined>>;
  /**
   * The body: a stream or an async iterable, a Blob, or the bytes. Where there
   * is none of these, the message itself is iterated, as Node's
   * `IncomingMessage` can be.
   */
  readonly body?: unknown;
  /** Whether somebody has read the body. */
  readonly bodyUsed?: boolean;
}

/**
 * A message's Content-Type; `undefined` if it has none.
 *
 * @throws {TypeError} If it is not a message.
 */
export function contentTypeOf(
  message: MultipartMessage,
): string | undefined {
  const { headers } = message;
  if (typeof headers !== "object" || headers === null) throw noHeaders(message);
  if (hasGet(headers)) {
    return headers.get("content-type") ?? undefined;
  }
  // As Node writes names.
  const own = headers["content-type"];
  if (typeof own === "string") return own;
  for (const [name, value] of Object.entries(headers)) {
    if (name.toLowerCase() === "content-type" && value !== undefined) {
      return String(value);
    }
  }
  return undefined;
}

function noHeaders(message: object): TypeError {
  // Hono's context has a request of its own kind, and that the platform's.
  const hint = "raw" in message && hasMethod(message.raw, "arrayBuffer")
    ? ". Pass its `raw`, the Request itself"
    : "";
  return new TypeError(`Cannot read the message: it has no headers${hint}`);
}

/** Whether a message answers a request of ours: a `Response`, or a client's of Node. */
export function isResponse(message: MultipartMessage): boolean {
  return ("status" in message && typeof message.status === "number") ||
    ("statusCode" in message && typeof message.statusCode === "number");
}

/**
 * Opens a message's body.
 *
 * @throws {MultipartError} `truncated`, if the peer sent none.
 * @throws {TypeError} If the message lacks a body, or the body is used or locked.
 */
export function openMessage(
  message: MultipartMessage,
): ChunkSource<Uint8Array> {
  const { body, bodyUsed } = message;
  if (bodyUsed === true) throw used();
  if (isReadableStream(body)) {
    return !isResponse(message) && isReadWhole(message, body)
      ? new WholeSource(message.arrayBuffer())
      : openSource(body);
  }
  if (isAsyncIterable(body) || isBlob(body)) return openSource(body);
  const bytes = bytesOf(body);
  if (bytes) return openSource(bytes);
  if (isNodeReadable(message)) {
    if (message.readableDidRead) throw used();
    return new NodeSource(message, isResponse(message));
  }
  if (isAsyncIterable(message)) return openSource(message);
  if (body === null) {
    throw new MultipartError("truncated", "Cannot read the body: it is empty");
  }
  throw new TypeError(
    typeof body === "string"
      ? "Cannot read the body: it is text, which may have lost bytes. " +
        "Pass bytes: of base64, `Uint8Array.fromBase64(body)`"
      : "Cannot read the body: there is none",
  );
}

function used(): TypeError {
  return new TypeError("Cannot read the body: it has already been used");
}

/** Whether it is a `Headers`, which may be of another realm, or a polyfill's. */
function hasGet(value: object): value is Pick<Headers, "get"> {
  return hasMethod(value, "get");
}
