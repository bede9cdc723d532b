/**
 * Parses and formats the lines of a part's head (RFC 5322, section 2.2; RFC
 * 2046, section 5.1).
 *
 * @module
 */
import { assertText, excerpt, MultipartError, printable } from "./errors.ts";
import { isToken, trimSpace } from "./parameters.ts";

/**
 * A field name in lower case, and a value without space around it: byte
 * strings.
 */
export type HeaderField = readonly [name: string, value: string];

/** How a profile reads lines on which the standards differ. */
export interface HeaderRules {
  /**
   * Whether a line that starts with a space or tab continues the previous line.
   */
  readonly unfolds: boolean;
  /** Whether space or tab is allowed around a field name. */
  readonly trimsNames: boolean;
}

/** Where a head, or a line of it, is in the whole input. */
export interface HeaderPlace {
  /** Bytes of the input before it. */
  readonly offset: number;
  /** The index of its part. */
  readonly partIndex: number;
}

/** The place `distance` bytes after another. */
export function placeAt(place: HeaderPlace, distance: number): HeaderPlace {
  return { offset: place.offset + distance, partIndex: place.partIndex };
}

/**
 * Adds a line of a head to the fields of the previous lines. The space around a
 * value stays, because a folded line may follow.
 *
 * @param line Without its line ending. The caller has rejected NUL and bare CR,
 * and bare LF unless it is accepted as a line ending.
 * @param limit The most fields allowed.
 * @param place Where the line begins, for errors.
 * @throws {MultipartError} `invalid-header`, or `header-too-large` over `limit`.
 */
export function addHeaderLine(
  fields: [name: string, value: string][],
  line: string,
  rules: HeaderRules,
  limit: number,
  place: HeaderPlace,
): void {
  // Nothing comes before the first line, so a space at its start is not a fold.
  const last = /^[ \t]/.test(line) ? fields.at(-1) : undefined;
  if (last && rules.unfolds) {
    last[1] += line;
    return;
  }
  if (fields.length === limit) {
    throw new MultipartError(
      "header-too-large",
      `Cannot read header fields: there are more than ${limit}`,
      { ...place, limit: "headers" },
    );
  }
  const colon = line.indexOf(":");
  const name = rules.trimsNames
    ? trimSpace(line, 0, colon)
    : line.slice(0, colon);
  if (last || colon < 0 || !isToken(name)) {
    const state = last
      ? "it is folded"
      : colon < 0
      ? "it has no colon"
      : "its name is not a token";
    throw new MultipartError(
      "invalid-header",
      `Cannot read header line ${excerpt(line)}: ${state}`,
      place,
    );
  }
  fields.push([name.toLowerCase(), line.slice(colon + 1)]);
}

/**
 * A field as a line with its CRLF, a byte string, and its name as usually
 * spelt: `Content-Type`.
 */
export function formatHeaderLine([name, value]: HeaderField): string {
  return `${spellFieldName(name)}: ${value}\r\n`;
}

/** The length of what {@linkcode formatHeaderLine} returns, in bytes. */
export function headerLineLength([name, value]: HeaderField): number {
  return name.length + value.length + 4;
}

/**
 * Checks a caller's field: the name must be a token, and the value a byte
 * string without NUL, CR and LF.
 *
 * @returns The field, with its name in lower case and no space around its
 * value.
 * @throws {TypeError} Otherwise.
 */
export function checkHeaderField(name: string, value: string): HeaderField {
  assertText(name, "the name of a field");
  if (!isToken(name)) {
    throw new TypeError(
      `Cannot write field ${printable(name)}: its name is not a token`,
    );
  }
  assertText(value, name);
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code === 0 || code === 0x0a || code === 0x0d || code > 0xff) {
      throw new TypeError(
        `Cannot write field ${printable(name)}: its value ${
          printable(value)
        } holds ${code > 0xff ? "a character above 255" : "NUL, CR or LF"}`,
      );
    }
  }
  return [name.toLowerCase(), trimSpace(value)];
}

/** A cache; it begins with names that are not spelt with capitalized words. */
const spelledNames = /* @__PURE__ */ new Map([
  ["content-id", "Content-ID"],
  ["content-md5", "Content-MD5"],
  ["mime-version", "MIME-Version"],
]);

function spellFieldName(name: string): string {
  let spelled = spelledNames.get(name);
  if (spelled === undefined) {
    spelled = name.replace(
      /(?:^|-)[a-z]/g,
      (letters) => letters.toUpperCase(),
    );
    // Names may come from a peer whose part is forwarded, so the cache is
    // bounded.
    if (spelledNames.size < 100) spelledNames.set(name, spelled);
  }
  return spelled;
}
