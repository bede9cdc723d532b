import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader, type PartReader } from "@tributary/multipart";
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
  repeated,
} from "./hostile.ts";

const GiB = 1024 * MiB;

/**
 * A filename, a type or a name such as `_charset_` does not change how much may
 * be buffered.
 */
const heads = [
  fieldHead("a"),
  `${fieldHead("a")}; filename="a"`,
  `${fieldHead("a")}; filename=""`,
  `${fieldHead("a")}\r\nContent-Type: application/octet-stream`,
  `${fieldHead("_charset_")}`,
];

const helpers: Record<string, (part: PartReader) => Promise<unknown>> = {
  "bytes()": (part) => part.bytes(),
  "arrayBuffer()": (part) => part.arrayBuffer(),
  "text()": (part) => part.text(),
  "json()": (part) => part.json(),
  "form()": (part) => part.form(),
  "blob()": (part) => part.blob(),
  "file()": (part) => part.file(),
  "readLine()": (part) => part.readLine(),
};

describe("T8 field buffering", () => {
  for (const [name, read] of Object.entries(helpers)) {
    it(`${name} of 1 GiB under a limit of 1 MiB takes the limit and a chunk`, async () => {
      for (const head of heads) {
        const source = probe(
          inTurn(`--b\r\n${head}\r\n\r\n`, repeated("x", GiB)),
        );
        const reader = new MultipartReader(source.stream, {
          contentType: FORM,
          limits: { bufferedBytes: MiB },
        });
        const { value: part } = await reader.next();
        assert(part !== undefined);
        const error = await errorOf(() => read(part));
        assertEquals([error.code, error.status], ["part-too-large", 413]);
        assertLessOrEqual(source.pulls, 1 + MiB / CHUNK_BYTES + 1, head);
        await reader.cancel();
      }
    });
  }

  it("formData() takes no more, whatever parts it is spread over", async () => {
    for (const head of heads) {
      for (const partBytes of [KiB, 100 * KiB, GiB]) {
        const body = Math.min(partBytes, 2 * MiB);
        const part = `--b\r\n${head}\r\n\r\n${"x".repeat(body)}\r\n`;
        const source = probe(repeated(part, Infinity));
        const reader = new MultipartReader(source.stream, {
          contentType: FORM,
          limits: { bufferedBytes: MiB, parts: Infinity },
        });
        const error = await errorOf(() => reader.formData());
        assertEquals(error.code, "part-too-large");
        const overhead = part.length / body;
        assertLessOrEqual(
          source.pulls,
          Math.ceil(overhead * MiB / CHUNK_BYTES) + 2,
        );
        assertEquals(source.cancellations.length, 1);
      }
    }
  });

  it("by default a field or a form of more than 16 MiB is not held", async () => {
    for (const whole of [true, false]) {
      const source = probe(
        inTurn(`--b\r\n${heads[0]}\r\n\r\n`, repeated("x", GiB, MiB)),
      );
      const reader = new MultipartReader(source.stream, { contentType: FORM });
      const error = await errorOf(async () => {
        if (whole) await reader.formData();
        else await (await reader.next()).value?.text();
      });
      assertEquals(error.code, "part-too-large");
      assertLessOrEqual(source.pulls, 1 + 16 + 1);
      await reader.cancel();
    }
  });

  it("a field that nobody reads is not held", async () => {
    const heap = new HeapGrowth();
    async function* input(): AsyncGenerator<Uint8Array> {
      yield* inTurn(`--b\r\n${heads[0]}\r\n\r\n`, repeated("x", MiB));
      await heap.begin();
      yield* repeated("x\r\n--", 64 * MiB);
      await heap.note();
      yield* inTurn(`\r\n--b--`);
    }
    const reader = new MultipartReader(input(), { contentType: FORM });
    for await (const part of reader) assertEquals(part.name, "a");
    assertEquals(reader.bytesRead, 65 * MiB + 56);
    assertLessOrEqual(heap.most, MiB);
  });

  it("partBytes bounds a part that is streamed, skipped, or given to a sink", async () => {
    for (const how of ["streamed", "skipped", "piped"]) {
      const source = probe(
        inTurn(`--b\r\n${heads[0]}\r\n\r\n`, repeated("x", GiB)),
      );
      const reader = new MultipartReader(source.stream, {
        contentType: FORM,
        limits: { partBytes: MiB },
      });
      let given = 0;
      const error = await errorOf(async () => {
        for await (const part of reader) {
          if (how === "streamed") {
            for await (const chunk of part) given += chunk.length;
          } else if (how === "piped") {
            await part.body.pipeTo(
              new WritableStream({
                write(chunk) {
                  given += chunk.length;
                },
              }),
            );
          }
        }
      });
      assertEquals(error.code, "part-too-large");
      assertLessOrEqual(given, MiB);
      assertLessOrEqual(source.pulls, 1 + MiB / CHUNK_BYTES + 1);
    }
  });
});
