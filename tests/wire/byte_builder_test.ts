import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ByteBuilder } from "../../wire/byte_builder.ts";
import { utf8 } from "../bytes.ts";

describe("ByteBuilder", () => {
  it("makes copies one, in their order", () => {
    const builder = new ByteBuilder();
    assertEquals(builder.bytes.length, 0);
    assertEquals(builder.take().length, 0);
    let expected = "";
    for (const text of ["", "a", "bc", "", "def", "g".repeat(100), "h"]) {
      const chunk = utf8(text);
      builder.add(chunk);
      chunk.fill(0);
      expected += text;
      assertEquals(builder.bytes, utf8(expected));
      assertEquals(builder.length, expected.length);
      assertEquals(builder.take(), utf8(expected));
      assertEquals(builder.take().buffer.byteLength, expected.length);
    }
  });

  it("does not copy the only chunk twice", () => {
    const builder = new ByteBuilder();
    builder.add(utf8("chunk"));
    assertStrictEquals(builder.take().buffer, builder.bytes.buffer);
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
