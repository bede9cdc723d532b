import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader, type PartReader } from "@tributary/multipart";
import { type Probe, probe } from "../reader/probe.ts";
import { errorOf, HeapGrowth, inTurn, MiB, MIXED } from "./hostile.ts";

const BOMB_MIB = 64;

/**
 * The bytes that may be in flight in a decoder, beyond those that were read.
 */
const SLACK = 2 * MiB;

type Compression = "gzip" | "deflate" | "deflate-raw";

/** 64 MiB of zeros in about 64 KiB, so 1000:1 or more. */
async function bombOf(format: Compression): Promise<Uint8Array<ArrayBuffer>> {
  const zeros = new Uint8Array(MiB);
  const { readable, writable } = new CompressionStream(format);
  const bytes = new Response(readable).arrayBuffer();
  const writer = writable.getWriter();
  for (let sent = 0; sent < BOMB_MIB; sent++) await writer.write(zeros);
  await writer.close();
  return new Uint8Array(await bytes);
}

const bombs = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

function bomb(format: Compression): Promise<Uint8Array<ArrayBuffer>> {
  const made = bombs.get(format) ?? bombOf(format);
  bombs.set(format, made);
  return made;
}

function* cut(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size);
  }
}

function sourceOf(head: string, body: Iterable<Uint8Array>): Probe {
  return probe(
    inTurn(`--b\r\n${head}\r\n\r\n`, body, "\r\n--b\r\n\r\nnext\r\n--b--"),
  );
}

async function firstOf(
  source: Probe,
  limits = {},
): Promise<{ reader: MultipartReader; part: PartReader }> {
  const reader = new MultipartReader(source.stream, {
    contentType: MIXED,
    limits,
  });
  const { value: part } = await reader.next();
  assert(part !== undefined);
  return { reader, part };
}

const helpers: Record<string, (part: PartReader) => Promise<unknown>> = {
  "bytes()": (part) => part.bytes(),
  "text()": (part) => part.text(),
  "blob()": (part) => part.blob(),
  "readLine()": (part) => part.readLine(),
};

describe("T17 bombs", () => {
  for (
    const [format, coding] of [
      ["gzip", "gzip"],
      ["gzip", "x-gzip"],
      ["deflate", "deflate"],
      ["deflate-raw", "deflate"],
    ] as const
  ) {
    it(`a bomb of ${format}, sent as ${coding}, stops at the limit`, async () => {
      const bytes = await bomb(format);
      for (const [name, read] of Object.entries(helpers)) {
        for (const size of [bytes.length, 1024]) {
          const source = sourceOf(
            `Content-Encoding: ${coding}`,
            cut(bytes, size),
          );
          const { reader, part } = await firstOf(source, {
            bufferedBytes: MiB,
          });
          const error = await errorOf(() => read(part));
          assertEquals([error.code, error.status], ["part-too-large", 413]);
          if (size === 1024) {
            // A slice decodes to 1 MiB. Node reads 64 KiB ahead of its decoder.
            assertLessOrEqual(source.pulls, 1 + 1 + 2 + 64 + 2, name);
          }
          assertEquals(await (await reader.next()).value?.text(), "next");
          await reader.cancel();
        }
      }
    });
  }

  it("a bomb that streams stops at partBytes, and gives no more before", async () => {
    const bytes = await bomb("gzip");
    const source = sourceOf("Content-Encoding: gzip", [bytes]);
    const { reader, part } = await firstOf(source, { partBytes: MiB });
    let given = 0;
    const error = await errorOf(async () => {
      const stream = part.body.getReader();
      for (let next = await stream.read(); !next.done;) {
        given += next.value.length;
        next = await stream.read();
      }
    });
    assertEquals(error.code, "part-too-large");
    assertLessOrEqual(given, MiB);
    await reader.cancel();
  });

  it("a bomb whose reader stalls decodes no further", async () => {
    const bytes = await bomb("gzip");
    const heap = new HeapGrowth();
    await heap.begin();
    for (const size of [bytes.length, 1024]) {
      const source = sourceOf("Content-Encoding: gzip", cut(bytes, size));
      const { reader, part } = await firstOf(source);
      const body = part.body.getReader();
      const { value } = await body.read();
      assert(value !== undefined);
      assertLessOrEqual(value.length, SLACK);
      await heap.note();
      assertLessOrEqual(heap.most, MiB + SLACK);
      if (size === 1024) assertLessOrEqual(source.pulls, 1 + 2 + 64 + 2);
      await reader.cancel();
    }
  });

  it("the same holds for a bomb in base64", async () => {
    const bytes = await bomb("gzip");
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    const head = "Content-Encoding: gzip\r\nContent-Transfer-Encoding: base64";
    const source = sourceOf(head, inTurn(btoa(text)));
    const { reader, part } = await firstOf(source, { bufferedBytes: MiB });
    const error = await errorOf(() => part.bytes());
    assertEquals(error.code, "part-too-large");
    await reader.cancel();
  });

  it("a bomb in a form is not decoded, unless it is asked for", async () => {
    const bytes = await bomb("gzip");
    const head = 'Content-Disposition: form-data; name="a"; filename="a"\r\n' +
      "Content-Encoding: gzip";
    for (const decode of [undefined, true]) {
      const body = inTurn(`--b\r\n${head}\r\n\r\n`, [bytes], "\r\n--b--");
      const reader = new MultipartReader(body, {
        contentType: "multipart/form-data; boundary=b",
        decode,
        limits: { bufferedBytes: MiB },
      });
      if (decode) {
        const error = await errorOf(() => reader.formData());
        assertEquals(error.code, "part-too-large");
      } else {
        const file = (await reader.formData()).get("a");
        assert(typeof file === "object");
        assertEquals(file?.size, bytes.length);
      }
    }
  });

  it("decode() is bounded as a read is", async () => {
    const bytes = await bomb("gzip");
    const source = sourceOf("Content-Encoding: gzip", [bytes]);
    const { reader, part } = await firstOf(source, { bufferedBytes: MiB });
    const raw = await part.bytes({ decode: false });
    const error = await errorOf(() => part.decode(raw));
    assertEquals(error.code, "part-too-large");
    await reader.cancel();
  });

  it("a bomb that nobody reads is skipped as it is", async () => {
    const bytes = await bomb("gzip");
    const source = sourceOf("Content-Encoding: gzip", cut(bytes, 1024));
    const { reader } = await firstOf(source, { partBytes: bytes.length });
    const { value: next } = await reader.next();
    assertEquals(await next?.text(), "next");
    assertEquals((await reader.next()).done, true);
  });

  it("codings upon codings are refused, and none of them is undone", async () => {
    for (
      const head of [
        "Content-Encoding: gzip, gzip",
        "Content-Encoding: gzip\r\nContent-Encoding: gzip",
        `Content-Encoding: ${"gzip,".repeat(1000)}deflate`,
        "Content-Encoding: deflate, gzip, br",
      ]
    ) {
      const { reader, part } = await firstOf(sourceOf(head, []));
      const error = await errorOf(() => part.bytes());
      assertEquals([error.code, error.status], ["unsupported-encoding", 415]);
      assertEquals(await (await reader.next()).value?.text(), "next");
      await reader.cancel();
    }
  });

  it("members and blocks that hold nothing end, or are an error", async () => {
    const empty = new Uint8Array(
      await new Response(
        new Blob([]).stream().pipeThrough(new CompressionStream("gzip")),
      ).arrayBuffer(),
    );
    const members = Array.from({ length: 1000 }, () => empty);
    const { reader, part } = await firstOf(
      sourceOf("Content-Encoding: gzip", members),
    );
    // Bun joins gzip members. The other runtimes report bytes after the end.
    const result = await part.bytes().catch((error) => error.code);
    if (result !== "invalid-encoding") assertEquals(result, new Uint8Array(0));
    await reader.cancel();
  });
});
