/**
 * The parser's options. Every default is stated here, and those of the limits
 * in `wire/limits.ts`.
 *
 * @module
 */
import type { MultipartLimits } from "../../wire/limits.ts";
import type { LineEndings, MultipartProfile } from "./profiles.ts";

/**
 * How a multipart is parsed, whatever its source.
 *
 * @example Accept a bare LF as a line ending
 * ```ts
 * import { type MultipartParseOptions, MultipartReader } from "@tributary/multipart";
 *
 * const options: MultipartParseOptions = { lineEndings: "any" };
 * const bytes = new TextEncoder().encode("--b\n\nhello\n--b--\n");
 * const reader = new MultipartReader(bytes, { boundary: "b", ...options });
 * for await (const part of reader) {
 *   if (await part.text() !== "hello") throw new Error("expected hello");
 * }
 * ```
 */
export interface MultipartParseOptions {
  /**
   * Which rules apply: those of forms, of mail, or of cameras.
   *
   * @default {"form-data"} for multipart/form-data; `"mixed-replace"` for
   * multipart/x-mixed-replace; `"mime"` for everything else, and if the media
   * type is not known
   */
  profile?: MultipartProfile;
  /** Bounds on what the peer may send; each has its own default. */
  limits?: MultipartLimits;
  /**
   * Which bytes end a line: `"any"` accepts a bare LF too.
   *
   * @default {"crlf"} `"any"` in the `mixed-replace` profile
   */
  lineEndings?: LineEndings;
  /**
   * Whether to detect a boundary parameter that already includes the two dashes
   * of its delimiter lines, here and in nested multiparts.
   *
   * @default {false} `true` in the `mixed-replace` profile
   */
  dashedBoundary?: boolean;
  /**
   * Whether to decode `%22`, `%0D` and `%0A` in names and filenames. Browsers
   * write these escapes, but the Fetch Standard does not decode them.
   *
   * @default {false}
   */
  percentDecodeNames?: boolean;
}

/**
 * How a {@linkcode MultipartParser} reads.
 *
 * @example Parse a multipart/digest
 * ```ts
 * import { MultipartParser, type MultipartParserOptions } from "@tributary/multipart";
 *
 * const options: MultipartParserOptions = {
 *   boundary: "b",
 *   defaultMediaType: "message/rfc822",
 * };
 * const parser = new MultipartParser(options);
 * parser.push(new TextEncoder().encode("--b\r\n\r\n"));
 * const event = parser.next();
 * if (event.type !== "part") throw new Error(event.type);
 * if (event.head.mediaType !== "message/rfc822") throw new Error();
 * ```
 */
export interface MultipartParserOptions extends MultipartParseOptions {
  /** The boundary, without the two dashes that begin a delimiter line. */
  boundary: string;
  /**
   * The media type of a part that names none.
   *
   * @default {"text/plain"}
   */
  defaultMediaType?: string;
}
