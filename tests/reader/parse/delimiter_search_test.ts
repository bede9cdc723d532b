import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { DelimiterSearch } from "../../../reader/parse/delimiter_search.ts";
import { latin1 } from "../../bytes.ts";

/** Lengths around those at which the search switches to another method. */
const lengths = [0, 1, 40, 255, 300, 600, 1100, 2300, 5000, 9000, 12_000];

const delimiters = [
  "\r\n--b",
  "\n--b",
  "\r\n--bb",
  `\r\n--${"a".repeat(12)}`,
  "\r\n----boundary-Aa0123456789-a",
  `\r\n--${"-".repeat(30)}0123456789abcdef`,
  `\n--${"abc".repeat(23)}a`,
];

/**
 * Returns a generator of numbers from 0 to below a bound, the same in each run.
 */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = Math.imul(state ^ state >>> 15, 0x2c1b3c6d) + 0x9e3779b9 | 0;
    return below < 1 ? 0 : (state >>> 8) % Math.floor(below);
  };
}

/**
 * Text of `length` that hinders the search for `delimiter`, each in its own
 * way.
 */
const fillings: Record<
  string,
  (delimiter: string, length: number, draw: (below: number) => number) => string
> = {
  "one byte": (_, length) => "x".repeat(length),
  "the delimiter's first byte": ([first], length) => first.repeat(length),
  "its last byte": (delimiter, length) => delimiter.slice(-1).repeat(length),
  "all but its first byte": (delimiter, length) =>
    delimiter.slice(1).repeat(length).slice(0, length),
  "all but its last byte": (delimiter, length) =>
    delimiter.slice(0, -1).repeat(length).slice(0, length),
  "its bytes in any order": (delimiter, length, draw) =>
    Array.from({ length }, () => delimiter[draw(delimiter.length)]).join(""),
  "any bytes": (_, length, draw) =>
    Array.from({ length }, () => String.fromCharCode(draw(256))).join(""),
};

/** The number of bytes after which a search builds its tables. */
const LONG = 4096;

interface Chunk {
  readonly text: string;
  readonly bytes: Uint8Array;
}

function chunkOf(text: string): Chunk {
  return { text, bytes: latin1(text) };
}

/** Compares the search through `text`, up to `to`, with `indexOf`. */
function check(
  search: DelimiterSearch,
  delimiter: string,
  { text, bytes }: Chunk,
  from: number,
  to: number = text.length,
): void {
  const found = search.find(bytes.subarray(0, to), from);
  const expected = text.indexOf(delimiter, from);
  if (expected >= 0 && expected + delimiter.length <= to) {
    return assertEquals(found, expected);
  }
  assert(found <= to, `${found} of ${to}`);
  // The search must not pass the beginning of a match that the next chunk may
  // complete.
  const first = Math.max(from, to - delimiter.length + 1);
  for (let start = first; start < found; start++) {
    const passed = text.slice(start, to);
    assert(!delimiter.startsWith(passed), `${start} is passed over`);
  }
}

for (const delimiter of delimiters) {
  describe(`the search for ${JSON.stringify(delimiter)}`, () => {
    for (const [name, fill] of Object.entries(fillings)) {
      it(`finds the first in a small form, among ${name}`, () => {
        const draw = numbers(delimiter.length);
        for (let length = 0; length < 200; length += 3) {
          const at = draw(length);
          const filling = fill(delimiter, length, draw);
          const chunk = chunkOf(
            filling.slice(0, at) + delimiter + filling.slice(at) + delimiter,
          );
          const search = new DelimiterSearch(latin1(delimiter));
          for (const from of [0, draw(at), at, at + 1]) {
            check(search, delimiter, chunk, from);
            check(
              search,
              delimiter,
              chunk,
              from,
              at + 1 + draw(delimiter.length - 1),
            );
          }
        }
      });

      it(`finds the first, among ${name}`, () => {
        const search = longSearch(delimiter);
        const draw = numbers(delimiter.length);
        for (const length of lengths) {
          const filling = fill(delimiter, length, draw);
          check(search, delimiter, chunkOf(filling), 0);
          for (let eighth = 0; eighth < 8; eighth++) {
            const at = Math.floor(length * eighth / 8) + draw(length / 8);
            const other = at + draw(length - at);
            const chunk = chunkOf(
              filling.slice(0, at) + delimiter + filling.slice(at, other) +
                delimiter + filling.slice(other),
            );
            const from = draw(at);
            check(search, delimiter, chunk, 0);
            check(search, delimiter, chunk, from);
            check(search, delimiter, chunk, at + 1);
            // The text ends in the middle of a delimiter.
            const part = 1 + draw(delimiter.length - 1);
            check(search, delimiter, chunk, from, at + part);
            const second = other + delimiter.length;
            check(search, delimiter, chunk, at + 1, second + part);
          }
        }
      });
    }

    it("finds it at each place of a chunk that it just fits in", () => {
      const search = new DelimiterSearch(latin1(delimiter));
      for (let before = 0; before < 600; before++) {
        const chunk = chunkOf(`${"\0".repeat(before)}${delimiter}\0`);
        const end = before + delimiter.length;
        check(search, delimiter, chunk, 0, end);
        check(search, delimiter, chunk, before);
        check(search, delimiter, chunk, 0, end - 1);
      }
    });
  });
}

/** Text as bytes that count how often a byte is read or `indexOf` is called. */
function counted(text: string): { bytes: Uint8Array; looks: () => number } {
  let looks = 0;
  const bytes = new Proxy(latin1(text), {
    get(target, key) {
      if (key === "indexOf") {
        return (byte: number, from: number) => {
          looks++;
          return target.indexOf(byte, from);
        };
      }
      if (typeof key === "string" && /^\d+$/.test(key)) looks++;
      return Reflect.get(target, key);
    },
  });
  return { bytes, looks: () => looks };
}

/** A search that has seen enough bytes to build its tables. */
function longSearch(delimiter: string): DelimiterSearch {
  const search = new DelimiterSearch(latin1(delimiter));
  search.find(new Uint8Array(LONG), 0);
  return search;
}

describe("the search for a delimiter", () => {
  const delimiter = "\r\n----boundary-Aa0123456789-a";
  // The number of looks at bytes that a search may take: the present number
  // plus a tenth. The columns are 200 bytes of a small form, then 200 and 4000
  // bytes of a large one. In a small form the platform's `indexOf` finds the
  // first byte, which counts as one look.
  const fillings: [filling: string, ...looks: number[]][] = [
    ["x", 1, 8, 470],
    ["\r", 520, 9, 470],
    ["-", 1, 190, 4400],
    ["a", 1, 51, 500],
    ["xa", 1, 19, 480],
    [delimiter.slice(1), 80, 22, 580],
    [delimiter.slice(2), 86, 31, 760],
    [delimiter.slice(0, -1), 310, 9, 270],
  ];
  for (const [filling, ...looksAllowed] of fillings) {
    it(`looks at few bytes of ${JSON.stringify(filling)}`, () => {
      const searches: [DelimiterSearch, length: number][] = [
        [new DelimiterSearch(latin1(delimiter)), 200],
        [longSearch(delimiter), 200],
        [longSearch(delimiter), 4000],
      ];
      for (const [index, [search, length]] of searches.entries()) {
        const text = filling.repeat(length).slice(0, length);
        const { bytes, looks } = counted(text);
        search.find(bytes, 0);
        const most = looksAllowed[index];
        assert(
          looks() <= most,
          `${looks()} looks at ${length} bytes, and ${most} are allowed`,
        );
      }
    });
  }

  it("does without its filter where that has been of no use", () => {
    const { bytes, looks } = counted(delimiter.slice(1).repeat(140));
    const search = longSearch(delimiter);
    search.find(bytes, 0);
    const first = looks();
    search.find(bytes, 0);
    const second = looks() - first;
    assert(second < first, `${first} looks, and then ${second}`);
  });

  it("builds its tables when many bytes have been searched", () => {
    const text = "\r".repeat(1000);
    const search = new DelimiterSearch(latin1(delimiter));
    const counts: number[] = [];
    for (let searched = 0; searched < 3 * LONG; searched += text.length) {
      const { bytes, looks } = counted(text);
      search.find(bytes, 0);
      counts.push(looks());
    }
    // At first it looks at each first byte of a delimiter and the byte after it,
    // and later at far fewer.
    assertEquals(counts.slice(0, 8).every((count) => count > 1000), true);
    assertEquals(counts.slice(-3).every((count) => count < 150), true);
  });
});
