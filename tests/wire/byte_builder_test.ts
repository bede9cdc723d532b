import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ByteBuilder } from "../../wire/byte_builder.ts";
import { utf8 } from "../bytes.ts";

const TEXTS = ["", "a", "bc", "", "def", "g".repeat(100), "h"];

describe("ByteBuilder", () => {
  it("makes copies one, in their order", () => {
    const builder = new ByteBuilder();
    assertEquals(builder.bytes.length, 0);
    assertEquals(builder.take().length, 0);
    let expected = "";
    for (const text of TEXTS) {
      const chunk = utf8(text);
      builder.add(chunk);
      chunk.fill(0);
      expected += text;
      assertEquals(builder.bytes, utf8(expected));
      assertEquals(builder.length, expected.length);
    }
  });

  it("forgets what is taken, which is in a buffer of its own", () => {
    const builder = new ByteBuilder();
    const taken: Uint8Array[] = [];
    for (const count of TEXTS.keys()) {
      for (const text of TEXTS.slice(0, count)) builder.add(utf8(text));
      taken.push(builder.take());
      assertEquals(builder.length, 0);
    }
    for (const [count, bytes] of taken.entries()) {
      const expected = TEXTS.slice(0, count).join("");
      assertEquals(bytes, utf8(expected));
      assertEquals(bytes.buffer.byteLength, expected.length);
    }
  });

  it("does not copy the only chunk twice", () => {
    const builder = new ByteBuilder();
    builder.add(utf8("chunk"));
    const { buffer } = builder.bytes;
    assertStrictEquals(builder.take().buffer, buffer);
  });

  it("moves what it holds seldom, however small the chunks", () => {
    const builder = new ByteBuilder();
    const buffers = new Set<ArrayBuffer>();
    for (let count = 0; count < 5000; count++) {
      builder.add(Uint8Array.of(count));
      buffers.add(builder.bytes.buffer);
    }
    assert(buffers.size <= 14, `${buffers.size} buffers`);
    assertEquals(
      builder.take(),
      Uint8Array.from({ length: 5000 }, (_, n) => n),
    );
  });
});
