/**
 * Conditional requests (RFC 9110, section 13).
 *
 * @module
 */
import { parseHttpDate } from "./http_date.ts";

/** The validators of a representation (section 8.8). */
export interface Validators {
  /** The entity-tag, with its quotes. */
  readonly etag: string | undefined;
  /** When it was last modified, in milliseconds, a whole number of seconds. */
  readonly lastModified: number | undefined;
}

/** An entity-tag (section 8.8.3), as a byte string. */
const ENTITY_TAG = /^(?:W\/)?"[!#-~\u0080-\u00ff]*"$/;

/** Whether `text` is an entity-tag, strong or weak. */
export function isEntityTag(text: string): boolean {
  return ENTITY_TAG.test(text);
}

/**
 * Evaluates the preconditions except If-Range, in the order of section 13.2.2.
 *
 * @returns The status of the response, if they decide it.
 */
export function evaluatePreconditions(
  method: string,
  headers: Headers,
  { etag, lastModified }: Validators,
): 304 | 412 | undefined {
  const isRead = method === "GET" || method === "HEAD";
  const match = headers.get("if-match");
  const noneMatch = headers.get("if-none-match");
  if (match !== null) {
    if (!listsTag(match, etag, isSameStrongly)) return 412;
  } else if (
    isModifiedSince(headers.get("if-unmodified-since"), lastModified)
  ) {
    return 412;
  }
  if (noneMatch !== null) {
    if (listsTag(noneMatch, etag, isSameWeakly)) return isRead ? 304 : 412;
  } else if (
    isRead &&
    isModifiedSince(headers.get("if-modified-since"), lastModified) === false
  ) {
    return 304;
  }
  return undefined;
}

/**
 * Whether If-Range, if present, matches the representation (section 13.1.5).
 * Otherwise a range of it is of no use.
 */
export function isRangeCurrent(
  headers: Headers,
  { etag, lastModified }: Validators,
): boolean {
  const field = headers.get("if-range");
  if (field === null) return true;
  if (isEntityTag(field)) {
    return etag !== undefined && isSameStrongly(field, etag);
  }
  // The date has to be the same: an earlier one means another state.
  const date = parseHttpDate(field);
  return date !== undefined && date === lastModified && isStrongDate(date);
}

/**
 * Whether a date is a strong validator: at least a second before the Date of
 * the response, in whole seconds (section 8.8.2.2). A file modified in the
 * current second may change again and keep its date.
 */
function isStrongDate(date: number): boolean {
  return date < Math.floor(Date.now() / 1000) * 1000;
}

/**
 * `undefined` if `field` is not a valid date, or there is no date to compare it
 * with.
 */
function isModifiedSince(
  field: string | null,
  lastModified: number | undefined,
): boolean | undefined {
  const date = field === null ? undefined : parseHttpDate(field);
  if (date === undefined || lastModified === undefined) return undefined;
  return lastModified > date;
}

/**
 * Whether `field` is `*`, which matches anything, or a list with a tag that
 * matches `etag`.
 */
function listsTag(
  field: string,
  etag: string | undefined,
  isSame: (a: string, b: string) => boolean,
): boolean {
  if (field === "*") return true;
  if (etag === undefined) return false;
  for (const tag of entityTags(field)) if (isSame(tag, etag)) return true;
  return false;
}

/** The tags of a list, up to the first invalid one. Tags may contain commas. */
function* entityTags(list: string): Generator<string> {
  for (let at = 0; at < list.length;) {
    if (list[at] === "," || list[at] === " " || list[at] === "\t") {
      at++;
      continue;
    }
    const open = list.startsWith("W/", at) ? at + 2 : at;
    const close = list[open] === '"' ? list.indexOf('"', open + 1) : -1;
    if (close < 0) return;
    yield list.slice(at, close + 1);
    at = close + 1;
  }
}

/** Strong comparison (section 8.8.3.2): a weak tag matches no other. */
function isSameStrongly(a: string, b: string): boolean {
  return a === b && !a.startsWith("W/");
}

/** Weak comparison: ignores whether either is weak. */
function isSameWeakly(a: string, b: string): boolean {
  return a.replace(/^W\//, "") === b.replace(/^W\//, "");
}
