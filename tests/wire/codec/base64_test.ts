import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartError } from "@tributary/multipart";
import {
  Base64Decoder,
  base64EncodedLength,
  Base64Encoder,
} from "../../../wire/codec/base64.ts";
import { cuttings, latin1, utf8 } from "../../bytes.ts";

interface Codec {
  run(chunk: Uint8Array): Uint8Array;
  finish(): Uint8Array;
}

function encoder(): Codec {
  const codec = new Base64Encoder();
  return { run: (c) => codec.encode(c), finish: () => codec.finish() };
}

function decoder(): Codec {
  const codec = new Base64Decoder();
  return { run: (c) => codec.decode(c), finish: () => codec.finish() };
}

/** Runs a codec on the chunks. Each chunk is overwritten afterwards. */
function run(codec: Codec, chunks: Iterable<Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const chunk of chunks) {
    const copy = chunk.slice();
    parts.push(codec.run(copy));
    copy.fill(0x21);
  }
  parts.push(codec.finish());
  const bytes = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

function* randomCuts(bytes: Uint8Array, most: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    const length = Math.floor(Math.random() * most);
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

function input(...pieces: string[]): Uint8Array {
  return utf8(pieces.join(""));
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

describe("codec base64: encoder", () => {
  it("gives what btoa() gives, in lines of 76", () => {
    for (let length = 0; length < 400; length++) {
      const bytes = randomBytes(length);
      const expected = btoa(String.fromCharCode(...bytes))
        .match(/.{1,76}/g)?.join("\r\n") ?? "";
      assertEquals(text(run(encoder(), [bytes])), expected);
    }
  });

  it("gives the same however its input is cut", () => {
    const bytes = randomBytes(200);
    const expected = text(run(encoder(), [bytes]));
    for (const { label, chunks } of cuttings(bytes)) {
      assertEquals(text(run(encoder(), chunks)), expected, label);
    }
  });

  it("makes as many bytes as base64EncodedLength() says", () => {
    for (let length = 0; length <= 1000; length++) {
      const encoded = run(encoder(), [new Uint8Array(length)]);
      assertEquals(base64EncodedLength(length), encoded.length, `${length}`);
    }
  });
});

describe("codec base64: decoder", () => {
  it("undoes the encoder, however both are cut", () => {
    for (let round = 0; round < 100; round++) {
      const bytes = randomBytes(Math.floor(Math.random() * 5000));
      const most = 2 + Math.random() * 3000;
      const encoded = run(encoder(), randomCuts(bytes, most));
      assertEquals(run(decoder(), randomCuts(encoded, most)), bytes);
    }
  });

  it("reads chunks that are long enough for the engine's own decoder", () => {
    const bytes = randomBytes(40_000);
    const encoded = run(encoder(), [bytes]);
    for (let cut = 1; cut < 100; cut++) {
      const chunks = [encoded.subarray(0, cut), encoded.subarray(cut)];
      assertEquals(run(decoder(), chunks), bytes, `cut at ${cut}`);
    }
  });

  /**
   * Bytes that are not base64, among them UTF-8 sequences of all lengths, a
   * BOM, and bytes that are not UTF-8.
   */
  const JUNK = [
    "*",
    "-_",
    "\0",
    "\f\v\t \n",
    "\x80\xff",
    "\xc3\xa9",
    "\xef\xbb\xbf",
    "\xf0\x9f\x98\x80",
  ];

  it("skips what is not base64, wherever it stands in a long chunk", () => {
    const bytes = randomBytes(900);
    const encoded = text(run(encoder(), [bytes]));
    for (let at = 0; at <= encoded.length; at++) {
      for (const junk of JUNK) {
        const input = encoded.slice(0, at) + junk + encoded.slice(at);
        assertEquals(run(decoder(), [latin1(input)]), bytes);
      }
    }
  });

  it("ends at the padding, wherever it stands in a long chunk", () => {
    const rest = "YWJj".repeat(300);
    for (let quanta = 0; quanta < 300; quanta++) {
      const head = "YWJj".repeat(quanta);
      for (
        const [padded, end] of [["YQ=", "a"], ["YQ==", "a"], ["YWI=", "ab"]]
      ) {
        for (const tail of ["", "\r\n", "=", " =\r\n", "\r\n!-_"]) {
          const input = utf8(head + padded + tail);
          const expected = "abc".repeat(quanta) + end;
          assertEquals(text(run(decoder(), [input])), expected);
        }
        // In the same chunk, and in the next.
        for (
          const chunks of [[input(head, padded, rest)], [
            input(head, padded),
            utf8(rest),
          ]]
        ) {
          const error = assertThrows(
            () => run(decoder(), chunks),
            MultipartError,
            "Cannot decode base64: there is data after its padding",
          );
          assertEquals(error.code, "invalid-encoding");
        }
      }
    }
  });

  it("refuses a character that is left over, padded or not", () => {
    for (const input of ["Y", "Y=", "YWJjZ", "YWJj\r\nZ==="]) {
      for (const { label, chunks } of cuttings(utf8(input))) {
        const error = assertThrows(
          () => run(decoder(), chunks),
          MultipartError,
          "Cannot decode base64: one character is left over",
        );
        assertEquals(error.code, "invalid-encoding", label);
        assertEquals(error.status, 400, label);
      }
    }
  });

  it("holds nothing of what it skips", () => {
    const spaces = new Uint8Array(64 * 1024).fill(0x20);
    const decoder = new Base64Decoder();
    const output: number[] = [];
    for (const character of "T3Nsbw==") {
      output.push(...decoder.decode(latin1(character)));
      for (let count = 0; count < 16; count++) {
        assertEquals(decoder.decode(spaces).length, 0);
      }
    }
    output.push(...decoder.finish());
    assertEquals(String.fromCharCode(...output), "Oslo");
  });
});
