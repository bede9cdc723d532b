import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  plainFields,
  readPlainHead,
} from "../../../reader/parse/plain_head.ts";
import { latin1 } from "../../bytes.ts";

/** Reads a head that stands between other bytes. */
function read(
  head: string,
  { before = "", after = "", headerBytes = 1000, headers = 9 } = {},
): unknown {
  const chunk = latin1(before + head + after);
  const limits = { headerBytes, headers };
  const plain = readPlainHead(chunk, before.length, limits);
  if (plain === undefined) return undefined;
  const { type, name, filename, contentType, end } = plain;
  assertEquals(type, "form-data");
  assertEquals(
    plainFields(plain).map(([field, value]) => `${field}: ${value}\r\n`).join(
      "",
    ),
    head.slice(0, -2).replace(
      /^[A-Z][\w-]+|\r\n[A-Z][\w-]+/g,
      (field) => field.toLowerCase(),
    ),
  );
  return [name, filename, contentType, end - before.length];
}

const START = 'Content-Disposition: form-data; name="';

describe("readPlainHead()", () => {
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
      const headerBytes = head.length - 2;
      assertEquals(read(head, { before, headerBytes }), expected);
      assertEquals(
        read(head, { before, headerBytes: headerBytes - 1 }),
        undefined,
      );
      const headers = contentType === undefined ? 1 : 2;
      assertEquals(read(head, { headers }), expected);
      assertEquals(read(head, { headers: headers - 1 }), undefined);
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

  it("reads a head beyond the first GiB of a chunk", () => {
    const GIB = 2 ** 30;
    const head = latin1(`${START}a"\r\nContent-Type: b/c\r\n\r\n`);
    // The system allocates no memory for pages that are never written.
    const chunk = new Uint8Array(GIB + 200);
    for (const place of [-head.length, -20, 0, 100]) {
      const start = GIB + place;
      chunk.set(head, start);
      const limits = { headerBytes: 1000, headers: 9 };
      const plain = readPlainHead(chunk, start, limits);
      assertEquals(plain?.name, "a");
      assertEquals(plain?.contentType, "b/c");
      assertEquals(plain?.end, start + head.length);
      chunk.fill(0, start);
    }
    // A head without its last byte is not plain, even if it would end at 1 GiB:
    // that position once stood for "not found".
    chunk.set(head, GIB - head.length);
    const short = chunk.subarray(0, GIB - 1);
    const limits = { headerBytes: 1000, headers: 9 };
    assertEquals(
      readPlainHead(short, GIB - head.length, limits),
      undefined,
    );
  });
});
