import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  decodeExtendedValue,
  encodeExtendedValue,
  formatParameter,
  isToken,
  joinContinuations,
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
    [";a:b", undefined],
    [";a b", undefined],
    [";a b;c=d", undefined],
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

describe("extended values and their charsets", () => {
  const cases: [text: string, decoded: string | undefined][] = [
    ["us-ascii''a", "a"],
    ["UTF-8'de'a", "a"],
    ["iso-8859-1'en'%e9", "é"],
    ["koi8-r''a", undefined],
    ["utf-8''%e9", undefined],
    ["utf-8''%EF%BB%BFa", "\ufeffa"],
    ["utf-8''a'b", undefined],
    ["utf-8''%4", undefined],
    ["utf-8''%4g", undefined],
    ["utf-8''%g4", undefined],
  ];
  for (const [text, decoded] of cases) {
    it(`makes ${JSON.stringify(decoded)} of ${text}`, () => {
      assertEquals(decodeExtendedValue(text), decoded);
    });
  }
});

describe("joinContinuations()", () => {
  const cases: [parameters: string, joined: string | undefined][] = [
    [";n*0=a;n*1=b", "ab"],
    [";n*1=b;n*0=a", "ab"],
    [";n*0=a;n*2=c", "a"],
    [";n*0=a;n*0=b", "a"],
    [";n*1=b", undefined],
    // Only what says that it is extended is unescaped.
    [";n*0=a%41;n*1*=%42", "a%41B"],
    [';n*0="a b";n*1*=c', "a bc"],
    [";n*0*=utf-8''%41;n*1=%42", "A%42"],
    [";n*0*=iso-8859-1''%e9;n*1*=%e8", "éè"],
    [";n*0*=utf-8''%c3;n*1*=%a9", "é"],
    [";n*0*=abc", undefined],
    [";n*0*=utf-8''a;n*1*=%", undefined],
    // Names that are not quite a section's.
    [";n0=a", undefined],
    [";n-0=a", undefined],
    [";xx0=a", undefined],
    [";x*0=a", undefined],
    [";n*00=a", undefined],
    [";n*0=a;n*01=b", "a"],
    [";n*0=a;n*1x=b", "a"],
  ];
  for (const [text, joined] of cases) {
    it(`makes ${JSON.stringify(joined)} of ${text}`, () => {
      const parameters = parseParameters(text, 0) ?? [];
      assertEquals(joinContinuations(parameters, "n"), joined);
    });
  }
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
