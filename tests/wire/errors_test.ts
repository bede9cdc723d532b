import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartError, type MultipartErrorCode } from "@tributary/multipart";
import { assertText, excerpt, printable } from "../../wire/errors.ts";

describe("MultipartError", () => {
  const statuses: Record<MultipartErrorCode, number> = {
    "body-too-large": 413,
    "header-too-large": 431,
    "invalid-boundary": 400,
    "invalid-delimiter": 400,
    "invalid-disposition": 400,
    "invalid-encoding": 400,
    "invalid-header": 400,
    "invalid-json": 400,
    "invalid-preamble": 400,
    "invalid-value": 422,
    "missing-part": 400,
    "part-too-large": 413,
    "preamble-too-large": 413,
    "too-deep": 400,
    "too-many-parts": 413,
    "truncated": 400,
    "unacceptable-type": 415,
    "unexpected-part": 400,
    "unsupported-charset": 415,
    "unsupported-encoding": 415,
    "unsupported-media-type": 415,
  };

  it("has a status for each code", () => {
    for (const [code, status] of Object.entries(statuses)) {
      const error = new MultipartError(code as MultipartErrorCode, "");
      assertEquals([error.code, error.status], [code, status]);
    }
  });

  it("has the status 400 for a caller's own code", () => {
    const codes = ["not-too-many", "too-larger", "not-unacceptable"];
    for (const code of [...codes, "not-unsupported"]) {
      const { status } = Reflect.construct(MultipartError, [code, "Cannot"]);
      assertEquals(status, 400, code);
    }
  });

  it("carries where and why", () => {
    const cause = new Error("underneath");
    const error = new MultipartError("truncated", "Cannot read on", {
      offset: 7,
      partIndex: 1,
      partName: "photo",
      limit: "partBytes",
      issues: [{ message: "Required" }],
      cause,
    });
    assert(error instanceof Error);
    assertEquals(error.name, "MultipartError");
    assertEquals([error.offset, error.partIndex, error.cause], [7, 1, cause]);
    assertEquals(
      [error.partName, error.limit, error.issues],
      ["photo", "partBytes", [{ message: "Required" }]],
    );
    assertFalse("cause" in new MultipartError("truncated", ""));
  });

  it("bounds its message, and escapes control characters", () => {
    const long = new MultipartError("truncated", "\u0007".repeat(1e6));
    assertEquals(long.message.length, 256);
    assert(long.message.endsWith("..."));
    const { message } = new MultipartError(
      "truncated",
      "a\r\n\u001b[31m\u2028b",
    );
    assertEquals(message, "a\\u000d\\u000a\\u001b[31m\\u2028b");
    const exact = "x".repeat(256);
    assertEquals(new MultipartError("truncated", exact).message, exact);
  });
});

describe("what a message shows of text", () => {
  it("is 60 characters of it, in quotes", () => {
    assertEquals(excerpt(""), '""');
    assertEquals(excerpt("x".repeat(60)), `"${"x".repeat(60)}"`);
    assertEquals(excerpt("x".repeat(61)), `"${"x".repeat(60)}..."`);
  });

  it("is the text that UTF-8 in a byte string stands for", () => {
    const cases: [text: string, shown: string][] = [
      ["\xc3\xa9", '"é"'],
      ["a\xe6\xb2\xb3.txt", '"a河.txt"'],
      ["\xf0\x9f\x98\x80", '"😀"'],
      // Text that is not UTF-8, or not a byte string, is shown unchanged.
      ["\xe9t\xe9", '"été"'],
      ["é河", '"é河"'],
      ["\xc3", '"Ã"'],
      ["\xc3\xa9".repeat(60), `"${"é".repeat(60)}"`],
      ["\xc3\xa9".repeat(61), `"${"é".repeat(60)}..."`],
      ["\xe6\xb2\xb3".repeat(1000), `"${"河".repeat(60)}..."`],
      ["\xf0\x9f\x98\x80".repeat(1000), `"${"😀".repeat(30)}..."`],
      [`a${"\xf0\x9f\x98\x80".repeat(1000)}`, `"a${"😀".repeat(29)}..."`],
    ];
    for (const [text, shown] of cases) assertEquals(excerpt(text), shown);
  });

  it("holds no control character of a caller's", () => {
    assertEquals(printable('a\r\n\u001b"b'), '"a\\r\\n\\u001b\\"b"');
  });

  it("is what it is where it is not text", () => {
    for (
      const [value, kind] of [
        [null, "null"],
        [undefined, "undefined"],
        [1, "number"],
        [{}, "object"],
      ]
    ) {
      assertThrows(
        () => assertText(value, "the name"),
        TypeError,
        `Cannot write the name: it is not text but ${kind}`,
      );
    }
    assertText("", "the name");
  });
});
