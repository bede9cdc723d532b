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
