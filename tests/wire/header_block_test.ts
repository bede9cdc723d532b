import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartError } from "@tributary/multipart";
import {
  addHeaderLine,
  checkHeaderField,
  formatHeaderLine,
  headerLineLength,
  type HeaderRules,
} from "../../wire/header_block.ts";

const place = { offset: 100, partIndex: 3 };
const mail: HeaderRules = { unfolds: true, trimsNames: false };
const form: HeaderRules = { unfolds: false, trimsNames: true };

/** Parses lines that start at `place`, one after the other, into fields. */
function parse(lines: string[], rules: HeaderRules): [string, string][] {
  const fields: [string, string][] = [];
  let { offset } = place;
  for (const line of lines) {
    addHeaderLine(fields, line, rules, 9, { ...place, offset });
    offset += line.length + 2;
  }
  return fields;
}

describe("addHeaderLine()", () => {
  it("gives names in lower case, and values with the space around", () => {
    assertEquals(parse(["A-B:c", "X: \t d e \t", "Y:", "Z: 1:2"], mail), [
      ["a-b", "c"],
      ["x", " \t d e \t"],
      ["y", ""],
      ["z", " 1:2"],
    ]);
  });

  it("unfolds, and keeps the space of the fold", () => {
    assertEquals(parse(["A: b ", " c", "\t\td: e", "F: g"], mail), [
      ["a", " b  c\t\td: e"],
      ["f", " g"],
    ]);
  });

  it("trims the space around a name where that is the rule", () => {
    assertEquals(parse([" A \t: b"], form), [["a", " b"]]);
  });

  const malformed: [string[], HeaderRules, number, string][] = [
    [["A: b", "no colon"], mail, 106, "it has no colon"],
    [["A : b"], mail, 100, "its name is not a token"],
    [[" A: b"], mail, 100, "its name is not a token"],
    [[": b"], form, 100, "its name is not a token"],
    [["A B: b"], form, 100, "its name is not a token"],
    [["A: b", " c: d"], form, 106, "it is folded"],
  ];
  for (const [lines, rules, offset, state] of malformed) {
    it(`refuses ${JSON.stringify(lines)}, and says where`, () => {
      const error = assertThrows(
        () => parse(lines, rules),
        MultipartError,
      );
      assertEquals(error.code, "invalid-header");
      assertEquals([error.offset, error.partIndex], [offset, 3]);
      assertEquals(error.message.endsWith(`": ${state}`), true, error.message);
    });
  }
});

describe("formatHeaderLine()", () => {
  const cases: [name: string, line: string][] = [
    ["content-type", "Content-Type: v\r\n"],
    ["content-id", "Content-ID: v\r\n"],
    ["content-md5", "Content-MD5: v\r\n"],
    ["mime-version", "MIME-Version: v\r\n"],
    ["x-a-b", "X-A-B: v\r\n"],
    ["x_y", "X_y: v\r\n"],
    // Properties that every object has must not count as known spellings.
    ["constructor", "Constructor: v\r\n"],
    ["__proto__", "__proto__: v\r\n"],
    ["tostring", "Tostring: v\r\n"],
  ];
  for (const [name, line] of cases) {
    it(`spells ${name} as it is known`, () => {
      assertEquals(formatHeaderLine([name, "v"]), line);
      assertEquals(formatHeaderLine([name, "v"]), line, "once more");
      assertEquals(headerLineLength([name, "v"]), line.length);
    });
  }
});

describe("checkHeaderField()", () => {
  it("gives the name in lower case, and no space around the value", () => {
    assertEquals(checkHeaderField("A-B", " \tc d\xff "), ["a-b", "c d\xff"]);
    assertEquals(checkHeaderField("a", ""), ["a", ""]);
  });

  const refused: [name: unknown, value: unknown, state: string][] = [
    [1, "v", "Cannot write the name of a field: it is not text but number"],
    ["a", null, "Cannot write a: it is not text but null"],
    ["", "v", 'Cannot write field "": its name is not a token'],
    ["a b", "v", 'Cannot write field "a b": its name is not a token'],
    ["a", "\0", 'its value "\\u0000" holds NUL, CR or LF'],
    ["a", "b\r", 'its value "b\\r" holds NUL, CR or LF'],
    ["a", "\nb", 'its value "\\nb" holds NUL, CR or LF'],
    ["a", "\u0100", 'its value "\u0100" holds a character above 255'],
    ["a", "b\u20ac", 'Cannot write field "a": its value "b\u20ac"'],
  ];
  for (const [name, value, state] of refused) {
    it(`refuses ${JSON.stringify([name, value])}, and says why`, () => {
      assertThrows(
        () => Reflect.apply(checkHeaderField, undefined, [name, value]),
        TypeError,
        state,
      );
    });
  }
});
