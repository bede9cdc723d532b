import { encodeUtf8 } from "../wire/bytes.ts";

/** What a file system takes, in bytes of UTF-8. */
const MAX_BYTES = 255;

/** What stands for a name of which nothing is left. */
const FALLBACK = "file";

/** Names that Windows takes for devices, with any extension. */
const DEVICE =
  /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])$/i;

/**
 * Makes a file name of what a peer sent as one, safe on Linux, macOS and
 * Windows: without directories, drives, control characters, characters or names
 * that a system reserves, leading dots, or trailing dots and spaces; in
 * normalization form C, at most 255 bytes long, and never empty.
 *
 * Two names may become one, so give what you store a name of your own as well.
 *
 * @param name A part's `filename`.
 * @returns The last segment of the path that `name` may be, made safe.
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
  // A normal form may bring out a separator, so it comes first; Windows takes
  // both slashes, and a colon ends a drive or begins a stream.
  const segment = name.toWellFormed().normalize("NFC").split(/[/\\]/)
    .findLast((part) => trim(clean(part)) !== "") ?? "";
  const safe = shorten(trim(clean(segment)));
  return safe === "" ? FALLBACK : safe;
}

function clean(segment: string): string {
  return segment
    .replace(/^[a-z]:/i, "")
    // deno-lint-ignore no-control-regex
    .replace(/[\u0000-\u001f\u007f-\u009f]|\p{Cf}|\p{Zl}|\p{Zp}/gu, "")
    .replace(/[<>:"|?*]/g, "_");
}

function trim(segment: string): string {
  const trimmed = segment.replace(/^[\s.]+/u, "").replace(/[\s.]+$/u, "");
  const [stem = ""] = trimmed.split(".");
  return DEVICE.test(stem.trimEnd()) ? `_${trimmed}` : trimmed;
}

/** Cuts the stem, not the extension, and no character in two. */
function shorten(name: string): string {
  if (encodeUtf8(name).length <= MAX_BYTES) return name;
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 && encodeUtf8(name.slice(dot)).length <= 32
    ? name.slice(dot)
    : "";
  const stem = name.slice(0, name.length - extension.length);
  const room = MAX_BYTES - encodeUtf8(extension).length;
  let kept = "";
  let length = 0;
  for (const character of stem) {
    length += encodeUtf8(character).length;
    if (length > room) break;
    kept += character;
  }
  return kept.replace(/[\s.]+$/u, "") + extension;
}
