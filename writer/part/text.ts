/**
 * Encodes text as UTF-8 without holding all of the result at once.
 *
 * @module
 */
import { encoder } from "../../wire/bytes.ts";
import { BLOCK_SIZE } from "./block_builder.ts";

/**
 * The length of `text` in UTF-8, in bytes; a lone surrogate counts as U+FFFD.
 */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x80) continue;
    if (code < 0x800) length++;
    else {
      length += 2;
      // A surrogate pair has four bytes for its two code units.
      if (code >= 0xd800 && code < 0xdc00 && isLow(text.charCodeAt(at + 1))) {
        at++;
      }
    }
  }
  return length;
}

/** The UTF-8 of `text` in blocks. */
export function* encodeText(text: string): Generator<Uint8Array> {
  for (let at = 0; at < text.length;) {
    const block = new Uint8Array(BLOCK_SIZE);
    let end = Math.min(at + BLOCK_SIZE, text.length);
    // A surrogate pair must not be split.
    if (end < text.length && isLow(text.charCodeAt(end))) end++;
    const { read, written } = encoder.encodeInto(text.slice(at, end), block);
    yield block.subarray(0, written);
    at += read;
  }
}

function isLow(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000;
}
