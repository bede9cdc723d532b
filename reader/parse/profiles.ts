import type { MultipartLimits } from "../../wire/limits.ts";
import type { HeaderRules } from "../../wire/header_block.ts";

/**
 * How strictly a multipart is read: as the Fetch Standard reads forms, as
 * RFC 2046 has it, or as cameras send it.
 *
 * @example Read a form of which only the boundary is known
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
 * Which bytes end a line: CR LF alone, or a bare LF too.
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

/** One column of the table of profiles. */
export interface ProfileRules extends HeaderRules {
  /** What stands before the first delimiter. */
  readonly preamble: "reject" | "skip";
  /** A line that begins as a delimiter does, and goes on. */
  readonly longerLine: "reject" | "data";
  /** Spaces and tabs behind a delimiter, in bytes, before its line is a longer one. */
  readonly padding: number;
  /** An end of the input without a close delimiter. */
  readonly missingClose: "reject" | "accept";
  readonly lineEndings: LineEndings;
  /** A part without header fields. */
  readonly emptyHead: "reject" | "accept";
  /** `required`: exactly one, `form-data`, with a name. */
  readonly disposition: "required" | "optional";
  /** A boundary parameter that already holds the two dashes of its lines. */
  readonly dashedBoundary: "reject" | "detect";
  /**
   * A delimiter's line within a head: `end` takes it for the end of a part
   * without a body, and `skip-repeated` does so unless nothing at all stands
   * between two delimiters.
   */
  readonly delimiterInHead: "reject" | "end" | "skip-repeated";
  /** A part's own Content-Length: only a camera's has a meaning. */
  readonly contentLength: "ignore" | "use";
  /** Whether encodings are decoded unless the caller says otherwise. */
  readonly decode: boolean;
  /** Limits that differ from the usual ones. */
  readonly limits: MultipartLimits | undefined;
}

/** The table of profiles. */
export const PROFILES: Readonly<Record<MultipartProfile, ProfileRules>> = {
  // Fetch Standard, "multipart/form-data parsing", and the Web Platform Tests.
  "form-data": {
    preamble: "reject",
    longerLine: "reject",
    padding: 256,
    missingClose: "reject",
    lineEndings: "crlf",
    folding: "reject",
    fieldNameSpace: "trim",
    emptyHead: "reject",
    disposition: "required",
    dashedBoundary: "reject",
    delimiterInHead: "reject",
    contentLength: "ignore",
    decode: false,
    limits: undefined,
  },
  // RFC 2046, section 5.1.
  "mime": {
    preamble: "skip",
    longerLine: "data",
    padding: 16 * 1024,
    missingClose: "reject",
    lineEndings: "crlf",
    folding: "unfold",
    fieldNameSpace: "reject",
    emptyHead: "accept",
    disposition: "optional",
    dashedBoundary: "reject",
    delimiterInHead: "end",
    contentLength: "ignore",
    decode: true,
    limits: undefined,
  },
  // What cameras and their servers send.
  "mixed-replace": {
    preamble: "skip",
    longerLine: "data",
    padding: 16 * 1024,
    missingClose: "accept",
    lineEndings: "any",
    folding: "unfold",
    fieldNameSpace: "trim",
    emptyHead: "accept",
    disposition: "optional",
    dashedBoundary: "detect",
    delimiterInHead: "skip-repeated",
    contentLength: "use",
    decode: true,
    limits: { parts: Infinity, preambleBytes: 16 * 1024 * 1024 },
  },
};

/** The profile that a multipart's subtype asks for. */
export function profileOf(subtype: string): MultipartProfile {
  if (subtype === "form-data") return "form-data";
  return subtype === "x-mixed-replace" ? "mixed-replace" : "mime";
}

/**
 * A profile's rules, with what the caller wants otherwise.
 *
 * @throws {TypeError} If the profile or the line endings are unknown.
 */
export function rulesOf(
  profile: MultipartProfile,
  lineEndings: LineEndings | undefined,
  dashedBoundary: boolean | undefined,
  isNested = false,
): ProfileRules {
  if (!Object.hasOwn(PROFILES, profile)) throw unknown("profile", profile);
  if (![undefined, "crlf", "any"].includes(lineEndings)) {
    throw unknown("lineEndings", lineEndings);
  }
  const rules = PROFILES[profile];
  if (
    lineEndings === undefined && dashedBoundary === undefined && !isNested
  ) return rules;
  const detects = dashedBoundary ?? rules.dashedBoundary === "detect";
  return {
    ...rules,
    lineEndings: lineEndings ?? rules.lineEndings,
    dashedBoundary: detects ? "detect" : "reject",
    missingClose: isNested && profile === "mime"
      ? "accept"
      : rules.missingClose,
  };
}

function unknown(option: string, value: unknown): TypeError {
  return new TypeError(
    `Cannot use ${option} "${value}": there is none of that name`,
  );
}
