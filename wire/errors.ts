import { decodeStrictly } from "./bytes.ts";
import type { SchemaIssue } from "./standard_schema.ts";

/**
 * What went wrong, for code to branch on.
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
 * The HTTP status (RFC 9110, RFC 6585) with which to answer a {@linkcode
 * MultipartError}.
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
 * Where a {@linkcode MultipartError} occurred, and what caused it.
 *
 * @example Reject a part by your own rule
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
  /** Bytes from the start of the multipart body to the error. */
  offset?: number;
  /** The index of the part that was being read, from 0. */
  partIndex?: number;
  /** The name of that part; if a part is missing, its expected name. */
  partName?: string;
  /** The name of the limit that was exceeded, such as `partBytes`. */
  limit?: string;
  /** What a schema says is wrong with a value. */
  issues?: readonly SchemaIssue[];
  /** The underlying error, if there is one. */
  cause?: unknown;
}

const MAX_MESSAGE_LENGTH = 256;

/**
 * The error for input from the peer that is malformed or exceeds a limit.
 * Misuse by the caller is a `TypeError` or a `RangeError` instead.
 *
 * `status` is what a server should answer: 413 if a limit on size or number is
 * exceeded, 431 for header fields (RFC 6585, section 5), 415 for an unsupported
 * media type, coding or charset, 422 for a value that a schema rejects, 400 for
 * everything else.
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
  /**
   * Bytes from the start of the multipart body to the error, if it has one
   * place.
   */
  readonly offset: number | undefined;
  /** The index of the part concerned, from 0, if there is one. */
  readonly partIndex: number | undefined;
  /** The name of the part concerned, if known. */
  readonly partName: string | undefined;
  /** The name of the limit that was exceeded, if any. */
  readonly limit: string | undefined;
  /** What a schema says is wrong, if `code` is `invalid-value`. */
  readonly issues: readonly SchemaIssue[] | undefined;

  /**
   * Creates an error.
   *
   * @param code What went wrong.
   * @param message For people. Control characters are escaped, and it is cut at
   * 256 characters, since parts of it may come from the peer.
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

/** The most characters of the peer's text that a message quotes. */
const MAX_EXCERPT_LENGTH = 60;

/**
 * A quoted, shortened excerpt of the peer's text for a message. A byte string
 * that is UTF-8 is shown decoded.
 */
export function excerpt(text: string): string {
  return shortened(decodedByteString(text) ?? text);
}

/** The same for a caller's text, escaped as in JSON. */
export function printable(text: string): string {
  return shortened(JSON.stringify(text).slice(1, -1));
}

function shortened(text: string): string {
  if (text.length <= MAX_EXCERPT_LENGTH) return `"${text}"`;
  // Half of a surrogate pair must not stay at the end.
  const start = text.slice(0, MAX_EXCERPT_LENGTH)
    .replace(/[\ud800-\udbff]$/, "");
  return `"${start}..."`;
}

/** `undefined` if the start of `text` is not a byte string, or not UTF-8. */
function decodedByteString(text: string): string | undefined {
  // A character has at most four bytes; one byte more tells that there is more
  // text.
  const start = text.slice(0, 4 * MAX_EXCERPT_LENGTH + 1);
  if (!/[\u0080-\u00ff]/.test(start) || /[^\0-\u00ff]/.test(start)) {
    return undefined;
  }
  return decodeStrictly(start, "utf-8", start.length < text.length);
}

/**
 * Checks that a caller's value is a string.
 *
 * @throws {TypeError} Otherwise; `what` names the value, such as "the
 * filename".
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
  // Escaping lengthens the text, so cut what cannot fit before that.
  const escaped = message.slice(0, MAX_MESSAGE_LENGTH + 1).replace(
    // deno-lint-ignore no-control-regex
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (character) =>
      `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  if (escaped.length <= MAX_MESSAGE_LENGTH) return escaped;
  return `${escaped.slice(0, MAX_MESSAGE_LENGTH - 3)}...`;
}
