import { EMPTY, join } from "../../wire/bytes.ts";

const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;

/**
 * Percent-decodes bytes in chunks, and replaces plus signs by spaces (URL
 * Standard, sections 1.3 and 5.1). A percent sign that does not begin an escape
 * is literal.
 */
export class PercentDecoder {
  /** The start of an escape that the next chunk may complete. */
  #held: Uint8Array = EMPTY;

  /** Decodes `chunk`; returns a view of it if there is nothing to decode. */
  push(chunk: Uint8Array): Uint8Array {
    const input = join(this.#held, chunk);
    this.#held = EMPTY;
    if (!input.includes(PERCENT) && !input.includes(PLUS)) return input;
    const output = new Uint8Array(input.length);
    let length = 0;
    for (let at = 0; at < input.length; at++) {
      let byte = input[at];
      if (byte === PLUS) byte = SPACE;
      else if (byte === PERCENT) {
        const high = digitOf(input[at + 1]);
        const low = digitOf(input[at + 2]);
        if (Number.isNaN(high) || high >= 0 && Number.isNaN(low)) {
          this.#held = input.slice(at);
          break;
        }
        if (high >= 0 && low >= 0) {
          byte = 16 * high + low;
          at += 2;
        }
      }
      output[length++] = byte;
    }
    return output.subarray(0, length);
  }

  /** Returns the rest at the end: an incomplete escape is literal. */
  finish(): Uint8Array {
    const held = this.#held;
    this.#held = EMPTY;
    return held;
  }
}

/** The value of a hexadecimal digit; -1 for any other byte, NaN for none. */
function digitOf(byte: number | undefined): number {
  if (byte === undefined) return NaN;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
