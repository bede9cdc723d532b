import type { MultipartLimits } from "../../wire/limits.ts";
import type { HeaderRules } from "../../wire/header_block.ts";

/**
 * The rules by which a multipart is read: the Fetch Standard's for forms, those
 * of RFC 2046, or those that cameras need.
 *
 * @example Read a form when only its boundary is known
 * ```ts
 * import { type MultipartProfile, MultipartReader } from "@tributary/multipart";
 *
 * const profile: MultipartProfile = "form-data";
 * const bytes = new TextEncoder().encode(
 *   '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--',
 * );
 * const reader = new MultipartReader(bytes, { boundary: "b", profile });
 * if ((await reader.formData()).get("a") !== "1") throw new Error("expected 1");
 * ```
 */
export type MultipartProfile = "form-data" | "mime" | "mixed-replace";

/**
 * Which bytes end a line: only CR LF, or a bare LF too.
 *
 * @example Say which bytes end a line
 * ```ts
 * import { type LineEndings, MultipartError, MultipartReader } from "@tributary/multipart";
 *
 * const bytes = new TextEncoder().encode("--b\n\nhello\n--b--\n");
 * const told: string[] = [];
 * for (const lineEndings of ["any", "crlf"] satisfies LineEndings[]) {
 *   const reader = new MultipartReader(bytes, { boundary: "b", lineEndings });
 *   try {
 *     for await (const part of reader) told.push(await part.text());
 *   } catch (error) {
 *     if (error instanceof MultipartError) told.push(error.code);
 *   }
 * }
 * if (told.join() !== "hello,truncated") throw new Error(told.join());
 * ```
 */
export type LineEndings = "crlf" | "any";

/**
 * What a profile, and the options that adjust it, mean for the parser.
 * Everything else is the same in all profiles, or follows from `isForm`: forms
 * reject what mail allows, namely a preamble, a line that goes on after a
 * boundary, a delimiter in a head, and a head without fields.
 */
export interface ProfileRules extends HeaderRules {
  /** The Fetch Standard, "multipart/form-data parsing", and the Web Platform Tests. */
  readonly isForm: boolean;
  /**
   * What cameras and their servers send: a part's Content-Length has a meaning,
   * and a delimiter right after another is skipped.
   */
  readonly isCamera: boolean;
  /** How many spaces and tabs may follow a boundary on its line. */
  readonly padding: number;
  /** Whether the input may end without a close delimiter. */
  readonly endsUnclosed: boolean;
  /** Whether a bare LF ends a line. */
  readonly takesBareLf: boolean;
  /** Whether the boundary parameter may include the two dashes of its lines. */
  readonly dashedBoundary: boolean;
  /** Default limits that differ from the usual ones. */
  readonly limits: MultipartLimits | undefined;
}

/** The profile for a multipart subtype. */
export function profileOf(subtype: string): MultipartProfile {
  if (subtype === "form-data") return "form-data";
  return subtype === "x-mixed-replace" ? "mixed-replace" : "mime";
}

/**
 * A profile's rules, adjusted by the caller's options.
 *
 * @throws {TypeError} If the profile or the line endings are unknown.
 */
export function rulesOf(
  profile: MultipartProfile,
  lineEndings: LineEndings | undefined,
  dashedBoundary: boolean | undefined,
  isNested = false,
): ProfileRules {
  const isForm = profile === "form-data";
  const isCamera = profile === "mixed-replace";
  const isMime = profile === "mime";
  if (!isForm && !isCamera && !isMime) throw unknown("profile", profile);
  if (![undefined, "crlf", "any"].includes(lineEndings)) {
    throw unknown("lineEndings", lineEndings);
  }
  return {
    isForm,
    isCamera,
    padding: isForm ? 256 : 16 * 1024,
    // A nested multipart may end with the part around it (RFC 2046, section
    // 5.1.2).
    endsUnclosed: isCamera || (isMime && isNested),
    takesBareLf: lineEndings === undefined ? isCamera : lineEndings === "any",
    dashedBoundary: dashedBoundary ?? isCamera,
    unfolds: !isForm,
    trimsNames: !isMime,
    limits: isCamera
      ? { parts: Infinity, preambleBytes: 16 * 1024 * 1024 }
      : undefined,
  };
}

function unknown(option: string, value: unknown): TypeError {
  return new TypeError(
    `Cannot use ${option} "${value}": it is not a known value`,
  );
}
