import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartEncoderStream, MultipartWriter } from "@tributary/multipart";
import { randomBoundary } from "../../wire/boundary.ts";

const BOUNDARIES = 1_000_000;

/** Returns the random characters from `at` on, as a number of 52 bits. */
function numberOf(boundary: string, at: number): number {
  const base = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  let number = 0;
  for (let index = at; index < at + 8; index++) {
    number = number * 62 + base.indexOf(boundary[index]);
  }
  return number * 16 + base.indexOf(boundary[at + 8]) % 16;
}

/**
 * Calls `run` while every source of numbers except the CSPRNG returns a
 * constant. Returns how often they were called.
 */
function withoutChance(run: () => void): number {
  const { random } = Math;
  const { now } = Date;
  let calls = 0;
  const still = (): number => {
    calls++;
    return 0.5;
  };
  Math.random = still;
  Date.now = still;
  try {
    run();
  } finally {
    Math.random = random;
    Date.now = now;
  }
  return calls;
}

describe("T14 guessable boundary", () => {
  it("of a million none comes twice, with Math.random and the clock stopped", () => {
    // Compares numbers made from nine characters of each: a set of strings
    // would take too much memory.
    const numbers = new Float64Array(BOUNDARIES);
    const calls = withoutChance(() => {
      for (let round = 0; round < BOUNDARIES; round++) {
        numbers[round] = numberOf(randomBoundary(), 1);
      }
    });
    assertEquals(calls, 0);
    numbers.sort();
    let doubled = 0;
    for (let index = 1; index < BOUNDARIES; index++) {
      if (numbers[index] === numbers[index - 1]) doubled++;
    }
    // By chance, one in ten thousand runs has a pair with the same nine
    // characters.
    assertEquals(doubled, 0);
  });

  it("a writer's and a stream's come from there", () => {
    const boundaries = new Set<string>();
    const calls = withoutChance(() => {
      for (let round = 0; round < 1000; round++) {
        boundaries.add(new MultipartWriter().boundary);
        boundaries.add(new MultipartWriter("form-data").boundary);
        boundaries.add(new MultipartEncoderStream().boundary);
      }
    });
    assertEquals([boundaries.size, calls], [3000, 0]);
    for (const boundary of boundaries) {
      assert(/^[0-9A-Za-z_-]{22,70}$/.test(boundary), boundary);
    }
  });

  it("enough of its places take every character", () => {
    const places = new Map<number, Set<string>>();
    for (let round = 0; round < 2000; round++) {
      [...randomBoundary()].forEach((character, at) => {
        const seen = places.get(at) ?? new Set();
        places.set(at, seen.add(character));
      });
    }
    let bits = 0;
    for (const { size } of places.values()) bits += Math.log2(size);
    // The HTML Standard requires 95 bits, this library's design 128.
    assertGreaterOrEqual(bits, 128);
  });
});
