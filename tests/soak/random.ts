import { createCipheriv, createHash } from "node:crypto";

/** Pseudorandom bytes and numbers, the same for the same seed. */
export class Random {
  readonly #cipher;

  constructor(seed: number) {
    const key = createHash("sha256").update(`${seed}`).digest();
    this.#cipher = createCipheriv("aes-256-ctr", key, new Uint8Array(16));
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#cipher.update(new Uint8Array(length)));
  }

  /** Returns a number from 0 to below 1. */
  next(): number {
    return new DataView(this.bytes(4).buffer).getUint32(0) / 2 ** 32;
  }

  /** Returns a whole number from 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** Returns one of the choices. */
  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }
}
