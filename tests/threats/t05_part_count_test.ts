import { assertEquals, assertLessOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartDecoderStream,
  MultipartParser,
  MultipartReader,
} from "@tributary/multipart";
import { fieldHead, utf8 } from "../bytes.ts";
import { probe } from "../reader/probe.ts";
import {
  CHUNK_BYTES,
  codeOf,
  errorOf,
  FORM,
  HeapGrowth,
  inTurn,
  KiB,
  MiB,
  MIXED,
  repeated,
} from "./hostile.ts";

const PARTS = 1_000_000;

/** The smallest part of a form, and of any other multipart. */
const FORM_PART = `--b\r\n${fieldHead("")}\r\n\r\n\r\n`;
const MIXED_PART = "--b\r\n\r\n\r\n";

function parts(part: string, chunkBytes = CHUNK_BYTES): Iterable<Uint8Array> {
  return inTurn(repeated(part, PARTS * part.length, chunkBytes), "--b--");
}

/** The chunks up to the start of part 1000, plus one. */
function pullsFor(part: string, chunkBytes: number): number {
  return Math.ceil((1000 * part.length + 5) / chunkBytes) + 1;
}

describe("T5 part count", () => {
  for (
    const [contentType, part] of [[FORM, FORM_PART], [MIXED, MIXED_PART]]
  ) {
    for (const chunkBytes of [100, KiB, CHUNK_BYTES]) {
      it(`a million parts of ${contentType}, by ${chunkBytes}: the error comes at part 1000`, async () => {
        const source = probe(parts(part, chunkBytes));
        const reader = new MultipartReader(source.stream, { contentType });
        let count = 0;
        const error = await errorOf(async () => {
          for await (const _part of reader) count++;
        });
        assertEquals([error.code, error.status], ["too-many-parts", 413]);
        assertEquals([count, error.partIndex], [1000, 1000]);
        assertLessOrEqual(source.pulls, pullsFor(part, chunkBytes));
        assertEquals(source.cancellations, [error]);
      });
    }
  }

  it("a form is read no further, and nor is a stream of parts", async () => {
    for (const via of ["formData()", "MultipartDecoderStream"]) {
      const source = probe(parts(FORM_PART, KiB));
      const error = await errorOf(async () => {
        if (via === "formData()") {
          await new MultipartReader(source.stream, { contentType: FORM })
            .formData();
        } else {
          const parts = source.stream.pipeThrough(
            new MultipartDecoderStream({ contentType: FORM }),
          ).getReader();
          while (!(await parts.read()).done);
        }
      });
      assertEquals(error.code, "too-many-parts", via);
      // A pipe reads one chunk ahead.
      assertLessOrEqual(source.pulls, pullsFor(FORM_PART, KiB) + 1, via);
    }
  });

  it("the limit counts before the head is read", () => {
    const parser = new MultipartParser({ boundary: "b", limits: { parts: 0 } });
    const head = repeated("x", Infinity);
    assertEquals(codeOf(parser, inTurn("--b\r\n", head)), "too-many-parts");
    assertEquals(parser.offset, "--b\r\n".length);
  });

  it("where a caller allows more, they are not held", async () => {
    const heap = new HeapGrowth();
    const reader = new MultipartReader(parts(MIXED_PART), {
      contentType: MIXED,
      limits: { parts: 50_000 },
    });
    const error = await errorOf(async () => {
      for await (const { index } of reader) {
        if (index === 5_000) await heap.begin();
        if (index === 49_999) await heap.note();
      }
    });
    assertEquals(error.partIndex, 50_000);
    assertLessOrEqual(heap.most, 2 * MiB);
  });

  it("each nested multipart has the same limit", async () => {
    const head = "--o\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
    const reader = new MultipartReader(
      inTurn(head, repeated(MIXED_PART, Infinity)),
      { boundary: "o" },
    );
    let count = 0;
    const error = await errorOf(async () => {
      for await (const _part of reader.walk()) count++;
    });
    assertEquals([error.code, count], ["too-many-parts", 1000]);
    await reader.cancel();
  });

  it("nothing is told of a part by a byte that was not read", () => {
    const parser = new MultipartParser({ boundary: "b" });
    parser.push(utf8(MIXED_PART));
    assertEquals(parser.next().type, "part");
    assertEquals(parser.next().type, "need-data");
  });
});
