import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { TrigramFilter } from "../../../reader/parse/trigram_filter.ts";
import { WordFilter } from "../../../reader/parse/word_filter.ts";
import { latin1 } from "../../bytes.ts";

/** The part of both filters that a search uses. */
interface Skipper {
  readonly reach: number;
  skip(chunk: Uint8Array, end: number): number;
}

interface Kind {
  readonly name: string;
  readonly minLength: number;
  /** A filter that is ready for `chunk`, if it is worth it. */
  make(delimiter: Uint8Array, chunk: Uint8Array): Skipper | undefined;
}

const kinds: Kind[] = [
  {
    name: "three",
    minLength: 16,
    make: (delimiter) => TrigramFilter.of(delimiter),
  },
  {
    name: "four",
    minLength: 20,
    make: (delimiter, chunk) => {
      const filter = WordFilter.of(delimiter);
      filter?.open(chunk);
      return filter;
    },
  },
];

const texts = [
  "\r\n----boundary-Aa",
  "\r\n----boundary-Aa01",
  "\r\n----boundary-Aa012",
  "\r\n----boundary-Aa0123",
  "\r\n----boundary-Aa0123456789-a",
  `\r\n--${"-".repeat(30)}0123456789abcdef`,
  `\n--${"a".repeat(70)}`,
];

/** A chunk that does not begin where the memory does. */
function chunkAt(offset: number, length: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(length + 8), offset, length);
}

for (const { name, minLength, make } of kinds) {
  describe(`the filter of ${name} bytes`, () => {
    it("is for delimiters that are long enough", () => {
      const text = "\r\n----boundary-Aa0123456789";
      for (let length = 1; length <= text.length; length++) {
        const filter = make(latin1(text.slice(0, length)), chunkAt(0, 64));
        assertEquals(filter !== undefined, length >= minLength, `${length}`);
      }
    });

    for (const text of texts.filter(({ length }) => length >= minLength)) {
      const delimiter = latin1(text);
      const last = delimiter.length - 1;

      it(`skips nearly all where there is no ${JSON.stringify(text)}`, () => {
        for (let offset = 0; offset < 5; offset++) {
          const chunk = chunkAt(offset, 5000);
          const filter = make(delimiter, chunk);
          assert(filter !== undefined);
          for (const from of [last, last + 1, last + 2, last + 3, 1000]) {
            const end = filter.skip(chunk, from);
            assert(end >= chunk.length - filter.reach - 8, `${end}`);
            assert(end <= chunk.length + filter.reach, `${end}`);
          }
        }
      });

      it(`stops before each ${JSON.stringify(text)}`, () => {
        for (let offset = 0; offset < 4; offset++) {
          for (let start = 0; start < 700; start++) {
            const chunk = chunkAt(offset, 1500);
            chunk.set(delimiter, start);
            const filter = make(delimiter, chunk);
            assert(filter !== undefined);
            const end = filter.skip(chunk, last);
            // The search goes on from there to where the filter may look next.
            assert(end <= start + last, `${end} for ${start}`);
            assert(
              start + last <= end + filter.reach + 4,
              `${end} for ${start}`,
            );
          }
        }
      });
    }
  });
}
