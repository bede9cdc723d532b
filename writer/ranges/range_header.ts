/**
 * Parses the Range field (RFC 9110, section 14).
 *
 * @module
 */
import { trimSpace } from "../../wire/parameters.ts";

/** A range of bytes; as in `slice`, `end` is exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The most ranges in one response: no honest client requests more. */
const MAX_RANGES = 100;

/** An int-range or a suffix-range, which has no first position. */
const RANGE_SPEC = /^([0-9]*)-([0-9]*)$/;

/**
 * The ranges of a representation that a Range field requests, in its order.
 * Those that overlap or touch are merged in the place of the first.
 *
 * @param field The value of the Range field.
 * @param size Bytes of the representation.
 * @returns An empty array if no range can be satisfied; `undefined` if the
 * field has to be ignored: it is not a valid ranges-specifier for bytes, or
 * requests more than 100 separate ranges.
 */
export function selectRanges(
  field: string,
  size: number,
): ByteRange[] | undefined {
  const equals = field.indexOf("=");
  // Section 14.1: names of range units are case-insensitive.
  if (field.slice(0, equals).toLowerCase() !== "bytes") return undefined;
  const ranges: ByteRange[] = [];
  let hasSpecs = false;
  // A range-spec contains no comma.
  for (const element of field.slice(equals + 1).split(",")) {
    const spec = trimSpace(element);
    // Section 5.6.1.2: a list may have empty elements, but not only empty ones.
    if (spec === "") continue;
    const range = selectRange(spec, size);
    if (range === undefined) return undefined;
    if (range.start < range.end) ranges.push(range);
    hasSpecs = true;
  }
  if (!hasSpecs) return undefined;
  const joined = joinRanges(ranges);
  return joined.length > MAX_RANGES ? undefined : joined;
}

/** The range of one range-spec, empty if unsatisfiable, `undefined` if invalid. */
function selectRange(spec: string, size: number): ByteRange | undefined {
  const [, first = "", last = ""] = RANGE_SPEC.exec(spec) ?? [];
  if (first === "") {
    if (last === "") return undefined;
    return { start: Math.max(size - Number(last), 0), end: size };
  }
  if (last === "") return { start: Number(first), end: size };
  if (isBelow(last, first)) return undefined;
  return { start: Number(first), end: Math.min(Number(last) + 1, size) };
}

/** Compares integers as digits: as numbers, long ones would be rounded. */
function isBelow(digits: string, others: string): boolean {
  const [a, b] = [digits.replace(/^0+/, ""), others.replace(/^0+/, "")];
  return a.length === b.length ? a < b : a.length < b.length;
}

/** Merges ranges that overlap or touch (RFC 9110, section 15.3.7.2). */
function joinRanges(ranges: readonly ByteRange[]): ByteRange[] {
  const sorted = ranges.map((range, place) => ({ ...range, place }))
    .sort((a, b) => a.start - b.start);
  const joined: typeof sorted = [];
  for (const range of sorted) {
    const last = joined.at(-1);
    if (last !== undefined && range.start <= last.end) {
      last.end = Math.max(last.end, range.end);
      last.place = Math.min(last.place, range.place);
    } else {
      joined.push(range);
    }
  }
  return joined.sort((a, b) => a.place - b.place)
    .map(({ start, end }) => ({ start, end }));
}
