/** Parses and formats the Content-Range field (RFC 9110, section 14.4). */

/**
 * The range that a part of a multipart/byteranges contains (RFC 9110, section
 * 14.4).
 *
 * @example Put ranges where they belong
 * ```ts
 * import { byteRanges, type ContentRange, MultipartReader } from "@tributary/multipart";
 *
 * const headers = { range: "bytes=0-1,8-9" };
 * const request = new Request("http://localhost/", { headers });
 * const answer = byteRanges(request, new Blob(["0123456789"]));
 * const found: ContentRange[] = [];
 * for await (const { contentRange } of MultipartReader.from(answer)) {
 *   if (contentRange !== undefined) found.push(contentRange);
 * }
 * const told = found.map(({ start, end, size }) => `${start}-${end}/${size}`);
 * if (told.join() !== "0-1/10,8-9/10") throw new Error(told.join());
 * ```
 */
export interface ContentRange {
  /** The range unit, usually `bytes`. */
  readonly unit: string;
  /** The first byte's position. */
  readonly start: number;
  /** The last byte's position, inclusive. */
  readonly end: number;
  /** Bytes in the whole, or `undefined` if it was sent as `*`. */
  readonly size: number | undefined;
}

/** The unit is a token (RFC 9110, section 14.1): `bytes:` is not. */
const RANGE =
  /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([0-9]{1,15})-([0-9]{1,15})\/(?:([0-9]{1,15})|\*)$/;

/**
 * Parses a field's value; `undefined` if it has no range, or an impossible one.
 */
export function parseContentRange(value: string): ContentRange | undefined {
  const match = RANGE.exec(value);
  if (match === null) return undefined;
  const [, unit = "", first = "", last = "", whole] = match;
  const start = Number(first);
  const end = Number(last);
  const size = whole === undefined ? undefined : Number(whole);
  if (end < start || (size !== undefined && size <= end)) return undefined;
  return { unit: unit.toLowerCase(), start, end, size };
}

/** Formats a field's value. */
export function formatContentRange(
  { unit, start, end, size }: ContentRange,
): string {
  return `${unit} ${start}-${end}/${size ?? "*"}`;
}

/** Formats the value for a 416 response: no range, only the size. */
export function formatUnsatisfiedRange(unit: string, size: number): string {
  return `${unit} */${size}`;
}
