/**
 * The multipart media type of a message or of a part, and its boundary.
 *
 * @module
 */
import { excerpt, MultipartError } from "../wire/errors.ts";
import { type MediaType, parseContentType } from "../wire/media_type.ts";

/** RFC 2046, section 5.1.3, has a reader treat an unknown subtype as mixed. */
const UNNAMED: MediaType = {
  essence: "multipart/mixed",
  type: "multipart",
  subtype: "mixed",
  parameters: [],
};

/**
 * The media type of bytes that come without a message.
 *
 * @throws {MultipartError} `unsupported-media-type`, if `contentType` is not a multipart.
 * @throws {TypeError} If neither is given.
 */
export function multipartTypeOf(
  { boundary, contentType }: { boundary?: string; contentType?: string },
): MediaType {
  if (contentType !== undefined) return parseMultipartType(contentType);
  if (boundary !== undefined) return UNNAMED;
  throw new TypeError(
    "Cannot read the source: give its boundary or its contentType",
  );
}

/**
 * Parses a message's Content-Type.
 *
 * @throws {MultipartError} `unsupported-media-type`, if it is not a multipart.
 */
export function parseMultipartType(contentType: string | undefined): MediaType {
  const mediaType = parseContentType(contentType ?? "");
  // With a star it is a range of types, which only Accept has (RFC 9110, 12.5.1).
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
 * A multipart type's boundary.
 *
 * @throws {MultipartError} `invalid-boundary`, unless there is just one: of two,
 * another reader might take the other.
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

/** A media type's parameters; of doubled ones the first counts. */
export function parameterMap(
  { parameters }: MediaType,
): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const { name, value } of parameters) {
    if (!map.has(name)) map.set(name, value);
  }
  return map;
}
