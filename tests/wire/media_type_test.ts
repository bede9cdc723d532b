import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  extractMediaType,
  formatMediaType,
  parameterOf,
  parseMediaType,
  withoutDoubled,
} from "../../wire/media_type.ts";

describe("parseMediaType()", () => {
  const cases: [text: string, formatted: string | undefined][] = [
    ["text/plain", "text/plain"],
    [" Text/HTML ; Charset = utf-8", "text/html"],
    ["text/html;charset=utf-8", "text/html;charset=utf-8"],
    ['text/html; charset="u\\tf"', "text/html;charset=utf"],
    ["a/b;;c=d;", "a/b;c=d"],
    ["a/b;c;d=e", "a/b;d=e"],
    ['a/b;c="";d=', 'a/b;c=""'],
    ['a/b;c="d e"', 'a/b;c="d e"'],
    ['a/b;c="d', "a/b;c=d"],
    ['a/b;c="d"e;f=g', "a/b;c=d;f=g"],
    ["a/b;c=d e", 'a/b;c="d e"'],
    ['a/b;c;"d"', "a/b"],
    ['a/b;c="d"xe=f;g=h', "a/b;c=d;g=h"],
    ["a/b;c=d;c=e", "a/b;c=d;c=e"],
    ["a/b;c=\u0001", "a/b"],
    ["", undefined],
    ["a", undefined],
    ["a/", undefined],
    ["/b", undefined],
    ["a/b/c", undefined],
    ["a b/c", undefined],
  ];
  for (const [text, formatted] of cases) {
    it(`makes ${formatted} of ${JSON.stringify(text)}`, () => {
      const parsed = parseMediaType(text);
      assertEquals(parsed && formatMediaType(parsed), formatted);
    });
  }

  it("keeps a doubled parameter, and counts the first", () => {
    const parsed = parseMediaType("a/b;c=d;c=e");
    assertEquals(parsed?.parameters.length, 2);
    assertEquals(parsed && parameterOf(parsed, "c"), "d");
    assertEquals(parsed && formatMediaType(withoutDoubled(parsed)), "a/b;c=d");
  });
});

describe("extractMediaType()", () => {
  const cases: [values: string[], formatted: string | undefined][] = [
    [[], undefined],
    [[""], undefined],
    [["a/b"], "a/b"],
    [["a/b", "c/d"], "c/d"],
    [["a/b", "nothing"], "a/b"],
    [["a/b", "*/*"], "a/b"],
    [["a/b, c/d"], "c/d"],
    [["a/b, nothing"], "a/b"],
    [['a/b;c="d",e/f'], "e/f"],
    [['a/b;c="d","e/f'], "a/b;c=d"],
    [["a/b;c=d", "a/b;e=f"], "a/b;e=f"],
    [["a/b;charset=x", "a/b;c=d"], "a/b;c=d;charset=x"],
    [['a/b;c="d, e/f"'], 'a/b;c="d, e/f"'],
    [["a/b;charset=x", "a/b"], "a/b;charset=x"],
    [["a/b;charset=x", "a/b;charset=y"], "a/b;charset=y"],
    [["a/b;charset=x", "c/d"], "c/d"],
    [["a/b;charset=x", "c/d", "a/b"], "a/b"],
  ];
  for (const [values, formatted] of cases) {
    it(`makes ${formatted} of ${JSON.stringify(values)}`, () => {
      const extracted = extractMediaType(values);
      assertEquals(extracted && formatMediaType(extracted), formatted);
    });
  }
});
