import { BLOCK_SIZE, BlockBuilder } from "./block_builder.ts";
import { SMALL_BODY } from "./assembly.ts";
import { utf8Length } from "./text.ts";
import { formatClose, formatDelimiter, PART_END } from "./serializer.ts";

/** A part as a Blob is made of it. */
export interface SegmentedPart {
  /** Its fields and the empty line: a byte string. */
  readonly head: string;
  /** Its body, if nothing has to be read for it. */
  segments(): BlobPart[] | undefined;
}

/**
 * Gathers what a Blob is made of. Blobs and all that is large stay what they
 * are; heads and small bodies become blocks, since a Blob of many small pieces
 * takes ten times as long to make.
 */
export class SegmentList {
  readonly #boundary: string;
  readonly #segments: BlobPart[] = [];
  readonly #block = new BlockBuilder(BLOCK_SIZE);

  constructor(boundary: string) {
    this.#boundary = boundary;
  }

  /** Adds a part. */
  add(head: string, body: readonly BlobPart[]): void {
    this.#block.addByteString(formatDelimiter(this.#boundary));
    this.#block.addByteString(head);
    for (const segment of body) this.#addSegment(segment);
    this.#block.addByteString(PART_END);
  }

  /** All of it, with the close delimiter. */
  finish(): BlobPart[] {
    this.#block.addByteString(formatClose(this.#boundary));
    this.#flush();
    return this.#segments;
  }

  #addSegment(segment: BlobPart): void {
    if (typeof segment === "string" && segment.length <= SMALL_BODY) {
      this.#block.addText(segment, utf8Length(segment));
    } else if (segment instanceof Uint8Array && segment.length <= SMALL_BODY) {
      this.#block.addBytes(segment);
    } else {
      this.#flush();
      this.#segments.push(segment);
    }
  }

  #flush(): void {
    for (;;) {
      const block = this.#block.take();
      if (block === undefined) return;
      this.#segments.push(block);
    }
  }
}

/**
 * A multipart for a Blob's constructor: `undefined` if a body would have to be
 * read for it.
 */
export function makeSegments(
  boundary: string,
  parts: Iterable<SegmentedPart>,
): BlobPart[] | undefined {
  const list = new SegmentList(boundary);
  for (const part of parts) {
    const body = part.segments();
    if (body === undefined) return undefined;
    list.add(part.head, body);
  }
  return list.finish();
}
