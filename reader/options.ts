/**
 * What callers can choose; every default is stated here, and those of limits in
 * `wire/limits.ts`.
 *
 * @module
 */
import type { MultipartLimits } from "../wire/limits.ts";
import type { LineEndings, MultipartProfile } from "./profiles.ts";

/** How a multipart is parsed, whoever brings its bytes. */
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

/** How a {@linkcode MultipartParser} reads. */
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

/** How a {@linkcode MultipartReader} reads. */
export interface MultipartReaderOptions extends MultipartParseOptions {
  /**
   * Cancels the source when it is aborted; what is pending, and every later
   * call, rejects with the signal's reason.
   */
  signal?: AbortSignal;
  /**
   * Whether a part's Content-Transfer-Encoding (`base64`, `quoted-printable`)
   * and Content-Encoding (`gzip`, `deflate`, and `br` and `zstd` where this
   * runtime has them) are undone as it is read.
   *
   * @default {true} `false` in the `form-data` profile: the Fetch Standard
   * ignores them
   */
  decode?: boolean;
  /**
   * Whether the charset of a form's text is what the part says, or else what a
   * field named `_charset_` before it said (HTML Standard, "form submission").
   *
   * @default {false} a form's text is UTF-8
   */
  formCharset?: boolean;
}

/** What stands in for a message's header: one of the two is needed. */
export interface MultipartReaderInit extends MultipartReaderOptions {
  /** The boundary, without the two dashes that begin a delimiter line. */
  boundary?: string;
  /** A Content-Type with a boundary. */
  contentType?: string;
}

/** How to iterate: as a `ReadableStream`'s `values()` does. */
export interface MultipartIteratorOptions {
  /**
   * Whether leaving the loop leaves the source open.
   *
   * @default {false}
   */
  preventCancel?: boolean;
}

/** How the body of a {@linkcode PartReader} is read. */
export interface PartDecodeOptions {
  /**
   * Whether the part's Content-Transfer-Encoding and Content-Encoding are
   * undone. One part is read in one way from its first byte to its last.
   *
   * @default {MultipartReaderOptions.decode}
   */
  decode?: boolean;
}

/** How a whole-body helper of a {@linkcode PartReader} reads. */
export interface PartReadOptions extends PartDecodeOptions {
  /**
   * Bytes that may be held, as they come out of the decoders. Over it:
   * `part-too-large`, 413.
   *
   * @default {MultipartLimits.bufferedBytes}
   */
  maxBytes?: number;
}
