import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartError } from "@tributary/multipart";
import {
  formatHeaderLine,
  type HeaderRules,
  parseHeaderBlock,
} from "../../wire/header_block.ts";

const place = { offset: 100, partIndex: 3 };
const mail: HeaderRules = { folding: "unfold", fieldNameSpace: "reject" };
const form: HeaderRules = { folding: "reject", fieldNameSpace: "trim" };

describe("parseHeaderBlock()", () => {
  it("gives names in lower case and values without the space around", () => {
    const block = "A-B:c\r\nX: \t d e \t\r\nY:\r\nZ: 1:2\n";
    assertEquals(parseHeaderBlock(block, mail, 9, place), [
      ["a-b", "c"],
      ["x", "d e"],
      ["y", ""],
      ["z", "1:2"],
    ]);
    assertEquals(parseHeaderBlock("", mail, 9, place), []);
  });

  it("unfolds, and keeps the space of the fold", () => {
    const block = "A: b\r\n c\r\n\t\td: e\r\nF: g\r\n";
    assertEquals(parseHeaderBlock(block, mail, 9, place), [
      ["a", "b c\t\td: e"],
      ["f", "g"],
    ]);
  });

  it("trims the space around a name where that is the rule", () => {
    assertEquals(parseHeaderBlock(" A \t: b\r\n", form, 9, place), [[
      "a",
      "b",
    ]]);
  });

  const malformed: [string, HeaderRules, number, string][] = [
    ["A: b\r\nno colon\r\n", mail, 106, "it has no colon"],
    ["A : b\r\n", mail, 100, "its name is not a token"],
    [" A: b\r\n", mail, 100, "its name is not a token"],
    [": b\r\n", form, 100, "its name is not a token"],
    ["A B: b\r\n", form, 100, "its name is not a token"],
    ["A: b\r\n c: d\r\n", form, 106, "it is folded"],
  ];
  for (const [block, rules, offset, state] of malformed) {
    it(`refuses ${JSON.stringify(block)}, and says where`, () => {
      const error = assertThrows(
        () => parseHeaderBlock(block, rules, 9, place),
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
    ["x_y", "X_y: v\r\n"],
    // What every object has is no spelling.
    ["constructor", "Constructor: v\r\n"],
    ["__proto__", "__proto__: v\r\n"],
    ["tostring", "Tostring: v\r\n"],
  ];
  for (const [name, line] of cases) {
    it(`spells ${name} as it is known`, () => {
      assertEquals(formatHeaderLine([name, "v"]), line);
    });
  }
});
