import {
  bytesOf,
  hasMethod,
  isAsyncIterable,
  isBlob,
  isReadableStream,
} from "../wire/type_guards.ts";
import type { MultipartSource } from "./body/byte_source.ts";

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
 * for await (const part of MultipartReader.from(message)) {
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
 * @throws {TypeError} If it is no message.
 */
export function contentTypeOf(
  { headers }: MultipartMessage,
): string | undefined {
  if (typeof headers !== "object" || headers === null) {
    throw new TypeError("Cannot read the message: it has no headers");
  }
  if (isHeaders(headers)) {
    return headers.get("content-type") ?? undefined;
  }
  for (const [name, value] of Object.entries(headers)) {
    if (name.toLowerCase() === "content-type" && value !== undefined) {
      return String(value);
    }
  }
  return undefined;
}

/**
 * A message's body.
 *
 * @throws {TypeError} If it has none, or it has been used.
 */
export function bodyOf(message: MultipartMessage): MultipartSource {
  const { body, bodyUsed } = message;
  if (bodyUsed === true) throw used();
  if (isReadableStream(body) || isAsyncIterable(body)) return body;
  if (isBlob(body)) return body;
  const bytes = bytesOf(body);
  if (bytes) return bytes;
  if (isNodeReadable(message)) {
    if (message.readableDidRead) throw used();
    return leftAlive(message);
  }
  if (isAsyncIterable(message)) return message;
  throw new TypeError("Cannot read the body: there is none");
}

function used(): TypeError {
  return new TypeError("Cannot read the body: it has already been used");
}

/** What Node's streams have besides iteration. */
interface NodeReadable {
  readonly readableDidRead: boolean;
  iterator(options: { destroyOnReturn: boolean }): AsyncIterator<Uint8Array>;
  resume(): void;
}

/**
 * Iterates Node's `IncomingMessage` without destroying it.
 *
 * Node destroys the connection when an iteration ends early, and with it the
 * answer that is to tell the client why. So the message is left alive, and
 * what is left of it flows to nowhere, as Node lets a body flow that nobody
 * reads.
 */
function leftAlive(message: NodeReadable): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = message.iterator({ destroyOnReturn: false });
      return {
        next: () => iterator.next(),
        return: async () => {
          await iterator.return?.();
          message.resume();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/** By its method, since it may be of another realm, or a polyfill's. */
function isHeaders(value: object): value is Headers {
  return hasMethod(value, "get");
}

function isNodeReadable(value: object): value is NodeReadable {
  return hasMethod(value, "iterator") && hasMethod(value, "resume");
}
