/**
 * Formats a multipart's delimiters and heads, and computes their lengths.
 *
 * All text here is a byte string, one character per byte, so a length is known
 * before anything is encoded.
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

/** The CRLF after each body, which belongs to the next delimiter. */
export const LINE_BREAK = "\r\n";

/**
 * RFC 2046, section 5.1.1: 1 to 70 of these characters, not ending in a space.
 */
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/;

/**
 * Checks a boundary to write. Unlike the reader, this enforces RFC 2046 to the
 * letter.
 *
 * @throws {TypeError} If RFC 2046 does not allow it.
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

/** A part's fields, and the empty line. */
export function formatFields(fields: readonly HeaderField[]): string {
  let text = "";
  for (const field of fields) text += formatHeaderLine(field);
  return `${text}\r\n`;
}

/** The length of what {@linkcode formatFields} returns, in bytes. */
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

/** The close delimiter, with a line break after it as in the HTML Standard. */
export function formatClose(boundary: string): string {
  return `--${boundary}--\r\n`;
}

/** A part's share of the length of its multipart. */
export interface PartLength {
  /** Bytes of the head. */
  readonly headLength: number;
  /** Bytes of the body; `undefined` if not known. */
  readonly size: number | undefined;
}

/**
 * The bytes of a whole multipart; `undefined` if a part's size is not known.
 *
 * @param start The bytes before the first delimiter.
 */
export function multipartLength(
  boundary: string,
  parts: readonly PartLength[],
  start = "",
): number | undefined {
  const framing = formatDelimiter(boundary).length + LINE_BREAK.length;
  let total = start.length + formatClose(boundary).length;
  for (const { headLength, size } of parts) {
    if (size === undefined) return undefined;
    total += framing + headLength + size;
  }
  return total;
}

/** A multipart's Content-Type; the boundary is quoted if it is not a token. */
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
