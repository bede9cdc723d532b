import { encodeUtf8 } from "../wire/bytes.ts";

/** The longest name that file systems allow, in bytes of UTF-8. */
const MAX_BYTES = 255;

/** The longest extension, including its dot. */
const MAX_EXTENSION = 16;

/** The result if nothing is left of the name. */
const FALLBACK = "file";

/**
 * Invisible characters that could disguise a name: Unicode's format characters,
 * and line separators. The non-joiner and the joiner (U+200C, U+200D) stay:
 * Persian and Indic names and emoji need them.
 */
const HIDDEN =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u001f\u007f-\u009f]|(?![\u200c\u200d])\p{Cf}|\p{Zl}|\p{Zp}/gu;

/** Names that Windows reserves for devices, with any extension. */
const DEVICE =
  /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])$/i;

/**
 * Makes a peer's filename safe on Linux, macOS and Windows: without
 * directories, drives, control characters, reserved characters or names,
 * leading dots, or trailing dots and spaces; in normalization form C, without
 * invisible characters except the joiners U+200C and U+200D, at most 255 bytes
 * long, and never empty.
 *
 * Two names can give the same result, so store files under unique names of your
 * own.
 *
 * @param name A part's `filename`.
 * @returns The last segment of `name`, which may be a path, made safe.
 * @throws {TypeError} If `name` is not a string, as for a part without a
 * filename.
 *
 * @example Keep a name, but not its path
 * ```ts
 * import { sanitizeFilename } from "@tributary/multipart";
 *
 * const name = sanitizeFilename("../../etc/passwd");
 * if (name !== "passwd") throw new Error(name);
 * ```
 */
export function sanitizeFilename(name: string): string {
  if (typeof name !== "string") {
    throw new TypeError("Cannot sanitize the name: it is not text");
  }
  let safe = name;
  // One rule may produce what another forbids, so they are applied until
  // nothing changes; only the first pass has much to do.
  for (;;) {
    const before = safe;
    safe = shorten(trim(clean(lastSegment(safe))), MAX_BYTES);
    if (DEVICE.test(stemOf(safe))) safe = `_${safe}`;
    if (safe === before) return safe === "" ? FALLBACK : safe;
  }
}

/** The last segment that is not empty; Windows accepts both slashes. */
function lastSegment(path: string): string {
  return path.split(/[/\\]/).findLast((segment) => trim(segment) !== "") ?? "";
}

function clean(segment: string): string {
  // Far more than the result may have, but bounded: normalizing takes more than
  // linear time.
  return shorten(segment, 4 * MAX_BYTES)
    .toWellFormed()
    // A colon ends a drive, or begins a file's stream.
    .replace(/^[a-z]:/i, "")
    .replace(HIDDEN, "")
    .normalize("NFC")
    .replace(/[/\\<>:"|?*]/g, "_");
}

/**
 * Removes dots, spaces and joiners at both ends, where a joiner joins nothing.
 */
function trim(segment: string): string {
  let start = 0;
  let end = segment.length;
  while (start < end && isTrimmed(segment[start])) start++;
  while (end > start && isTrimmed(segment[end - 1])) end--;
  return segment.slice(start, end);
}

function isTrimmed(character: string): boolean {
  return ".\u200c\u200d".includes(character) || character.trim() === "";
}

/** The part of a name by which Windows recognizes a device. */
function stemOf(name: string): string {
  return name.split(".", 1)[0].trimEnd();
}

/** Shortens the stem, not the extension, and splits no character. */
function shorten(name: string, maxBytes: number): string {
  // A character has at most 3 bytes per code unit.
  if (3 * name.length <= maxBytes || encodeUtf8(name).length <= maxBytes) {
    return name;
  }
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 && name.length - dot <= MAX_EXTENSION
    ? name.slice(dot)
    : "";
  const stem = name.slice(0, name.length - extension.length);
  const room = maxBytes - encodeUtf8(extension).length;
  let kept = "";
  let length = 0;
  for (const character of stem) {
    length += encodeUtf8(character).length;
    if (length > room) break;
    kept += character;
  }
  return trim(kept) + extension;
}
