/** The bytes of a request, as the demonstration keeps them. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { RawRequest } from "../../examples/upload/raw_request.ts";
import { assertGrowth } from "../threats/hostile.ts";

const encoder = new TextEncoder();

/** A form whose heads have `size` bytes in total. None of them is too large. */
function formWithHeads(size: number): string {
  const most = 15_000;
  const heads = Math.ceil(size / most);
  const field = `x: ${"x".repeat(Math.floor(size / heads))}\r\n`;
  const part =
    `--b\r\nContent-Disposition: form-data; name="a"\r\n${field}\r\n1\r\n`;
  return `${part.repeat(heads)}--b--\r\nbye`;
}

function look(text: string, chunkBytes: number): RawRequest {
  const record = new RawRequest("b");
  const bytes = encoder.encode(text);
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    record.take(bytes.slice(start, start + chunkBytes));
  }
  record.end();
  return record;
}

describe("RawRequest", () => {
  it("cuts a request in the same places, however it comes", () => {
    const text = formWithHeads(20_000);
    const whole = look(text, text.length);
    assertEquals(whole.problem, undefined);
    assertEquals(
      whole.pieces.map(({ kind }) => kind),
      [
        ...["delimiter", "head", "body", "delimiter", "head", "body"],
        ...["delimiter", "epilogue"],
      ],
    );
    let offset = 0;
    for (const piece of whole.pieces) {
      assertEquals(piece.offset, offset);
      const kept = text.slice(offset, offset + piece.bytes.length);
      assertEquals(piece.bytes, kept);
      offset += piece.length;
    }
    assertEquals(offset, text.length);
    for (const size of [1, 2, 3, 7, 64, 1000, 4096, 15_000, 16_385]) {
      assertEquals(look(text, size).pieces, whole.pieces, `by ${size} bytes`);
    }
  });

  it("reads a head that comes byte by byte in linear time", async () => {
    const texts = new Map(
      [875, 14_000].map((size) => [size, formWithHeads(size)]),
    );
    await assertGrowth(
      (size) => assert(look(texts.get(size) ?? "", 1).pieces.length === 5),
      { from: 875 },
    );
  });

  it("holds no chunk, and writes into none", () => {
    const record = new RawRequest("b");
    const form = encoder.encode(formWithHeads(10));
    const chunk = Buffer.from(form); // A view of Node's shared buffer pool.
    const shared = Buffer.alloc(chunk.length + 100, "~");
    chunk.copy(shared);
    record.take(shared.subarray(0, 20));
    record.take(shared.subarray(20, 21));
    record.take(shared.subarray(21, chunk.length));
    assertEquals(shared.subarray(0, chunk.length), chunk);
    assertEquals(String(shared.subarray(chunk.length)), "~".repeat(100));
  });
});
