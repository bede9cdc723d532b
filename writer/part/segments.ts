import { BLOCK_SIZE, BlockBuilder, SMALL_BODY } from "./block_builder.ts";
import type { PartPlan } from "./part_plan.ts";
import { formatClose, formatDelimiter, LINE_BREAK } from "./serializer.ts";
import { utf8Length } from "./text.ts";

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

  /** Adds a part, and says so, unless its body would have to be read for it. */
  tryAdd(part: PartPlan): boolean {
    const body = part.segments();
    if (body !== undefined) this.add(part, body);
    return body !== undefined;
  }

  /** Adds a part with its body. */
  add({ head }: PartPlan, body: readonly BlobPart[]): void {
    this.#block.addByteString(formatDelimiter(this.#boundary));
    this.#block.addByteString(head);
    for (const segment of body) this.#addSegment(segment);
    this.#block.addByteString(LINE_BREAK);
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
