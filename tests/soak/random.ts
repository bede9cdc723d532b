import { createCipheriv, createHash } from "node:crypto";

/** Random bytes and numbers, the same ones for the same seed. */
export class Random {
  readonly #cipher;

  constructor(seed: number) {
    const key = createHash("sha256").update(`${seed}`).digest();
    this.#cipher = createCipheriv("aes-256-ctr", key, new Uint8Array(16));
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#cipher.update(new Uint8Array(length)));
  }

  /** From 0 up to 1. */
  next(): number {
    return new DataView(this.bytes(4).buffer).getUint32(0) / 2 ** 32;
  }

  /** A whole number below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** One of them. */
  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }
}
