/** Pseudorandom input that is the same in every run. */

/** A source of pseudorandom input. */
export interface Random {
  /** Returns a whole number from 0 to below `limit`. */
  below(limit: number): number;
  /** Returns one of `values`. */
  pick<T>(values: readonly T[]): T;
  /** Returns at most `most` bytes. */
  bytes(most: number): Uint8Array<ArrayBuffer>;
}

/** mulberry32: small, fast, and good enough for tests. */
export function seededRandom(seed: number): Random {
  let state = seed;
  const next = (): number => {
    state = state + 0x6d2b79f5 | 0;
    let value = Math.imul(state ^ state >>> 15, 1 | state);
    value = value + Math.imul(value ^ value >>> 7, 61 | value) ^ value;
    return ((value ^ value >>> 14) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    pick: (values) => values[below(values.length)],
    bytes: (most) => {
      const bytes = new Uint8Array(below(most + 1));
      for (let at = 0; at < bytes.length; at++) bytes[at] = below(256);
      return bytes;
    },
  };
}
