/**
 * The multipart media type of a message or of a part, and its boundary.
 *
 * @module
 */
import { decodeByteString } from "../wire/bytes.ts";
import { excerpt, MultipartError, printable } from "../wire/errors.ts";
import { type MediaType, parseContentType } from "../wire/media_type.ts";
import { isToken } from "../wire/parameters.ts";

/** By RFC 2046, section 5.1.3, an unknown subtype is treated as mixed. */
const UNNAMED: MediaType = {
  essence: "multipart/mixed",
  type: "multipart",
  subtype: "mixed",
  parameters: [],
};

/**
 * The media type of bytes without a message.
 *
 * @throws {MultipartError} `unsupported-media-type`, if `contentType` is not a multipart.
 * @throws {TypeError} If neither a boundary nor a Content-Type is given.
 */
export function multipartTypeOf(
  { boundary, contentType }: { boundary?: string; contentType?: string | null },
): MediaType {
  // `headers.get()` returns `null` if the peer sent none.
  if (typeof contentType === "string" || contentType === null) {
    return parseMultipartType(contentType ?? undefined);
  }
  if (boundary !== undefined) return UNNAMED;
  throw new TypeError(
    "Cannot read the source: pass { boundary } or { contentType } as the second argument",
  );
}

/**
 * Parses a message's Content-Type.
 *
 * @throws {MultipartError} `unsupported-media-type`, if it is not a multipart.
 */
export function parseMultipartType(contentType: string | undefined): MediaType {
  return requireMultipart(parseContentType(contentType ?? ""), contentType);
}

/**
 * Returns a Content-Type's media type if it is a multipart; throws otherwise.
 */
export function requireMultipart(
  mediaType: MediaType | undefined,
  contentType: string | undefined,
): MediaType {
  // With a star it is a media range, valid only in Accept (RFC 9110, section
  // 12.5.1).
  if (mediaType?.type === "multipart" && mediaType.subtype !== "*") {
    return mediaType;
  }
  const state = contentType === undefined
    ? "it has no Content-Type"
    : `its Content-Type ${excerpt(contentType)} is not a multipart`;
  throw new MultipartError(
    "unsupported-media-type",
    `Cannot read the body: ${state}`,
  );
}

/**
 * Checks that the reader accepts a multipart.
 *
 * @param accept Subtypes, or `"*"`.
 * @throws {MultipartError} `unsupported-media-type` otherwise.
 * @throws {TypeError} If `accept` is not a list of subtypes.
 */
export function assertAccepted(
  { essence, subtype }: MediaType,
  accept: string | readonly string[],
): void {
  const isList = Array.isArray(accept) && accept.length > 0;
  const subtypes: readonly unknown[] = isList ? accept : [accept];
  const accepted = subtypes.map(checkSubtype);
  if (accepted.includes("*") || accepted.includes(subtype)) return;
  const types = accepted.map((subtype) => `multipart/${subtype}`).join(" or ");
  throw new MultipartError(
    "unsupported-media-type",
    `Cannot read the body: it is ${
      excerpt(essence).slice(1, -1)
    }, and this reader accepts ${types}. Pass \`accept\` to read others`,
  );
}

function checkSubtype(subtype: unknown): string {
  if (typeof subtype === "string" && (subtype === "*" || isToken(subtype))) {
    return subtype.toLowerCase();
  }
  throw new TypeError(
    `Cannot accept ${printable(String(subtype))}: pass what follows ` +
      '"multipart/", such as "mixed", or "*"',
  );
}

/**
 * A multipart type's boundary.
 *
 * @throws {MultipartError} `invalid-boundary`, unless there is exactly one: of
 * two, another reader might take the other.
 */
export function boundaryOf({ parameters }: MediaType): string {
  const boundaries = parameters.filter(({ name }) => name === "boundary");
  const [boundary] = boundaries;
  if (boundaries.length === 1) return boundary.value;
  const state = boundaries.length === 0
    ? "has no boundary"
    : "has more than one boundary";
  throw new MultipartError(
    "invalid-boundary",
    `Cannot read the body: its Content-Type ${state}`,
  );
}

/**
 * Decodes a boundary, received as a byte string, as UTF-8.
 *
 * @throws {MultipartError} `invalid-boundary`, if it is not UTF-8: the text
 * would encode to other bytes, and no part would be found.
 */
export function utf8Boundary(bytes: string): string {
  const boundary = decodeByteString(bytes);
  if (!boundary.includes("\ufffd")) return boundary;
  throw new MultipartError(
    "invalid-boundary",
    `Cannot use boundary ${excerpt(bytes)}: it is not UTF-8`,
  );
}

/** A media type's parameters; of duplicates the first counts. */
export function parameterMap(
  { parameters }: MediaType,
): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const { name, value } of parameters) {
    if (!map.has(name)) map.set(name, value);
  }
  return map;
}
