/**
 * A multipart's framing as bytes: delimiters and part heads, and how long they
 * are. It knows no streams, and no bodies but their length.
 *
 * All text here is a byte string, one character a byte, so that a length is
 * known before a byte is made.
 *
 * @module
 */
import { assertText, printable } from "../../wire/errors.ts";
import {
  formatHeaderLine,
  type HeaderField,
  headerLineLength,
} from "../../wire/header_block.ts";
import { formatParameter } from "../../wire/parameters.ts";

/** What stands behind each body: the CRLF that belongs to the next delimiter. */
export const LINE_BREAK = "\r\n";

/** RFC 2046, section 5.1.1: 1 to 70 of these, the last of them no space. */
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/;

/**
 * Checks a boundary that is to be written: unlike in reading, RFC 2046 holds to
 * the letter.
 *
 * @throws {TypeError} If it does not allow this one.
 */
export function checkWrittenBoundary(boundary: string): string {
  assertText(boundary, "the boundary");
  if (BOUNDARY.test(boundary)) return boundary;
  throw new TypeError(
    `Cannot write boundary ${printable(boundary)}: RFC 2046 does not allow it`,
  );
}

/** The line before a part. */
export function formatDelimiter(boundary: string): string {
  return `--${boundary}\r\n`;
}

/** The bytes that {@linkcode formatDelimiter} makes. */
function delimiterLength(boundary: string): number {
  return boundary.length + 4;
}

/** A part's fields, and the empty line. */
export function formatFields(fields: readonly HeaderField[]): string {
  let text = "";
  for (const field of fields) text += formatHeaderLine(field);
  return `${text}\r\n`;
}

/** The bytes that {@linkcode formatFields} makes. */
export function fieldsLength(fields: readonly HeaderField[]): number {
  let length = 2;
  for (const field of fields) length += headerLineLength(field);
  return length;
}

/** The delimiter before a part, its fields, and the empty line. */
export function formatPartHead(
  boundary: string,
  fields: readonly HeaderField[],
): string {
  return formatDelimiter(boundary) + formatFields(fields);
}

/** The close delimiter, with the line break that the HTML Standard has behind it. */
export function formatClose(boundary: string): string {
  return `--${boundary}--\r\n`;
}

/** What a part adds to the length of its multipart. */
export interface PartLength {
  /** Bytes of the head. */
  readonly headLength: number;
  /** Bytes of the body; `undefined` if that is not known. */
  readonly size: number | undefined;
}

/**
 * The bytes of a whole multipart; `undefined` if a part's size is not known.
 *
 * @param start What comes before the first delimiter.
 */
export function multipartLength(
  boundary: string,
  parts: readonly PartLength[],
  start = "",
): number | undefined {
  const framing = delimiterLength(boundary) + LINE_BREAK.length;
  let total = start.length + formatClose(boundary).length;
  for (const { headLength, size } of parts) {
    if (size === undefined) return undefined;
    total += framing + headLength + size;
  }
  return total;
}

/** A multipart's Content-Type; the boundary has quotes where it is not a token. */
export function formatMultipartType(
  subtype: string,
  boundary: string,
  parameters: Readonly<Record<string, string>>,
): string {
  let text = `multipart/${subtype}`;
  for (
    const [name, value] of [
      ["boundary", boundary],
      ...Object.entries(parameters),
    ]
  ) text += `; ${formatParameter(name, value).slice(1)}`;
  return text;
}
