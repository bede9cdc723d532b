import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  formatContentRange,
  parseContentRange,
} from "../../wire/content_range.ts";

describe("Content-Range", () => {
  it("is written as it is read, with a size or without one", () => {
    for (const value of ["bytes 0-0/1", "bytes 5-9/10", "lines 7-8/*"]) {
      const range = parseContentRange(value);
      assertEquals(range && formatContentRange(range), value);
    }
  });

  it("has its unit in lower case, and no size where none is known", () => {
    assertEquals(parseContentRange("BYTES 0-4/*"), {
      unit: "bytes",
      start: 0,
      end: 4,
      size: undefined,
    });
  });

  it("is none where it is impossible, or not RFC 9110's", () => {
    for (
      const value of [
        "",
        "bytes",
        "bytes 0-4",
        "bytes */10",
        "bytes 4-0/10",
        "bytes 0-10/10",
        "bytes 0-4/5/6",
        "bytes -4/5",
        "bytes 0-/5",
        "bytes 0 - 4/5",
        "bytes=0-4/5",
        "bytes 0-1234567890123456/*",
      ]
    ) assertEquals(parseContentRange(value), undefined, value);
  });
});
