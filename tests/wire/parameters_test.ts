import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  decodeExtendedValue,
  encodeExtendedValue,
  formatParameter,
  isToken,
  joinContinuations,
  type ParameterRules,
  parseParameters,
  readQuotedString,
} from "../../wire/parameters.ts";

/** The rules for a form's Content-Disposition, and for any other. */
const STRICT: ParameterRules = { unquoted: "token", comments: false };
const LENIENT: ParameterRules = { unquoted: "any", comments: false };
/** The rules for the Content-Type of a mail. */
const MAIL: ParameterRules = { unquoted: "any", comments: true };

type Pairs = [name: string, value: string][];

function read(
  text: string,
  rules: ParameterRules,
): { pairs: Pairs; isWellFormed: boolean } {
  const { parameters, isWellFormed } = parseParameters(text, 0, rules);
  const pairs = parameters.map(({ name, value }): [string, string] => [
    name,
    value,
  ]);
  return { pairs, isWellFormed };
}

describe("parseParameters()", () => {
  const wellFormed: [text: string, pairs: Pairs][] = [
    ["", []],
    [" \t", []],
    [";", []],
    ["; ", []],
    [";a=b", [["a", "b"]]],
    [' ; A = b ; c="d" ', [["a", "b"], ["c", "d"]]],
    [';a="b;c=d"', [["a", "b;c=d"]]],
    [';a="\\"\\\\\\x"', [["a", '"\\\\x']]],
    [";a=b;a=c", [["a", "b"], ["a", "c"]]],
    [";;a=b", [["a", "b"]]],
    ["; ;\t; a=b;;c=d;;", [["a", "b"], ["c", "d"]]],
    // With a backslash as an escape, these are malformed. Without, they are
    // what browsers write.
    [';a="b\\"', [["a", "b\\"]]],
    [';a="b\\";c="d"', [["a", "b\\"], ["c", "d"]]],
    [';a="b\\";c="d\\"', [["a", "b\\"], ["c", "d\\"]]],
    [';a="\\"', [["a", "\\"]]],
    // Well-formed both ways: the backslash is an escape.
    [';a="b\\\\"', [["a", "b\\"]]],
    [';a="b\\"c"', [["a", 'b"c']]],
  ];
  for (const [text, pairs] of wellFormed) {
    it(`makes ${JSON.stringify(pairs)} of ${JSON.stringify(text)}`, () => {
      for (const rules of [STRICT, LENIENT, MAIL]) {
        assertEquals(read(text, rules), { pairs, isWellFormed: true });
      }
    });
  }

  const malformed: [text: string, pairs: Pairs][] = [
    [";a", []],
    [";a=", []],
    [";a=;b=c", [["b", "c"]]],
    [";=b", []],
    ["a=b", []],
    ["x;a=b", [["a", "b"]]],
    [';a="b', []],
    [';x=y;a="b;c=d', [["x", "y"]]],
    [';a="b"c', [["a", "b"]]],
    [';a="b"c;d=e', [["a", "b"], ["d", "e"]]],
    [";a=b c", [["a", "b"]]],
    [";a=b c;d=e", [["a", "b"], ["d", "e"]]],
    [";a:b", []],
    [";a b", []],
    [";a b;c=d", [["c", "d"]]],
    [";a b=c;d=e", [["d", "e"]]],
    [';"a"=b;c=d', [["c", "d"]]],
    // The second reading is malformed too, so the first one is used.
    [';a="b\\"c";d', [["a", 'b"c']]],
  ];
  for (const [text, pairs] of malformed) {
    it(`keeps ${JSON.stringify(pairs)} of ${JSON.stringify(text)}`, () => {
      for (const rules of [STRICT, LENIENT, MAIL]) {
        assertEquals(read(text, rules), { pairs, isWellFormed: false });
      }
    });
  }

  const unquoted: [text: string, pairs: Pairs][] = [
    [";a=\xe5", [["a", "\xe5"]]],
    [";a=b[1].c", [["a", "b[1].c"]]],
    [";a=b,c", [["a", "b,c"]]],
    [";a==_b?=:/;c=d", [["a", "=_b?=:/"], ["c", "d"]]],
    [';a=b"c;d=e', [["a", 'b"c'], ["d", "e"]]],
    [";a=b(1).c", [["a", "b(1).c"]]],
  ];
  for (const [text, pairs] of unquoted) {
    it(`takes ${text} only where a value need not be a token`, () => {
      for (const rules of [LENIENT, MAIL]) {
        assertEquals(read(text, rules), { pairs, isWellFormed: true });
      }
      assertEquals(read(text, STRICT).isWellFormed, false);
    });
  }

  const comments: [text: string, pairs: Pairs, isWellFormed?: boolean][] = [
    [";a=b (c)", [["a", "b"]]],
    ["(c);a=b", [["a", "b"]]],
    [" (c) ; (c) a (c) = (c) b (c) ; d=e", [["a", "b"], ["d", "e"]]],
    [";a=(c)b", [["a", "b"]]],
    [';a="b"(c);d=e', [["a", "b"], ["d", "e"]]],
    [";a=b (c;d=e);f=g", [["a", "b"], ["f", "g"]]],
    [";a=b ((c) (d));e=f", [["a", "b"], ["e", "f"]]],
    [";a=b (c\\)d);e=f", [["a", "b"], ["e", "f"]]],
    [';a="b (c)"', [["a", "b (c)"]]],
    // A comment that never closes takes the rest of the text.
    [";a=b (c;d=e", [["a", "b"]]],
    [";a=b (c\\", [["a", "b"]]],
    [";a=(c", [], false],
    [";a=b )c;d=e", [["a", "b"], ["d", "e"]], false],
  ];
  for (const [text, pairs, isWellFormed = true] of comments) {
    it(`passes over the comments of ${text}`, () => {
      assertEquals(read(text, MAIL), { pairs, isWellFormed });
    });
  }

  it("reads back what formatParameter() writes", () => {
    for (const value of ["a", "", "a b", 'say "hi"', "C:\\x", "\\\\", 'x\\"']) {
      const text = formatParameter("n", value);
      for (const rules of [STRICT, LENIENT, MAIL]) {
        assertEquals(read(text, rules).pairs, [["n", value]]);
      }
    }
  });
});

describe("readQuotedString()", () => {
  const cases: [text: string, any: string, two: string, none: string][] = [
    ['"a\\b"', "ab", "a\\b", "a\\b"],
    ['"a\\"b"', 'a"b', 'a"b', "a\\"],
    ['"a\\\\"', "a\\", "a\\", "a\\\\"],
    // A backslash at the end of the text escapes nothing.
    ['"\\', "\\", "\\", "\\"],
    ['"a\\', "a\\", "a\\", "a\\"],
    ['"a', "a", "a", "a"],
  ];
  for (const [text, any, two, none] of cases) {
    it(`reads ${text}`, () => {
      assertEquals(readQuotedString(text, 0, "any").value, any);
      assertEquals(readQuotedString(text, 0, "quote-and-backslash").value, two);
      assertEquals(readQuotedString(text, 0, "none").value, none);
    });
  }
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
});

describe("extended values and their charsets", () => {
  const cases: [text: string, decoded: string | undefined][] = [
    ["us-ascii''a", "a"],
    ["UTF-8'de'a", "a"],
    ["iso-8859-1'en'%e9", "é"],
    ["koi8-r''%cd%c9%d2", "мир"],
    ["KOI8-R''%cd%c9%d2", "мир"],
    ["windows-1252''%80", "€"],
    // Charset labels are those of the Encoding Standard.
    ["iso-8859-1''%80", "€"],
    ["latin1''%e9", "é"],
    ["shift_jis''%89%cd", "河"],
    ["gbk''%ba%d3", "河"],
    ["big5''%aae", "河"],
    ["euc-kr''%b0%ad", "강"],
    ["utf-16be''%6c%b3", "河"],
    ["shift_jis''%89", undefined],
    ["klingon''a", undefined],
    ["utf-7''a", undefined],
    ["''a", undefined],
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
    // Only sections marked as extended are percent-decoded.
    [";n*0=a%41;n*1*=%42", "a%41B"],
    [';n*0="a b";n*1*=c', "a bc"],
    [";n*0*=utf-8''%41;n*1=%42", "A%42"],
    [";n*0*=iso-8859-1''%e9;n*1*=%e8", "éè"],
    [";n*0*=utf-8''%c3;n*1*=%a9", "é"],
    [";n*0*=abc", undefined],
    [";n*0*=utf-8''a;n*1*=%", undefined],
    // Names that only resemble a section's name.
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
      const { parameters } = parseParameters(text, 0, LENIENT);
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
