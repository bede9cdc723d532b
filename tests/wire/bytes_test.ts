import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  concat,
  decodeByteString,
  decodeUtf8,
  fromByteString,
  toByteString,
} from "../../wire/bytes.ts";
import { latin1, utf8 } from "../bytes.ts";

/** Lengths around those at which the way to make text changes. */
const lengths = [0, 1, 7, 8, 9, 15, 16, 17, 23, 24, 25, 26, 32, 100];

describe("byte strings", () => {
  it("hold a character for each byte, however many there are", () => {
    for (const length of [...lengths, 4095, 4096, 4097, 10_000]) {
      const bytes = Uint8Array.from({ length }, (_, at) => at);
      const text = toByteString(bytes);
      assertEquals(
        text,
        bytes.reduce(
          (made, byte) => made + String.fromCharCode(byte),
          "",
        ),
      );
      assertEquals(fromByteString(text), bytes);
    }
  });

  it("are read as UTF-8, and what is none is replaced", () => {
    assertEquals(decodeByteString(""), "");
    assertEquals(decodeByteString("a\x7f"), "a\x7f");
    assertEquals(decodeByteString("\xc3\xa9"), "é");
    assertEquals(decodeByteString("\x80"), "\ufffd");
    assertEquals(decodeByteString("a\x80"), "a\ufffd");
    assertEquals(decodeByteString("\xef\xbb\xbfa"), "\ufeffa");
  });
});

describe("UTF-8", () => {
  it("is read alike, be the text short or long", () => {
    for (const length of lengths) {
      const text = "abcdefghij".repeat(10).slice(0, length);
      assertEquals(decodeUtf8(utf8(text)), text);
      for (let at = 0; at < length; at++) {
        for (const [byte, read] of [["\x7f", "\x7f"], ["\x80", "\ufffd"]]) {
          const [head, tail] = [text.slice(0, at), text.slice(at + 1)];
          const bytes = latin1(head + byte + tail);
          assertEquals(decodeUtf8(bytes), head + read + tail);
        }
      }
    }
    assertEquals(decodeUtf8(utf8("\ufeffé")), "\ufeffé");
  });
});

describe("decodeUtf8()", () => {
  it("reads from any place to any other", () => {
    const text = "abcdefghij".repeat(10);
    const bytes = utf8(text);
    for (const start of [0, 1, 30]) {
      for (const length of lengths.filter((length) => length <= 70)) {
        const end = start + length;
        assertEquals(decodeUtf8(bytes, start, end), text.slice(start, end));
      }
    }
  });
});

describe("concat()", () => {
  it("makes a copy of both, one behind the other", () => {
    const first = utf8("ab");
    const second = utf8("c");
    const both = concat(first, second);
    first.fill(0);
    second.fill(0);
    assertEquals(both, utf8("abc"));
    assertEquals(concat(new Uint8Array(0), utf8("x")), utf8("x"));
  });
});
