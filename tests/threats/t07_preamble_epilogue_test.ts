import { assertEquals, assertLessOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartDecoderStream, MultipartReader } from "@tributary/multipart";
import { probe } from "../reader/probe.ts";
import {
  CHUNK_BYTES,
  errorOf,
  FORM,
  HeapGrowth,
  inTurn,
  KiB,
  MiB,
  MIXED,
  OPEN_FIELD,
  repeated,
} from "./hostile.ts";

const GiB = 1024 * MiB;
const LIMIT = 16 * KiB;

/** Bytes that may stand outside of parts. */
const pieces = ["x", "\r\n", "\r\n--", "--", "\0", "\r\n--bx"];

describe("T7 preamble and epilogue", () => {
  for (const piece of pieces) {
    const label = JSON.stringify(piece);
    it(`1 GiB of ${label} before the first delimiter: an error at 16 KiB`, async () => {
      for (const chunkBytes of [KiB, CHUNK_BYTES]) {
        const source = probe(repeated(piece, GiB, chunkBytes));
        const reader = new MultipartReader(source.stream, {
          contentType: MIXED,
        });
        const error = await errorOf(() => reader.next());
        assertEquals([error.code, error.status], ["preamble-too-large", 413]);
        assertLessOrEqual(source.pulls, LIMIT / chunkBytes + 1);
        assertEquals(source.cancellations, [error]);
      }
    });

    it(`1 GiB of ${label} behind the last one: the source is released`, async () => {
      for (const contentType of [FORM, MIXED]) {
        const source = probe(
          inTurn(
            `${OPEN_FIELD}1\r\n--b--\r\n`,
            repeated(piece, GiB, KiB),
          ),
        );
        const reader = new MultipartReader(source.stream, { contentType });
        let count = 0;
        for await (const part of reader) {
          assertEquals(await part.text(), "1");
          count++;
        }
        assertEquals(count, 1);
        assertLessOrEqual(source.pulls, 1 + 16 + 1);
        assertEquals(source.cancellations, [undefined]);
        assertEquals(source.stream.locked, false);
      }
    });
  }

  it("64 MiB before a camera's first delimiter: an error at 16 MiB", async () => {
    for (const piece of pieces) {
      const source = probe(repeated(piece, 64 * MiB, CHUNK_BYTES));
      const reader = new MultipartReader(source.stream, {
        contentType: "multipart/x-mixed-replace; boundary=b",
      });
      const error = await errorOf(() => reader.next());
      assertEquals([error.code, error.status], ["preamble-too-large", 413]);
      assertLessOrEqual(source.pulls, 16 * MiB / CHUNK_BYTES + 1);
    }
  });

  it("a form has no preamble: its first chunk is the last", async () => {
    for (const piece of ["x", "\r\n\r\n", "-"]) {
      const source = probe(repeated(piece, GiB, KiB));
      const reader = new MultipartReader(source.stream, { contentType: FORM });
      const error = await errorOf(() => reader.next());
      assertEquals(error.code, "invalid-preamble");
      assertEquals(source.pulls, 1);
    }
  });

  it("a stream of parts releases an epilogue too", async () => {
    const source = probe(
      inTurn(`${OPEN_FIELD}1\r\n--b--\r\n`, repeated("x", GiB, KiB)),
    );
    const parts = source.stream
      .pipeThrough(new MultipartDecoderStream({ contentType: FORM }))
      .getReader();
    let count = 0;
    while (!(await parts.read()).done) count++;
    assertEquals(count, 1);
    // A pipe reads one chunk ahead.
    assertLessOrEqual(source.pulls, 1 + 16 + 2);
  });

  it("a preamble that a caller allows is not held", async () => {
    const heap = new HeapGrowth();
    const piece = `\r\n--b${"x".repeat(1000)}`;
    async function* input(): AsyncGenerator<Uint8Array> {
      yield* repeated(piece, MiB);
      await heap.begin();
      yield* repeated(piece, GiB / 2);
      await heap.note();
      yield* repeated(piece, GiB / 2);
      await heap.note();
      yield* inTurn("\r\n--b\r\n\r\n1\r\n--b--");
    }
    const reader = new MultipartReader(input(), {
      contentType: MIXED,
      limits: { preambleBytes: Infinity },
    });
    for await (const part of reader) assertEquals(await part.text(), "1");
    assertEquals(reader.partsRead, 1);
    assertLessOrEqual(heap.most, MiB);
  });
});
