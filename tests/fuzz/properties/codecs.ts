/** Properties of the transfer encodings, for any input. */
import { MultipartError } from "@tributary/multipart";
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import * as fc from "fast-check";
import {
  Base64Decoder,
  base64EncodedLength,
  Base64Encoder,
} from "../../../wire/codec/base64.ts";
import {
  QuotedPrintableDecoder,
  QuotedPrintableEncoder,
} from "../../../wire/codec/quoted_printable.ts";
import { latin1 } from "../../bytes.ts";
import { byteStrings } from "../bodies.ts";
import { chunksOf, deliveries, type Delivery } from "../chunking.ts";
import { byteString } from "../outcome.ts";
import { type Property, property } from "../property.ts";

const ALPHABET =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 and quoted-printable, valid and invalid. */
const texts: fc.Arbitrary<string> = fc.oneof(
  byteStrings({ maxLength: 60 }),
  fc.array(
    fc.constantFrom(
      "A",
      "z",
      "/",
      "=",
      "==",
      "\r\n",
      "\n",
      "\r",
      " ",
      "\t",
      "-",
      "_",
      "\xff",
      "=4",
      "=4f",
      "=4F",
      "=\r\n",
      "= \t\r\n",
      "=\n",
      "=\r",
      "=G0",
      "T3Nsbw==",
      "T3Nsb28=\r\n",
      "Zm9v".repeat(150),
      `${"Zm9v".repeat(19)}\r\n`.repeat(10),
      `${"Zm9v".repeat(130)}Zg==${"Zm9v".repeat(130)}`,
    ),
    { maxLength: 14 },
  ).map((pieces) => pieces.join("")),
);

const contents: fc.Arbitrary<string> = fc.oneof(
  byteStrings({ maxLength: 400 }),
  fc.array(
    fc.constantFrom(
      "x",
      "=",
      " ",
      "\t",
      "\r",
      "\n",
      "\r\n",
      "é",
      "y".repeat(75),
    ),
    { maxLength: 40 },
  ).map((pieces) => byteString(new TextEncoder().encode(pieces.join("")))),
);

interface Decoder {
  decode(chunk: Uint8Array): Uint8Array;
  finish(): Uint8Array;
}

interface Encoder {
  encode(chunk: Uint8Array): Uint8Array;
  finish(): Uint8Array;
}

/** Returns the decoded bytes, or `undefined` if the text is refused. */
function decode(
  decoder: Decoder,
  text: string,
  delivery: Delivery,
): string | undefined {
  let decoded = "";
  try {
    for (const chunk of chunksOf(latin1(text), delivery)) {
      decoded += byteString(decoder.decode(chunk));
    }
    return decoded + byteString(decoder.finish());
  } catch (error) {
    assertInstanceOf(error, MultipartError);
    assertEquals(error.code, "invalid-encoding");
    return undefined;
  }
}

function encode(encoder: Encoder, text: string, delivery: Delivery): string {
  let encoded = "";
  for (const chunk of chunksOf(latin1(text), delivery)) {
    encoded += byteString(encoder.encode(chunk));
  }
  return encoded + byteString(encoder.finish());
}

/** Decodes by RFC 2045, section 6.8, bit by bit. */
function decodeBase64(text: string): string | undefined {
  const [before, ...behind] = text.split("=");
  if (/[A-Za-z0-9+/]/.test(behind.join(""))) return undefined;
  let bits = "";
  for (const character of before) {
    const value = ALPHABET.indexOf(character);
    if (value >= 0) bits += value.toString(2).padStart(6, "0");
  }
  if (bits.length % 24 === 6) return undefined;
  let decoded = "";
  for (let at = 0; at + 8 <= bits.length; at += 8) {
    decoded += String.fromCharCode(parseInt(bits.slice(at, at + 8), 2));
  }
  return decoded;
}

/** Decodes by RFC 2045, section 6.7, in one replacement. */
function decodeQuotedPrintable(text: string): string {
  return text.replace(
    /=([0-9a-f]{2})|=[ \t]*(?:\r?\n|$)|[ \t]+(?=\r?\n|$)/gi,
    (_, digits?: string) =>
      digits === undefined ? "" : String.fromCharCode(parseInt(digits, 16)),
  );
}

export const codecProperties: readonly Property[] = [
  property(
    "base64 is decoded as a plain model does it",
    1000,
    fc.tuple(texts, deliveries),
    ([text, delivery]) => {
      assertEquals(
        decode(new Base64Decoder(), text, delivery),
        decodeBase64(text),
      );
    },
  ),
  property(
    "quoted-printable is decoded as a plain model does it",
    1000,
    fc.tuple(texts, deliveries),
    ([text, delivery]) => {
      assertEquals(
        decode(new QuotedPrintableDecoder(), text, delivery),
        decodeQuotedPrintable(text),
      );
    },
  ),
  property(
    "base64 comes back, in short lines, and as long as was said",
    500,
    fc.tuple(contents, deliveries, deliveries),
    ([content, one, other]) => {
      const encoded = encode(new Base64Encoder(), content, one);
      assertEquals(encoded.length, base64EncodedLength(content.length));
      assert(encoded.split("\r\n").every(({ length }) => length <= 76));
      assert(/^[A-Za-z0-9+/=\r\n]*$/.test(encoded));
      assertEquals(encode(new Base64Encoder(), content, other), encoded);
      assertEquals(decode(new Base64Decoder(), encoded, other), content);
    },
  ),
  property(
    "quoted-printable comes back, in short lines of plain characters",
    500,
    fc.tuple(contents, deliveries, deliveries),
    ([content, one, other]) => {
      const encoded = encode(new QuotedPrintableEncoder(), content, one);
      for (const line of encoded.split("\r\n")) {
        assert(/^[\t -~]{0,76}$/.test(line), JSON.stringify(line));
        assert(!/[ \t]$/.test(line), JSON.stringify(line));
      }
      assertEquals(
        encode(new QuotedPrintableEncoder(), content, other),
        encoded,
      );
      assertEquals(
        decode(new QuotedPrintableDecoder(), encoded, other),
        content,
      );
    },
  ),
];
