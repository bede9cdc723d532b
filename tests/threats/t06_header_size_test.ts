import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader } from "@tributary/multipart";
import { fieldHead } from "../bytes.ts";
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
  repeated,
} from "./hostile.ts";

const LIMIT = 16 * KiB;

/** Heads that never end, and the limits that bound them. */
const attacks: Record<string, [before: string, piece: string]> = {
  "a line without an end": ["a: ", "x"],
  "a line without a colon": ["", "x"],
  "a name without an end": [`${fieldHead("a").slice(0, -1)}`, "a"],
  "a line of spaces": ["a:", " "],
  "fields without an end": ["", "a: b\r\n"],
  "fields of one name": ["", "Content-Disposition: form-data; name=a\r\n"],
  "fields of nothing": ["", "a:\r\n"],
  "one fold after another": ["a: b", "\r\n c"],
  "empty folds": ["a: b", "\r\n "],
};

describe("T6 header size", () => {
  for (const [name, [before, piece]] of Object.entries(attacks)) {
    for (const contentType of [FORM, MIXED]) {
      // In a form, the first folded line is an error of its own.
      const expected = name.includes("fold") && contentType === FORM
        ? ["invalid-header", 400]
        : ["header-too-large", 431];
      it(`${name}, in ${contentType}: the limit and a chunk are read`, async () => {
        for (const chunkBytes of [100, KiB, CHUNK_BYTES]) {
          const source = probe(
            inTurn(`--b\r\n${before}`, repeated(piece, Infinity, chunkBytes)),
          );
          const reader = new MultipartReader(source.stream, { contentType });
          const error = await errorOf(() => reader.next());
          assertEquals([error.code, error.status], expected);
          const pulled = before.length + (source.pulls - 1) * chunkBytes;
          assertLessOrEqual(pulled, LIMIT + 2 * chunkBytes);
          assertEquals(source.cancellations, [error]);
        }
      });
    }
  }

  it("fields are counted one by one, those of one name too", async () => {
    for (const line of ["a: b\r\n", "a:\r\n"]) {
      for (const count of [64, 65]) {
        const reader = new MultipartReader(
          inTurn(`--b\r\n${line.repeat(count)}\r\n\r\n--b--`),
          { contentType: MIXED },
        );
        if (count === 64) assert((await reader.next()).value);
        else {
          const error = await errorOf(() => reader.next());
          assertEquals(error.code, "header-too-large");
        }
      }
    }
  });

  it("the heads of parts that are done with are not held", async () => {
    const heap = new HeapGrowth();
    const part = `--b\r\na: ${"x".repeat(15 * KiB)}\r\n\r\n\r\n`;
    const source = probe(
      inTurn(repeated(part, 1000 * part.length, part.length), "--b--"),
    );
    const reader = new MultipartReader(source.stream, { contentType: MIXED });
    let count = 0;
    for await (const part of reader) {
      assertEquals(part.headers.get("a")?.length, 15 * KiB);
      if (count === 10) await heap.begin();
      if (++count === 999) await heap.note();
    }
    assertEquals(count, 1000);
    assertLessOrEqual(heap.most, MiB);
  });

  it("heads count for the whole body's limit", async () => {
    const part = `--b\r\na: ${"x".repeat(15 * KiB)}\r\n\r\n\r\n`;
    const source = probe(repeated(part, Infinity, KiB));
    const reader = new MultipartReader(source.stream, {
      contentType: MIXED,
      limits: { totalBytes: 100 * KiB },
    });
    const error = await errorOf(async () => {
      while (!(await reader.next()).done);
    });
    assertEquals(error.code, "body-too-large");
    assertEquals(source.pulls, 101);
  });
});
