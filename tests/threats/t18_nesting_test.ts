import { assertEquals, assertLessOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartParser, MultipartReader } from "@tributary/multipart";
import { utf8 } from "../bytes.ts";
import { probe } from "../reader/probe.ts";
import {
  codeOf,
  errorOf,
  FORM,
  HeapGrowth,
  inTurn,
  MiB,
  OPEN_FIELD,
} from "./hostile.ts";

const LEVELS = 100_000;

/** This many multiparts, one inside the other. None of them ends. */
function* levels(
  count: number,
  boundaryOf = (level: number): string => `b${level}`,
): Generator<Uint8Array> {
  for (let level = 0; level < count; level++) {
    yield utf8(
      `--${boundaryOf(level)}\r\n` +
        `Content-Type: multipart/mixed; boundary=${
          boundaryOf(level + 1)
        }\r\n\r\n`,
    );
  }
}

async function walk(reader: MultipartReader): Promise<number> {
  let leaves = 0;
  for await (const part of reader.walk()) {
    await part.skip();
    leaves++;
  }
  return leaves;
}

describe("T18 nesting", () => {
  for (
    const [depth, limits] of [[8, {}], [0, { depth: 0 }], [20, {
      depth: 20,
    }]] as const
  ) {
    it(`a hundred thousand levels stop at ${depth}`, async () => {
      const source = probe(levels(LEVELS));
      const reader = new MultipartReader(source.stream, {
        boundary: "b0",
        limits,
      });
      const error = await errorOf(() => walk(reader));
      assertEquals([error.code, error.status], ["too-deep", 400]);
      assertLessOrEqual(source.pulls, depth + 2);
      assertEquals(source.cancellations.length, 1);
      assertEquals(source.stream.locked, false);
    });
  }

  it("nobody has to look at them: to a parser they are one part's bytes", async () => {
    const heap = new HeapGrowth();
    await heap.begin();
    const parser = new MultipartParser({ boundary: "b0" });
    const kinds: string[] = [];
    const code = codeOf(parser, levels(LEVELS), ({ type }) => {
      if (type !== "data" && type !== "need-data") kinds.push(type);
    });
    await heap.note();
    assertEquals([code, kinds], ["truncated", ["part"]]);
    assertLessOrEqual(heap.most, MiB);
  });

  it("nor does a form: a nested multipart is a value", async () => {
    const head = OPEN_FIELD.trimEnd() +
      "\r\nContent-Type: multipart/mixed; boundary=n0\r\n\r\n";
    const reader = new MultipartReader(
      inTurn(head, levels(1000, (level) => `n${level}`), "\r\n--b--"),
      { contentType: FORM },
    );
    assertEquals([...(await reader.formData()).keys()], ["a"]);
  });

  it("a hundred levels that a caller allows are read", async () => {
    const depth = 100;
    const reader = new MultipartReader(levels(depth + 5), {
      boundary: "b0",
      limits: { depth },
    });
    const error = await errorOf(() => walk(reader));
    assertEquals(error.code, "too-deep");
  });

  it("levels with one boundary end where the outermost does", async () => {
    const reader = new MultipartReader(levels(LEVELS, () => "b"), {
      boundary: "b",
    });
    // Each level is a part of the outermost multipart. An inner multipart that
    // never opens ends with its part (RFC 2046, section 5.1.2).
    const error = await errorOf(() => walk(reader));
    assertEquals(error.code, "too-many-parts");
  });

  it("boundaries that begin as the outer one does are not its own", async () => {
    const reader = new MultipartReader(
      levels(8, (level) => `b${"x".repeat(level)}`),
      { boundary: "b" },
    );
    const error = await errorOf(() => walk(reader));
    assertEquals(error.code, "truncated");
    assertEquals(reader.partsRead, 1);
  });
});
