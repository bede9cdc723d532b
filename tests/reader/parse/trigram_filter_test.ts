import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { TrigramFilter } from "../../../reader/parse/trigram_filter.ts";
import { latin1 } from "../../bytes.ts";

const MIN_LENGTH = 16;

const texts = [
  "\r\n----boundary-Aa",
  "\r\n----boundary-Aa01",
  "\r\n----boundary-Aa012",
  "\r\n----boundary-Aa0123",
  "\r\n----boundary-Aa0123456789-a",
  `\r\n--${"-".repeat(30)}0123456789abcdef`,
  `\n--${"a".repeat(70)}`,
];

describe("the trigram filter", () => {
  it("is for delimiters that are long enough", () => {
    const text = "\r\n----boundary-Aa0123456789";
    for (let length = 1; length <= text.length; length++) {
      const filter = TrigramFilter.of(latin1(text.slice(0, length)));
      assertEquals(filter !== undefined, length >= MIN_LENGTH, `${length}`);
    }
  });

  for (const text of texts.filter(({ length }) => length >= MIN_LENGTH)) {
    const delimiter = latin1(text);
    const last = delimiter.length - 1;

    it(`skips nearly all where there is no ${JSON.stringify(text)}`, () => {
      const chunk = new Uint8Array(5000);
      const filter = TrigramFilter.of(delimiter);
      assert(filter !== undefined);
      for (const from of [last, last + 1, last + 2, last + 3, 1000]) {
        const end = filter.skip(chunk, from);
        assert(end >= chunk.length - filter.reach - 8, `${end}`);
        assert(end <= chunk.length + filter.reach, `${end}`);
      }
    });

    it(`stops before each ${JSON.stringify(text)}`, () => {
      for (let start = 0; start < 700; start++) {
        const chunk = new Uint8Array(1500);
        chunk.set(delimiter, start);
        const filter = TrigramFilter.of(delimiter);
        assert(filter !== undefined);
        const end = filter.skip(chunk, last);
        // From there the search goes on to where the filter may look next.
        assert(end <= start + last, `${end} for ${start}`);
        assert(start + last <= end + filter.reach + 4, `${end} for ${start}`);
      }
    });
  }
});
