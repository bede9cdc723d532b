import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader } from "@tributary/multipart";
import { Base64Decoder } from "../../wire/codec/base64.ts";
import { QuotedPrintableDecoder } from "../../wire/codec/quoted_printable.ts";
import { probe } from "../reader/probe.ts";
import {
  assertGrowth,
  CHUNK_BYTES,
  errorOf,
  GROWTH_TIMES,
  HeapGrowth,
  inTurn,
  MiB,
  repeated,
} from "./hostile.ts";

interface Attack {
  name: string;
  encoding: "base64" | "quoted-printable";
  piece: string;
}

/** Input that decodes to nothing, to little, or only after a long search. */
const attacks: Attack[] = [
  { name: "spaces", encoding: "base64", piece: " " },
  { name: "line breaks", encoding: "base64", piece: "\r\n" },
  { name: "a character and a space", encoding: "base64", piece: "A " },
  { name: "what is not of its alphabet", encoding: "base64", piece: "\0!" },
  { name: "three characters a line", encoding: "base64", piece: "AAA\r\n" },
  { name: "soft line breaks", encoding: "quoted-printable", piece: "=\r\n" },
  { name: "spaces", encoding: "quoted-printable", piece: " " },
  {
    name: "spaces and line breaks",
    encoding: "quoted-printable",
    piece: " \r\n",
  },
  { name: "equals signs", encoding: "quoted-printable", piece: "=" },
  { name: "half an escape", encoding: "quoted-printable", piece: "=4" },
  { name: "CR", encoding: "quoted-printable", piece: "\r" },
];

function head({ encoding }: Attack): string {
  return `--b\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`;
}

describe("T16 base64 CPU", () => {
  for (const attack of attacks) {
    const { name, encoding, piece } = attack;
    it(`${encoding}, ${name}: its time grows with the body`, async () => {
      const chunks = [...repeated(piece, 2 * MiB)];
      await assertGrowth((size) => {
        const decoder = encoding === "base64"
          ? new Base64Decoder()
          : new QuotedPrintableDecoder();
        for (let sent = 0; sent < size; sent++) decoder.decode(chunks[sent]);
      }, { from: 2 * MiB / CHUNK_BYTES / GROWTH_TIMES });
    });

    it(`${encoding}, ${name}: nothing piles up while it is read`, async () => {
      const heap = new HeapGrowth();
      async function* input(): AsyncGenerator<Uint8Array> {
        yield* inTurn(head(attack), repeated(piece, MiB));
        await heap.begin();
        yield* repeated(piece, 64 * MiB);
        await heap.note();
        yield* inTurn("\r\n--b--");
      }
      const reader = new MultipartReader(input(), { boundary: "b" });
      const { value: part } = await reader.next();
      assert(part !== undefined);
      let given = 0;
      let most = 0;
      try {
        for await (const chunk of part) {
          given += chunk.length;
          most = Math.max(most, chunk.length);
        }
      } catch (error) {
        // A character is left over, or something follows the end.
        assertEquals(Reflect.get(Object(error), "code"), "invalid-encoding");
      }
      assertLessOrEqual(given, 65 * MiB);
      assertLessOrEqual(most, CHUNK_BYTES + 1024);
      assertLessOrEqual(heap.most, MiB);
      await reader.cancel();
    });
  }

  it("chunks that decode to nothing are not waited for one by one", async () => {
    for (const attack of [attacks[0], attacks[5]]) {
      const source = probe(
        inTurn(head(attack), repeated(attack.piece, 21_000, 1), "\r\n--b--"),
      );
      const reader = new MultipartReader(source.stream, { boundary: "b" });
      const { value: part } = await reader.next();
      assertEquals(await part?.readChunk(1), null);
      assertEquals(source.pulls, 21_002);
    }
  });

  it("what comes out counts, and not what goes in", async () => {
    const source = probe(
      inTurn(head(attacks[0]), repeated(" ", 4 * MiB), repeated("A", Infinity)),
    );
    const reader = new MultipartReader(source.stream, {
      boundary: "b",
      limits: { bufferedBytes: MiB },
    });
    const { value: part } = await reader.next();
    const error = await errorOf(() => part?.bytes());
    assertEquals(error.code, "part-too-large");
    const pulled = 4 * MiB + 4 * MiB / 3;
    assertLessOrEqual(source.pulls, 1 + Math.ceil(pulled / CHUNK_BYTES) + 1);
    await reader.cancel();
  });

  it("partBytes bounds what goes in", async () => {
    const source = probe(inTurn(head(attacks[0]), repeated(" ", Infinity)));
    const reader = new MultipartReader(source.stream, {
      boundary: "b",
      limits: { partBytes: MiB },
    });
    const { value: part } = await reader.next();
    const error = await errorOf(() => part?.bytes());
    assertEquals(error.code, "part-too-large");
    assertLessOrEqual(source.pulls, 1 + MiB / CHUNK_BYTES + 1);
  });
});
