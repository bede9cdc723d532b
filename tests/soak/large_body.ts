/** One very large part, made block by block, and a check of what is read. */
import { Buffer } from "node:buffer";
import {
  bytesOf,
  CLOSE_DELIMITER,
  CONTENT_TYPE,
  filePart,
  strewBeginnings,
} from "./form.ts";
import { Random } from "./random.ts";

/** The part's content repeats this block. */
export const block: Uint8Array<ArrayBuffer> = new Random(1).bytes(64 * 1024);
strewBeginnings(block, new Random(2));

const [head = block, , end = block] = bytesOf({
  contentType: CONTENT_TYPE,
  parts: [filePart("large", new Uint8Array())],
  end: CLOSE_DELIMITER,
});

/** The length of the body whose part has `length` bytes. */
export function largeBodyLength(length: number): number {
  return head.length + length + end.length;
}

/** Yields the body's chunks. Those of the content are views of the block. */
export function* largeBody(length: number): Generator<Uint8Array> {
  yield head;
  for (let left = length; left > 0; left -= block.length) {
    yield block.subarray(0, left);
  }
  yield end;
}

/** Counts the bytes of the content, and throws if one is wrong. */
export class ContentCheck {
  #size = 0;

  get size(): number {
    return this.#size;
  }

  take(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      const start = this.#size % block.length;
      const expected = block.subarray(start, start + chunk.length - at);
      const found = chunk.subarray(at, at + expected.length);
      if (Buffer.compare(found, expected) !== 0) {
        throw new Error(`Wrong bytes behind byte ${this.#size}`);
      }
      at += expected.length;
      this.#size += expected.length;
    }
  }
}
