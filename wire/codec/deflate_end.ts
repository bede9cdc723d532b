/**
 * Proves that a deflate body is whole, for a runtime that does not check.
 *
 * @module
 */
import { EMPTY } from "../bytes.ts";

/** Checks that a deflate body is whole, if the runtime does not. */
export interface EndProof {
  /** The `DecompressionStream` format to use. */
  readonly format: string;
  /** Bytes to write before the data. */
  readonly head: Uint8Array<ArrayBuffer>;
  takeInput(bytes: Uint8Array): void;
  takeOutput(bytes: Uint8Array): void;
  /** Bytes to write after the data; returned once. */
  takeTail(): Uint8Array<ArrayBuffer>;
  /** Whether the data taken is whole. */
  holds(): boolean;
}

/** The zlib format ends in the Adler-32 of its data (RFC 1950, section 2.2). */
export class ChecksumProof implements EndProof {
  readonly format = "deflate";
  readonly head = EMPTY;
  /** The last four bytes that went in, big-endian. */
  #last = 0;
  #sum = 1;

  takeInput(bytes: Uint8Array): void {
    for (const byte of bytes.subarray(-4)) this.#last = this.#last << 8 | byte;
  }

  takeOutput(bytes: Uint8Array): void {
    this.#sum = adler32(bytes, this.#sum);
  }

  takeTail(): Uint8Array<ArrayBuffer> {
    return EMPTY;
  }

  holds(): boolean {
    return this.#last === this.#sum;
  }
}

/**
 * Bare deflate data has no checksum. But gzip, which the runtime does check, is
 * the same data between a header and a CRC-32 and length of the output (RFC
 * 1952, section 2.3). All output is read before the input ends, so both are
 * known when they have to be written.
 */
export class GzipProof implements EndProof {
  readonly format = "gzip";
  readonly head = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);
  #sum = 0;
  #length = 0;
  #isTaken = false;

  takeInput(): void {}

  takeOutput(bytes: Uint8Array): void {
    this.#sum = crc32(bytes, this.#sum);
    this.#length += bytes.length;
  }

  takeTail(): Uint8Array<ArrayBuffer> {
    if (this.#isTaken) return EMPTY;
    this.#isTaken = true;
    const tail = new DataView(new ArrayBuffer(8));
    tail.setUint32(0, this.#sum, true);
    tail.setUint32(4, this.#length % 2 ** 32, true);
    return new Uint8Array(tail.buffer);
  }

  holds(): boolean {
    return true;
  }
}

/**
 * The most additions after which the sums of Adler-32 still fit into 32 bits.
 */
const ADLER_RUN = 5552;

/** RFC 1950, section 8; a signed number, as bitwise operators return. */
function adler32(bytes: Uint8Array, sum: number): number {
  let low = sum & 0xffff;
  let high = sum >>> 16;
  for (let start = 0; start < bytes.length; start += ADLER_RUN) {
    const end = Math.min(start + ADLER_RUN, bytes.length);
    for (let at = start; at < end; at++) {
      low += bytes[at];
      high += low;
    }
    low %= 65521;
    high %= 65521;
  }
  return high << 16 | low;
}

let crcTable: Int32Array | undefined;

/** RFC 1952, section 8; a signed number, as bitwise operators return. */
function crc32(bytes: Uint8Array, sum: number): number {
  const table = crcTable ??= Int32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) {
      remainder = remainder >>> 1 ^ (remainder & 1 ? 0xedb88320 : 0);
    }
    return remainder;
  });
  let rest = ~sum;
  for (let at = 0; at < bytes.length; at++) {
    rest = table[(rest ^ bytes[at]) & 0xff] ^ rest >>> 8;
  }
  return ~rest;
}
