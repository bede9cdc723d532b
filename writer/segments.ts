import { fromByteString } from "../wire/bytes.ts";
import { formatClose, PART_END } from "./serializer.ts";

/** A part as a Blob is made of it. */
export interface SegmentedPart {
  /** Its delimiter, its fields and the empty line: a byte string. */
  formatHead(boundary: string): string;
  /** Its body, if nothing has to be read for it. */
  segments?(): BlobPart[] | undefined;
}

/**
 * A multipart for a Blob's constructor, nothing copied: `undefined` if a body
 * would have to be read for it.
 */
export function makeSegments(
  boundary: string,
  parts: Iterable<SegmentedPart>,
): BlobPart[] | undefined {
  const segments: BlobPart[] = [];
  for (const part of parts) {
    const body = part.segments?.();
    if (body === undefined) return undefined;
    addPart(segments, part.formatHead(boundary), body);
  }
  segments.push(formatClose(boundary));
  return segments;
}

/** Adds one part; its head is bytes, which a string would be encoded to once more. */
export function addPart(
  segments: BlobPart[],
  head: string,
  body: readonly BlobPart[],
): void {
  segments.push(new Uint8Array(fromByteString(head)));
  for (const segment of body) segments.push(segment);
  segments.push(PART_END);
}
