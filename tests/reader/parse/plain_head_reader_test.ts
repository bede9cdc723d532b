import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { PlainHeadReader } from "../../../reader/parse/plain_head.ts";
import { latin1 } from "../../bytes.ts";

/** What is read of a head that stands between other bytes. */
function read(
  head: string,
  { before = "", after = "", maxBytes = 1000, maxFields = 9 } = {},
): unknown {
  const reader = new PlainHeadReader(maxBytes, maxFields);
  const chunk = latin1(before + head + after);
  const plain = reader.read(chunk, before.length);
  if (plain === undefined) return undefined;
  const { type, name, filename, contentType, fields } = plain;
  assertEquals(type, "form-data");
  assertEquals(
    fields.map(([field, value]) => `${field}: ${value}\r\n`).join(""),
    head.slice(0, -2).replace(
      /^[A-Z][\w-]+|\r\n[A-Z][\w-]+/g,
      (field) => field.toLowerCase(),
    ),
  );
  return [name, filename, contentType, reader.end - before.length];
}

const START = 'Content-Disposition: form-data; name="';

describe("the reader of plain heads", () => {
  const plain: [head: string, read: (string | undefined)[]][] = [
    [`${START}a"\r\n\r\n`, ["a"]],
    [`${START}"\r\n\r\n`, [""]],
    [`${START}a b;~%22"\r\n\r\n`, ["a b;~%22"]],
    [`${START}a"; filename="f.txt"\r\n\r\n`, ["a", "f.txt"]],
    [`${START}a"; filename=""\r\n\r\n`, ["a", ""]],
    [`${START}a"\r\nContent-Type: b/c\r\n\r\n`, ["a", undefined, "b/c"]],
    [`${START}a"\r\nContent-Type: b; c\r\n\r\n`, ["a", undefined, "b; c"]],
    [`${START}a"; filename="f"\r\nContent-Type: ~\r\n\r\n`, ["a", "f", "~"]],
  ];
  for (const [head, [name, filename, contentType]] of plain) {
    it(`reads ${JSON.stringify(head)}, wherever it stands`, () => {
      const expected = [name, filename, contentType, head.length];
      for (const before of ["", "--b\r\n", "x".repeat(100)]) {
        for (const after of ["", "\r\n", "value\r\n--b--"]) {
          assertEquals(read(head, { before, after }), expected);
        }
      }
    });

    it(`leaves what is only the beginning of ${JSON.stringify(head)}`, () => {
      for (let length = 0; length < head.length; length++) {
        assertEquals(read(head.slice(0, length)), undefined);
      }
    });

    it(`holds ${JSON.stringify(head)} to the limits`, () => {
      const expected = [name, filename, contentType, head.length];
      const before = "x".repeat(50);
      const maxBytes = head.length - 2;
      assertEquals(read(head, { before, maxBytes }), expected);
      assertEquals(read(head, { before, maxBytes: maxBytes - 1 }), undefined);
      const maxFields = contentType === undefined ? 1 : 2;
      assertEquals(read(head, { maxFields }), expected);
      assertEquals(read(head, { maxFields: maxFields - 1 }), undefined);
    });
  }

  const others = [
    `${START.toLowerCase()}a"\r\n\r\n`,
    `${START}a\\"b"\r\n\r\n`,
    `${START}a\xe9"\r\n\r\n`,
    `${START}a\x7f"\r\n\r\n`,
    `${START}a\t"\r\n\r\n`,
    `${START}a" \r\n\r\n`,
    `${START}a";filename="b"\r\n\r\n`,
    `${START}a"; filename="b\\c"\r\n\r\n`,
    `${START}a"; filename="b"; c="d"\r\n\r\n`,
    `${START}a"\n\n`,
    `${START}a"\r\nA: b\r\n\r\n`,
    `${START}a"\r\nContent-Type:  b/c\r\n\r\n`,
    `${START}a"\r\nContent-Type: b/c \r\n\r\n`,
    `${START}a"\r\nContent-Type: b\tc\r\n\r\n`,
    `${START}a"\r\nContent-Type: b\xe9\r\n\r\n`,
    `${START}a"\r\nContent-Type: b\r\nA: b\r\n\r\n`,
  ];
  for (const head of others) {
    it(`leaves ${JSON.stringify(head)}`, () => {
      assertEquals(read(head), undefined);
    });
  }
});
