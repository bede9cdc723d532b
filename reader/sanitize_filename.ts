import { encodeUtf8 } from "../wire/bytes.ts";

/** What a file system takes, in bytes of UTF-8. */
const MAX_BYTES = 255;

/** An extension longer than this, its dot included, is none. */
const MAX_EXTENSION = 16;

/** What stands for a name of which nothing is left. */
const FALLBACK = "file";

/**
 * Characters that do not show, and could hide what a name is: all that Unicode
 * calls format characters, and separators of lines. The non-joiner and the joiner
 * (U+200C, U+200D) stay: Persian, Indic names and emoji are spelled with them.
 */
const HIDDEN =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u001f\u007f-\u009f]|(?![\u200c\u200d])\p{Cf}|\p{Zl}|\p{Zp}/gu;

/** Names that Windows takes for devices, with any extension. */
const DEVICE =
  /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])$/i;

/**
 * Makes a file name of what a peer sent as one, safe on Linux, macOS and
 * Windows: without directories, drives, control characters, characters or names
 * that a system reserves, leading dots, or trailing dots and spaces; in
 * normalization form C, without invisible characters but the joiners U+200C and
 * U+200D, at most 255 bytes long, and never empty.
 *
 * Two names may become one, so give what you store a name of your own as well.
 *
 * @param name A part's `filename`.
 * @returns The last segment of the path that `name` may be, made safe.
 * @throws {TypeError} If `name` is not text: a part without a filename has none.
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
  // What one rule takes away may bring out what another forbids, so they are
  // applied until nothing changes; each pass but the first has little to do.
  for (;;) {
    const before = safe;
    safe = shorten(trim(clean(lastSegment(safe))), MAX_BYTES);
    if (DEVICE.test(stemOf(safe))) safe = `_${safe}`;
    if (safe === before) return safe === "" ? FALLBACK : safe;
  }
}

/** The last segment that leaves a name; Windows takes both slashes. */
function lastSegment(path: string): string {
  return path.split(/[/\\]/).findLast((segment) => trim(segment) !== "") ?? "";
}

function clean(segment: string): string {
  // Far more than a name may have in the end, and far less than a peer may
  // send: normalizing takes more than linear time.
  return shorten(segment, 4 * MAX_BYTES)
    .toWellFormed()
    // A colon ends a drive, or begins a stream of a file.
    .replace(/^[a-z]:/i, "")
    .replace(HIDDEN, "")
    .normalize("NFC")
    .replace(/[/\\<>:"|?*]/g, "_");
}

/** Without dots, spaces and joiners at either end: there a joiner joins nothing. */
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

/** What Windows looks at when it takes a name for a device's. */
function stemOf(name: string): string {
  return name.split(".", 1)[0].trimEnd();
}

/** Cuts the stem, not the extension, and no character in two. */
function shorten(name: string, maxBytes: number): string {
  // A character has at most 3 bytes for each of its code units.
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
