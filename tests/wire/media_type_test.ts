import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  extractMediaType,
  formatMediaType,
  parameterOf,
  parseContentType,
  parseMediaType,
  parseMimeType,
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
    ['a/b;c="\\', 'a/b;c="\\\\"'],
    ["a/b;c =d;e= f", 'a/b;e=" f"'],
    ["a/b (c)", undefined],
    ["a/b;c=d (e)", 'a/b;c="d (e)"'],
    ["a/b;c*=utf-8''d", "a/b;c*=utf-8''d"],
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

describe("parseMimeType()", () => {
  const cases: [text: string, formatted: string | undefined][] = [
    ["text/plain", "text/plain"],
    [" Text/HTML ; Charset = utf-8", "text/html;charset=utf-8"],
    ['multipart/mixed; boundary = "b"', "multipart/mixed;boundary=b"],
    [
      "multipart/x-mixed-replace; boundary =--x",
      "multipart/x-mixed-replace;boundary=--x",
    ],
    [
      "multipart/x-mixed-replace; boundary= x",
      "multipart/x-mixed-replace;boundary=x",
    ],
    [
      "multipart/x-mixed-replace;boundary\t=\tx",
      "multipart/x-mixed-replace;boundary=x",
    ],
    [
      "text/plain; charset=us-ascii (Plain text)",
      "text/plain;charset=us-ascii",
    ],
    [
      'text/plain; charset="us-ascii"(Plain; text)',
      "text/plain;charset=us-ascii",
    ],
    ["(a) text (b) / (c) plain (d);(e)f(g)=(h)i", "text/plain;f=i"],
    ["text/plain(a)", "text/plain"],
    ["text/plain (a;b=c); d=e", "text/plain;d=e"],
    ["a/b;;c=d;", "a/b;c=d"],
    ["a/b;c;d=e", "a/b;d=e"],
    ["a/b;c=;d=e", "a/b;d=e"],
    ['a/b;c=""', 'a/b;c=""'],
    ['a/b;c="d', "a/b"],
    ['a/b;c="d"e;f=g', "a/b;c=d;f=g"],
    ["a/b;c=d e", "a/b;c=d"],
    ["a/b;c=----=_d:e?f/g", 'a/b;c="----=_d:e?f/g"'],
    ["a/b;c=d(1).e", 'a/b;c="d(1).e"'],
    ["a/b;c=d;c=e", "a/b;c=d;c=e"],
    ["a/b;c=\u0001;d=e", "a/b;d=e"],
    ["a/b c=d;e=f", "a/b;e=f"],
    ['a/b;c="C:\\d"', 'a/b;c="C:\\\\d"'],
    ['a/b;c="d\\"', 'a/b;c="d\\\\"'],
    // Extended values and continuations (RFC 2231).
    ["a/b;c*=utf-8''d%20e", 'a/b;c="d e"'],
    ["a/b;c*=us-ascii'en-us'd%2Ae", "a/b;c=d*e"],
    ["a/b;c*0=d;c*1=e", "a/b;c=de"],
    ["a/b;c*1=e;c*0=d", "a/b;c=de"],
    ["a/b;c*0*=utf-8''%c3;c*1*=%a9", 'a/b;c="\xc3\xa9"'],
    ["a/b;c*=iso-8859-1''%e9", 'a/b;c="\xc3\xa9"'],
    // The extended value takes precedence over the plain one, and the plain one
    // over the sections.
    ["a/b;c=d;c*=utf-8''e", "a/b;c=e;c=d"],
    ["a/b;c*0=e;c=d", "a/b;c=d;c=e"],
    ["a/b;c*=utf-8''%0d;d=e", "a/b;d=e"],
    ["a/b;c*=klingon''x;d=e", "a/b;d=e;c*=klingon''x"],
    ["a/b;c*1=x", "a/b;c*1=x"],
    // What is not decoded comes last, so that it is parsed to the same again.
    ["a/b;c*=x;d*0=e", "a/b;d=e;c*=x"],
    ["a/b;c*=utf-8''x\0;c*=utf-8''x;d=e", "a/b;d=e"],
    ["a/b;*=x", "a/b;*=x"],
    ["", undefined],
    ["a", undefined],
    ["a/", undefined],
    ["/b", undefined],
    ["a/;b=c", undefined],
    ["a/b/c", undefined],
    ["a/b, c/d", undefined],
    ["a b/c", undefined],
    ["(a/b)", undefined],
    ["(a/b", undefined],
    ["a/(b", undefined],
    ["a;b", undefined],
  ];
  for (const [text, formatted] of cases) {
    it(`makes ${formatted} of ${JSON.stringify(text)}`, () => {
      const parsed = parseMimeType(text);
      assertEquals(parsed && formatMediaType(parsed), formatted);
    });
  }
});

describe("parseContentType()", () => {
  const cases: [text: string, formatted: string | undefined][] = [
    ["multipart/form-data;boundary=b", "multipart/form-data;boundary=b"],
    // The MIME Sniffing Standard applies to forms.
    ["multipart/form-data;boundary =b", "multipart/form-data"],
    ["multipart/form-data;boundary= b", 'multipart/form-data;boundary=" b"'],
    ["multipart/form-data;boundary=b c", 'multipart/form-data;boundary="b c"'],
    [
      "multipart/form-data;boundary*=utf-8''b",
      "multipart/form-data;boundary*=utf-8''b",
    ],
    ["multipart/form-data (a);boundary=b", undefined],
    ["multipart /form-data;boundary=b", undefined],
    // RFC 2045 applies to all others.
    ["multipart/mixed;boundary = b (c)", "multipart/mixed;boundary=b"],
    ["multipart/mixed (a);boundary=b", "multipart/mixed;boundary=b"],
    ["multipart/mixed;boundary*=utf-8''b", "multipart/mixed;boundary=b"],
    ["", undefined],
  ];
  for (const [text, formatted] of cases) {
    it(`makes ${formatted} of ${JSON.stringify(text)}`, () => {
      const parsed = parseContentType(text);
      assertEquals(parsed && formatMediaType(parsed), formatted);
    });
  }
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
    // The values are joined before they are split, so the quote of the first
    // reaches into the second.
    [['a/b;c="', "d/e"], 'a/b;c=", d/e"'],
    [['a/b;c="d', 'e";f=g'], 'a/b;c="d, e";f=g'],
    [['a/b;c="\\', "d/e"], 'a/b;c=", d/e"'],
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
