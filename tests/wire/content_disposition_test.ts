import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  formatContentDisposition,
  formatFormDataDisposition,
  normalizeLineBreaks,
  percentDecodeName,
} from "../../wire/content_disposition.ts";
import { toByteString } from "../../wire/bytes.ts";
import { utf8 } from "../bytes.ts";

const bytesOf = (text: string): string => toByteString(utf8(text));

describe("the Content-Disposition of a form's part", () => {
  const cases: [name: string, filename: string | undefined, value: string][] = [
    ["a", undefined, 'form-data; name="a"'],
    ["a b~", "f.txt", 'form-data; name="a b~"; filename="f.txt"'],
    ["", "", 'form-data; name=""; filename=""'],
    // Line breaks become CRLF in a name, and stay as they are in a filename.
    ["a\nb", "a\nb", 'form-data; name="a%0D%0Ab"; filename="a%0Ab"'],
    ["a\rb", "a\rb", 'form-data; name="a%0D%0Ab"; filename="a%0Db"'],
    ["a\r\nb", '"', 'form-data; name="a%0D%0Ab"; filename="%22"'],
    ["a\\b", "%22", 'form-data; name="a\\b"; filename="%22"'],
    ["\u001f", "\u007f", 'form-data; name="\u001f"; filename="\u007f"'],
    ["é", "河", bytesOf('form-data; name="é"; filename="河"')],
  ];
  for (const [name, filename, value] of cases) {
    it(`of ${JSON.stringify([name, filename])} is as the HTML Standard has it`, () => {
      assertEquals(formatFormDataDisposition(name, filename), value);
      assertEquals(
        formatContentDisposition("form-data", { name, filename }),
        value,
      );
    });
  }
});

describe("any other Content-Disposition", () => {
  const cases: [filename: string, value: string][] = [
    ["f.txt", '; filename="f.txt"'],
    ['a"b\\c', '; filename="a\\"b\\\\c"'],
    ["50%a.txt", '; filename="50%a.txt"'],
    ["50%.txt", '; filename="50%.txt"'],
    ["%41", "; filename=\"%41\"; filename*=UTF-8''%2541"],
    ["a%4F", "; filename=\"a%4F\"; filename*=UTF-8''a%254F"],
    ["é", "; filename=\"_\"; filename*=UTF-8''%C3%A9"],
    ["😀.txt", "; filename=\"_.txt\"; filename*=UTF-8''%F0%9F%98%80.txt"],
    ["a\nb", "; filename=\"a_b\"; filename*=UTF-8''a%0Ab"],
  ];
  for (const [filename, value] of cases) {
    it(`has ${JSON.stringify(filename)} as RFC 6266 has it`, () => {
      assertEquals(
        formatContentDisposition("attachment", { filename }),
        `attachment${value}`,
      );
    });
  }

  it("has a name in UTF-8, and leaves out what is not there", () => {
    assertEquals(
      formatContentDisposition("inline", { name: 'é"', filename: undefined }),
      bytesOf('inline; name="é\\""'),
    );
  });
});

describe("a Content-Disposition that cannot be written", () => {
  const cases: [
    type: unknown,
    parameters: Record<string, unknown>,
    state: string,
  ][] = [
    [1, {}, "Cannot write the disposition: it is not text but number"],
    [
      "a b",
      {},
      'Cannot write "a b" in a Content-Disposition: it is not a token',
    ],
    [
      "a",
      { "b c": "d" },
      'Cannot write "b c" in a Content-Disposition: it is not',
    ],
    [
      "a",
      { filename: 1 },
      "Cannot write the filename: it is not text but number",
    ],
    [
      "a",
      { name: "b\nc" },
      'Cannot write "b\\nc" in a Content-Disposition: it holds a line break',
    ],
    ["a", { name: "b\rc" }, "it holds a line break"],
    ["a", { name: "b\0é" }, "it holds a NUL"],
    [
      "a",
      { filename: "b\0" },
      'Cannot write "b\\u0000" in a Content-Disposition: it holds a NUL',
    ],
    [
      "form-data",
      { name: "b\0" },
      'Cannot write "b\\u0000" in a Content-Disposition: it holds a NUL',
    ],
  ];
  for (const [type, parameters, state] of cases) {
    it(`is refused: ${JSON.stringify([type, parameters])}`, () => {
      assertThrows(
        () =>
          Reflect.apply(formatContentDisposition, undefined, [
            type,
            parameters,
          ]),
        TypeError,
        state,
      );
    });
  }

  it("is refused where a form's name or filename is not text", () => {
    for (
      const [values, state] of [
        [[null], "Cannot write the name: it is not text but null"],
        [["a", 1], "Cannot write the filename: it is not text but number"],
      ] as const
    ) {
      assertThrows(
        () => Reflect.apply(formatFormDataDisposition, undefined, values),
        TypeError,
        state,
      );
    }
  });
});

describe("the text of a name", () => {
  it("gets CRLF for line breaks, and for no others", () => {
    for (
      const [text, normalized] of [
        ["", ""],
        ["ab", "ab"],
        ["a\nb", "a\r\nb"],
        ["a\rb", "a\r\nb"],
        ["a\r\nb", "a\r\nb"],
        ["\n\r", "\r\n\r\n"],
      ]
    ) assertEquals(normalizeLineBreaks(text), normalized);
  });

  it("is unescaped where it holds what the HTML Standard escapes", () => {
    assertEquals(percentDecodeName("%22%0d%0A%0D%0a%41%2"), '"\r\n\r\n%41%2');
  });
});
