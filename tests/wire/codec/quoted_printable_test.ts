import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  QuotedPrintableDecoder,
  QuotedPrintableEncoder,
} from "../../../wire/codec/quoted_printable.ts";
import { bytewise, cuttings, latin1 } from "../../bytes.ts";

function text(parts: Uint8Array[]): string {
  return parts.map((part) =>
    Array.from(part, (b) => String.fromCharCode(b)).join("")
  )
    .join("");
}

function decode(chunks: Iterable<Uint8Array>): string {
  const decoder = new QuotedPrintableDecoder();
  const parts = Array.from(chunks, (chunk) => {
    const copy = chunk.slice();
    const part = decoder.decode(copy);
    copy.fill(0x21);
    return part;
  });
  return text([...parts, decoder.finish()]);
}

function encode(chunks: Iterable<Uint8Array>): string {
  const encoder = new QuotedPrintableEncoder();
  const parts = Array.from(chunks, (chunk) => encoder.encode(chunk));
  return text([...parts, encoder.finish()]);
}

function assertDecodes(input: string, expected: string): void {
  for (const { label, chunks } of cuttings(latin1(input))) {
    assertEquals(decode(chunks), expected, `${JSON.stringify(input)} ${label}`);
  }
}

function randomText(alphabet: string, length: number): string {
  let text = "";
  while (text.length < length) {
    text += alphabet[Math.floor(Math.random() * alphabet.length)];
  }
  return text;
}

describe("codec quoted-printable: decoder", () => {
  for (
    const [input, expected] of [
      ["==3D", "=="],
      ["=4=3D", "=4="],
      ["= x", "= x"],
      ["a= \t\nb", "ab"],
      ["a=\rb", "a=\rb"],
      ["a=\r", "a=\r"],
      ["a \r", "a \r"],
      ["a \rb", "a \rb"],
      ["a \r \nb", "a \r\nb"],
      ["a\r\r\nb", "a\r\r\nb"],
      ["=20 \r\n", " \r\n"],
      ["a =\r\n b", "a  b"],
      ["a =\r\n \r\nb", "a \r\nb"],
      ["a=  ", "a"],
      ["\r\n\r\n \r\n", "\r\n\r\n\r\n"],
      ["=0D=0A", "\r\n"],
      [" \r\n", "\r\n"],
      [" \t", ""],
      ["=x\nb", "=x\nb"],
      ["=\rb\n", "=\rb\n"],
    ]
  ) {
    it(`makes ${JSON.stringify(expected)} of ${JSON.stringify(input)}`, () => {
      assertDecodes(input, expected);
    });
  }

  it("takes up to 512 bytes of space for padding, and more for data", () => {
    for (const length of [511, 512, 513, 514, 2100]) {
      const space = " \t".repeat(length).slice(0, length);
      const kept = length > 512 ? space : "";
      for (const end of ["", "\r\n", "\n"]) {
        const input = latin1(`a${space}${end}`);
        assertEquals(decode([input]), `a${kept}${end}`);
        assertEquals(decode(bytewise(input)), `a${kept}${end}`);
        for (const at of [1, 2, 300, 511, 512, 513, 514, 515, 516]) {
          const chunks = [input.subarray(0, at), input.subarray(at)];
          assertEquals(decode(chunks), `a${kept}${end}`, `cut at ${at}`);
        }
      }
      const soft = latin1(`a=${space}\r\nb`);
      const expected = length > 512 ? `a=${space}\r\nb` : "ab";
      assertEquals(decode([soft]), expected);
      assertEquals(decode(bytewise(soft)), expected);
    }
  });

  it("goes on with padding behind a run of space that was data", () => {
    const spaces = " ".repeat(600);
    assertEquals(
      decode([latin1(`x${spaces}`), latin1(" a"), latin1("  \r\nb")]),
      `x${spaces} a\r\nb`,
    );
  });

  it("gives out at once what is certain", () => {
    for (
      const [input, certain] of [
        ["a\nb\r\nc", 6],
        ["a\n", 2],
        ["a\r\n", 3],
        ["a\rb", 3],
        ["a\r", 1],
        ["=\rab", 4],
        ["=4xa", 4],
        ["=41a", 2],
        ["a=", 1],
        ["a=4", 1],
        ["a =41", 3],
        ["a ", 1],
      ] as const
    ) {
      const { length } = new QuotedPrintableDecoder().decode(latin1(input));
      assertEquals(length, certain, JSON.stringify(input));
    }
  });

  it("holds no more than 1 KiB back", () => {
    const decoder = new QuotedPrintableDecoder();
    const spaces = latin1(" ".repeat(1000));
    let taken = 1;
    let given = decoder.decode(latin1("a")).length;
    for (let round = 0; round < 100; round++) {
      taken += spaces.length;
      given += decoder.decode(spaces).length;
      assert(taken - given <= 514);
    }
  });

  it("gives the same however its input is cut", () => {
    for (let round = 0; round < 3000; round++) {
      const input = latin1(randomText("= \t\r\n4Dx", 24));
      const whole = decode([input]);
      for (const { label, chunks } of cuttings(input)) {
        assertEquals(decode(chunks), whole, `${text([input])} ${label}`);
      }
    }
  });
});

describe("codec quoted-printable: encoder", () => {
  for (
    const [input, expected] of [
      ["", ""],
      ["a=b", "a=3Db"],
      ["\xe9\0\x7f", "=E9=00=7F"],
      ["a\r\nb", "a\r\nb"],
      ["a\rb\nc", "a=0Db=0Ac"],
      ["a\n\r", "a=0A=0D"],
      ["a\r\r\n", "a=0D\r\n"],
      ["a \r\nb\t\r\n", "a=20\r\nb=09\r\n"],
      ["a  \r\n", "a =20\r\n"],
      ["a ", "a=20"],
      ["a \r", "a =0D"],
      [" a\tb", " a\tb"],
      ["x".repeat(80), `${"x".repeat(75)}=\r\n${"x".repeat(5)}`],
      ["\xff".repeat(26), `${"=FF".repeat(25)}=\r\n=FF`],
    ]
  ) {
    it(`makes ${JSON.stringify(expected)} of ${JSON.stringify(input)}`, () => {
      for (const { label, chunks } of cuttings(latin1(input))) {
        assertEquals(encode(chunks), expected, label);
      }
    });
  }

  it("has room for bytes that all take an escape", () => {
    for (let length = 0; length < 2000; length += 37) {
      const input = "\xff".repeat(length);
      const encoded = encode([latin1(input)]);
      const breaks = Math.max(0, Math.ceil(length / 25) - 1);
      assertEquals(encoded.length, 3 * length + 3 * breaks);
      assertEquals(decode([latin1(encoded)]), input);
    }
  });

  it("keeps to lines of 76, ends none in space, and is undone by the decoder", () => {
    const anything = Array.from(
      { length: 256 },
      (_, byte) => String.fromCharCode(byte),
    ).join("");
    for (const alphabet of [anything, "abc \t\r\n", "a =\xe9\r\n", " \r\n"]) {
      for (let round = 0; round < 100; round++) {
        const input = randomText(alphabet, Math.floor(Math.random() * 600))
          .replace(/\r\n?/g, (end) => Math.random() < 0.5 ? "\r\n" : end);
        const bytes = latin1(input);
        const encoded = encode([bytes]);
        for (const line of encoded.split("\r\n")) {
          assert(line.length <= 76, line);
          assert(!/[ \t]$/.test(line), line);
          assert(/^[\t -~]*$/.test(line), line);
        }
        assertEquals(encode(bytewise(bytes)), encoded);
        assertEquals(decode([latin1(encoded)]), input);
      }
    }
  });
});
