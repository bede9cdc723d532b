import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  decodeExtendedValue,
  encodeExtendedValue,
  formatParameter,
  isToken,
  parseParameters,
} from "../../wire/parameters.ts";

describe("parseParameters()", () => {
  const cases: [text: string, parsed: [string, string][] | undefined][] = [
    ["", []],
    [" \t", []],
    [";", []],
    ["; ", []],
    [";a=b", [["a", "b"]]],
    [' ; A = b ; c="d" ', [["a", "b"], ["c", "d"]]],
    [';a="b;c=d"', [["a", "b;c=d"]]],
    [';a="\\"\\\\\\x"', [["a", '"\\\\x']]],
    [";a=b;a=c", [["a", "b"], ["a", "c"]]],
    [";;a=b", undefined],
    [";a", undefined],
    [";a=", undefined],
    [";=b", undefined],
    ["a=b", undefined],
    [';a="b', undefined],
    [';a="b\\"', undefined],
    [';a="b"c', undefined],
    [";a=b c", undefined],
    [";a=å", undefined],
  ];
  for (const [text, parsed] of cases) {
    it(`makes ${JSON.stringify(parsed)} of ${JSON.stringify(text)}`, () => {
      assertEquals(
        parseParameters(text, 0)?.map(({ name, value }) => [name, value]),
        parsed,
      );
    });
  }

  it("reads back what formatParameter() writes", () => {
    for (const value of ["a", "", "a b", 'say "hi"', "C:\\x", "\\\\", 'x\\"']) {
      const text = formatParameter("n", value);
      assertEquals(parseParameters(text, 0), [{ name: "n", value }]);
    }
  });
});

describe("extended values", () => {
  it("read back as they were written", () => {
    for (
      const text of ["a", "", "€ rates", "a'b%c*d", "河.txt", "\u0000\r\n"]
    ) {
      assertEquals(decodeExtendedValue(encodeExtendedValue(text)), text);
    }
    assertEquals(encodeExtendedValue("€ a'b"), "UTF-8''%E2%82%AC%20a%27b");
  });

  it("are dropped where they are broken", () => {
    for (
      const text of ["", "x", "UTF-8'x", "''x", "UTF-8''%4", "UTF-8''a b"]
    ) {
      assertEquals(decodeExtendedValue(text), undefined, text);
    }
  });

  it("know ISO-8859-1 for what it is, not for windows-1252", () => {
    assertEquals(decodeExtendedValue("ISO-8859-1''%80"), "\u0080");
  });
});

describe("isToken()", () => {
  it("holds RFC 9110's characters and no others", () => {
    let tokens = "";
    for (let code = 0; code < 256; code++) {
      const character = String.fromCharCode(code);
      if (isToken(character)) tokens += character;
    }
    assertEquals(
      tokens,
      "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`" +
        "abcdefghijklmnopqrstuvwxyz|~",
    );
    assertEquals(isToken(""), false);
  });
});
