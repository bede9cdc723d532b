/** Properties of parts that are decoded. */
import {
  MultipartError,
  type MultipartErrorCode,
  MultipartReader,
} from "@tributary/multipart";
import { MultipartWriter } from "@tributary/multipart/writer";
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import * as fc from "fast-check";
import { latin1 } from "../../bytes.ts";
import { byteStrings } from "../bodies.ts";
import { chunksOf, deliveries, type Delivery, WHOLE } from "../chunking.ts";
import { byteString } from "../outcome.ts";
import { type Property, property } from "../property.ts";

const TRANSFERS = [undefined, "base64", "quoted-printable", "binary", "x"];
const CODINGS = [undefined, "gzip", "deflate", "identity", "x"];

/** Changes to encoded bytes. Often there are none. */
const damages = fc.array(
  fc.record({
    at: fc.nat(9_999),
    put: byteStrings({ maxLength: 3 }),
    over: fc.nat(3),
  }),
  { maxLength: 2 },
);

const bodies = fc.record({
  content: fc.oneof(
    byteStrings({ maxLength: 200 }),
    fc.constantFrom("x".repeat(1000), "\r\n--b\r\n", "a = b \r\n"),
  ),
  transfer: fc.constantFrom(...TRANSFERS),
  coding: fc.constantFrom(...CODINGS),
  damages,
});

type Body = typeof bodies extends fc.Arbitrary<infer T> ? T : never;

/** The bytes of a part, or the code of its error. */
type Decoded = string | { readonly code: MultipartErrorCode };

/** Returns the part's bytes as they are sent. */
async function encode(body: Body): Promise<string> {
  const writer = new MultipartWriter();
  writer.append(latin1(body.content), {
    transferEncoding: known(body.transfer),
    contentEncoding: known(body.coding),
  });
  const reader = MultipartReader.from(writer.toResponse(), { decode: false });
  const { value: part } = await reader.next();
  assert(part !== undefined);
  let text = byteString(await part.bytes());
  await reader.cancel();
  for (const { at, put, over } of body.damages) {
    const start = Math.floor(at * text.length / 10_000);
    text = text.slice(0, start) + put + text.slice(start + over);
  }
  return text;
}

function known(encoding: string | undefined): string | undefined {
  return encoding === "x" ? undefined : encoding;
}

function frame({ transfer, coding }: Body, encoded: string): string {
  const fields = [
    transfer && `Content-Transfer-Encoding: ${transfer}\r\n`,
    coding && `Content-Encoding: ${coding}\r\n`,
  ];
  return `--outer\r\n${
    fields.join("")
  }\r\n${encoded}\r\n--outer\r\n\r\nnext\r\n--outer--`;
}

async function decode(
  text: string,
  delivery: Delivery,
  way: "bytes" | "chunks",
): Promise<Decoded> {
  const chunks = chunksOf(latin1(text), delivery);
  const reader = new MultipartReader(chunks, { boundary: "outer" });
  const { value: part } = await reader.next();
  assert(part !== undefined);
  let decoded = "";
  try {
    if (way === "bytes") decoded = byteString(await part.bytes());
    else {
      for await (const chunk of part) {
        assert(chunk.length > 0);
        decoded += byteString(chunk);
      }
    }
    assert(part.done);
  } catch (error) {
    assertInstanceOf(error, MultipartError);
    await assertNextIs(reader);
    return { code: error.code };
  }
  await assertNextIs(reader);
  return decoded;
}

/** A part that cannot be decoded does not affect the next. */
async function assertNextIs(reader: MultipartReader): Promise<void> {
  const { value: next } = await reader.next();
  assertEquals(await next?.text(), "next");
  assertEquals((await reader.next()).done, true);
}

export const decodingProperties: readonly Property[] = [
  property(
    "an encoded part is decoded to what it was, or is one MultipartError",
    150,
    fc.tuple(
      bodies,
      deliveries,
      deliveries,
      fc.constantFrom<"bytes" | "chunks">("bytes", "chunks"),
    ),
    async ([body, one, other, way]) => {
      const encoded = await encode(body);
      if (encoded.includes("\r\n--outer")) return;
      const text = frame(body, encoded);
      const decoded = await decode(text, WHOLE, "bytes");
      assertEquals(await decode(text, one, way), decoded);
      assertEquals(await decode(text, other, "bytes"), decoded);
      if (body.transfer === "x" || body.coding === "x") {
        assertEquals(decoded, { code: "unsupported-encoding" });
      } else if (body.damages.length === 0) {
        assertEquals(decoded, body.content);
      }
    },
  ),
];
