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
 * What {@linkcode MultipartReader.from} reads: header fields and a body.
 *
 * @example Read a message that did not come through Fetch
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
   * A `Headers`, of any implementation, or a plain record with names in any
   * case. A record cannot have a field named `get`: the method of that name
   * identifies a `Headers`.
   */
  readonly headers:
    | Pick<Headers, "get">
    | Readonly<Record<string, string | readonly string[] | undefined>>;
  /**
   * The body: a stream, an async iterable, a Blob, or bytes. Without one, the
   * message itself is iterated, such as Node's `IncomingMessage`.
   */
  readonly body?: unknown;
  /** Whether the body has been read. */
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
  // Node's names are in lower case.
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
  // Hono's context has its own request, which wraps the platform's.
  const hint = "raw" in message && hasMethod(message.raw, "arrayBuffer")
    ? ". Pass its `raw`, the Request itself"
    : "";
  return new TypeError(`Cannot read the message: it has no headers${hint}`);
}

/** Whether a message is a response: a `Response`, or one of Node's client. */
export function isResponse(message: MultipartMessage): boolean {
  return ("status" in message && typeof message.status === "number") ||
    ("statusCode" in message && typeof message.statusCode === "number");
}

/**
 * Opens a message's body.
 *
 * @throws {MultipartError} `truncated`, if the peer sent no body.
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
        "Pass bytes: for base64, `Uint8Array.fromBase64(body)`"
      : "Cannot read the body: there is none",
  );
}

function used(): TypeError {
  return new TypeError("Cannot read the body: it has already been used");
}

/** Whether it is a `Headers`, of any realm or a polyfill. */
function hasGet(value: object): value is Pick<Headers, "get"> {
  return hasMethod(value, "get");
}
