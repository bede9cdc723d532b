/**
 * What callers of the parser can choose; every default is stated here, and
 * those of limits in `wire/limits.ts`.
 *
 * @module
 */
import type { MultipartLimits } from "../../wire/limits.ts";
import type { LineEndings, MultipartProfile } from "./profiles.ts";

/**
 * How a multipart is parsed, whoever brings its bytes.
 *
 * @example Take bare LF for the end of a line
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
   * Which rules hold: those of forms, of mail, or of cameras.
   *
   * @default {"form-data"} for multipart/form-data; `"mixed-replace"` for
   * multipart/x-mixed-replace; `"mime"` for all else, and where no media type
   * is known
   */
  profile?: MultipartProfile;
  /** Bounds on what the peer may send; each has a default of its own. */
  limits?: MultipartLimits;
  /**
   * Which bytes end a line: `"any"` takes a bare LF too.
   *
   * @default {"crlf"} `"any"` in the `mixed-replace` profile
   */
  lineEndings?: LineEndings;
  /**
   * Whether to detect a boundary parameter that already holds the two dashes
   * of its delimiter lines, here and in nested multiparts.
   *
   * @default {false} `true` in the `mixed-replace` profile
   */
  dashedBoundary?: boolean;
  /**
   * Whether `%22`, `%0D` and `%0A` in names and filenames are decoded. Browsers
   * write them so, but the Fetch Standard does not read them back.
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
