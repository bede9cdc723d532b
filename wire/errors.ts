import { decodeStrictly } from "./bytes.ts";
import type { SchemaIssue } from "./standard_schema.ts";

/**
 * What went wrong, as a word that code can branch on.
 *
 * @example Tell what is too large from what is broken
 * ```ts
 * import { type MultipartErrorCode, MultipartReader } from "@tributary/multipart";
 *
 * const tooLarge: MultipartErrorCode[] = ["part-too-large", "body-too-large"];
 * const body = new TextEncoder().encode("--b\r\n\r\nhello\r\n--b--");
 * const limits = { partBytes: 4 };
 * const reader = new MultipartReader(body, { boundary: "b", limits });
 * const error = await Array.fromAsync(reader, (part) => part.text())
 *   .catch((error) => error);
 * if (!tooLarge.includes(error.code)) throw new Error(error.code);
 * ```
 */
export type MultipartErrorCode =
  | "body-too-large"
  | "header-too-large"
  | "invalid-boundary"
  | "invalid-delimiter"
  | "invalid-disposition"
  | "invalid-encoding"
  | "invalid-header"
  | "invalid-json"
  | "invalid-preamble"
  | "invalid-value"
  | "missing-part"
  | "part-too-large"
  | "preamble-too-large"
  | "too-deep"
  | "too-many-parts"
  | "truncated"
  | "unacceptable-type"
  | "unexpected-part"
  | "unsupported-charset"
  | "unsupported-encoding"
  | "unsupported-media-type";

/**
 * The HTTP status (RFC 9110, RFC 6585) that answers a {@linkcode MultipartError}.
 *
 * @example Answer with it
 * ```ts
 * import { MultipartError, type MultipartErrorStatus } from "@tributary/multipart";
 *
 * const error = new MultipartError("too-many-parts", "Cannot take more files");
 * const status: MultipartErrorStatus = error.status;
 * if (new Response(error.message, { status }).status !== 413) throw new Error();
 * ```
 */
export type MultipartErrorStatus = 400 | 413 | 415 | 422 | 431;

/**
 * Where a {@linkcode MultipartError} arose, and what caused it.
 *
 * @example Refuse a part by a rule of your own
 * ```ts
 * import { MultipartError, MultipartReader } from "@tributary/multipart";
 *
 * const body = new TextEncoder().encode("--b\r\n\r\nhello\r\n--b--");
 * try {
 *   for await (const part of new MultipartReader(body, { boundary: "b" })) {
 *     throw new MultipartError("unsupported-media-type", "Cannot take text", {
 *       partIndex: part.index,
 *     });
 *   }
 * } catch (error) {
 *   if (!(error instanceof MultipartError)) throw error;
 *   if (error.status !== 415 || error.partIndex !== 0) throw new Error();
 * }
 * ```
 */
export interface MultipartErrorOptions {
  /** Bytes from the start of the multipart body to what was wrong. */
  offset?: number;
  /** The index of the part that was being read, from 0. */
  partIndex?: number;
  /** The name of that part; of a part that is missing, the expected name. */
  partName?: string;
  /** The name of the limit that was passed, such as `partBytes`. */
  limit?: string;
  /** What a schema says is wrong with a value. */
  issues?: readonly SchemaIssue[];
  /** The error underneath, where there is one. */
  cause?: unknown;
}

const MAX_MESSAGE_LENGTH = 256;

/**
 * The one error for bytes of the peer's that cannot be read, or that go over a
 * limit. Misuse by the caller is a `TypeError` or a `RangeError` instead.
 *
 * `status` is the answer that a server should give: 413 where a limit on size
 * or number is passed, 431 for header fields (RFC 6585, section 5), 415 for a
 * media type, coding or charset that is not supported, 422 for a value that a
 * schema refuses, 400 for all else.
 *
 * @example Answer with the error's own status
 * ```ts
 * import { MultipartError, MultipartReader } from "@tributary/multipart";
 *
 * async function handle(request: Request): Promise<Response> {
 *   try {
 *     for await (const part of MultipartReader.from(request)) await part.skip();
 *     return new Response("ok");
 *   } catch (error) {
 *     if (!(error instanceof MultipartError)) throw error;
 *     return Response.json({ code: error.code }, { status: error.status });
 *   }
 * }
 *
 * const request = new Request("http://localhost/", { method: "POST", body: "text" });
 * const response = await handle(request);
 * if (response.status !== 415) throw new Error("expected 415");
 * ```
 */
export class MultipartError extends Error {
  /** Always `"MultipartError"`. */
  override readonly name = "MultipartError";
  /** What went wrong. */
  readonly code: MultipartErrorCode;
  /** The HTTP status that fits `code`. */
  readonly status: MultipartErrorStatus;
  /** Bytes from the start of the multipart body, where one place is to blame. */
  readonly offset: number | undefined;
  /** The index of the part concerned, from 0, if it was within one. */
  readonly partIndex: number | undefined;
  /** The name of the part concerned, where it is known. */
  readonly partName: string | undefined;
  /** The name of the limit that was passed, if the error is about one. */
  readonly limit: string | undefined;
  /** What a schema said is wrong, if the error is `invalid-value`. */
  readonly issues: readonly SchemaIssue[] | undefined;

  /**
   * Makes an error.
   *
   * @param code What went wrong.
   * @param message For people: control characters in it are escaped, and it is
   * cut at 256 characters, since parts of it may come from the peer.
   * @param options Where it went wrong, and why.
   */
  constructor(
    code: MultipartErrorCode,
    message: string,
    options: MultipartErrorOptions = {},
  ) {
    super(boundMessage(message), options);
    this.code = code;
    this.status = statusOf(code);
    this.offset = options.offset;
    this.partIndex = options.partIndex;
    this.partName = options.partName;
    this.limit = options.limit;
    this.issues = options.issues;
  }
}

function statusOf(code: MultipartErrorCode): MultipartErrorStatus {
  if (code === "header-too-large") return 431;
  if (/^too-many|too-large$/.test(code)) return 413;
  if (/^unacceptable|^unsupported/.test(code)) return 415;
  return code === "invalid-value" ? 422 : 400;
}

/** Characters of foreign text that a message shows. */
const MAX_EXCERPT_LENGTH = 60;

/**
 * A quoted excerpt of the peer's text for a message, short whatever was sent. A
 * byte string that holds UTF-8 is shown as the text that it stands for.
 */
export function excerpt(text: string): string {
  return shortened(decodedByteString(text) ?? text);
}

/** The same of a caller's text, as JSON has it: control characters are escaped. */
export function printable(text: string): string {
  return shortened(JSON.stringify(text).slice(1, -1));
}

function shortened(text: string): string {
  if (text.length <= MAX_EXCERPT_LENGTH) return `"${text}"`;
  // Half of a surrogate pair would be a character of its own.
  const start = text.slice(0, MAX_EXCERPT_LENGTH)
    .replace(/[\ud800-\udbff]$/, "");
  return `"${start}..."`;
}

/** `undefined` for what is not a byte string, or not UTF-8, at its start. */
function decodedByteString(text: string): string | undefined {
  // A character has at most four bytes; one more tells that something follows.
  const start = text.slice(0, 4 * MAX_EXCERPT_LENGTH + 1);
  if (!/[\u0080-\u00ff]/.test(start) || /[^\0-\u00ff]/.test(start)) {
    return undefined;
  }
  return decodeStrictly(start, "utf-8", start.length < text.length);
}

/**
 * Makes sure that a caller's value is text.
 *
 * @throws {TypeError} Otherwise; `what` is "the filename" or the like.
 */
export function assertText(
  value: unknown,
  what: string,
): asserts value is string {
  if (typeof value === "string") return;
  const kind = value === null ? "null" : typeof value;
  throw new TypeError(`Cannot write ${what}: it is not text but ${kind}`);
}

function boundMessage(message: string): string {
  // Escaping lengthens the text, so what is certain to be cut goes first.
  const escaped = message.slice(0, MAX_MESSAGE_LENGTH + 1).replace(
    // deno-lint-ignore no-control-regex
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (character) =>
      `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  if (escaped.length <= MAX_MESSAGE_LENGTH) return escaped;
  return `${escaped.slice(0, MAX_MESSAGE_LENGTH - 3)}...`;
}
