import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartError,
  MultipartReader,
  type PartReader,
} from "@tributary/multipart";
import { cuttings, streamOf, utf8 } from "../../bytes.ts";

const text = "first\r\nsecond\n\nfourth, without an end";
const head = "--b\r\nX: y\r\n\r\n";
const whole = utf8(`${head}${text}\r\n--b--`);

function decode(bytes: Uint8Array | null): string | null {
  return bytes && new TextDecoder().decode(bytes);
}

/** Runs `read` on the part for every way to cut the input. */
async function atEveryCut(
  read: (part: PartReader) => Promise<unknown>,
): Promise<void> {
  for (const { chunks } of cuttings(whole)) {
    const reader = new MultipartReader(streamOf(chunks), { boundary: "b" });
    for await (const part of reader) await read(part);
    assertEquals(reader.partsRead, 1);
  }
}

describe("PartReader.readLine()", () => {
  it("gives each line with its ending, and null behind the last", async () => {
    await atEveryCut(async (part) => {
      const lines: (string | null)[] = [];
      do lines.push(decode(await part.readLine())); while (
        lines.at(-1) !== null
      );
      assertEquals(lines, [
        "first\r\n",
        "second\n",
        "\n",
        "fourth, without an end",
        null,
      ]);
      assertEquals(await part.readLine(), null);
      assert(part.done);
    });
  });

  it("loses nothing to what is read behind it", async () => {
    await atEveryCut(async (part) => {
      assertEquals(decode(await part.readLine()), "first\r\n");
      assertEquals(decode(await part.readChunk(3)), "sec");
      assertEquals(decode(await part.readLine()), "ond\n");
      assertEquals(await part.text(), "\nfourth, without an end");
      assertEquals(await part.readLine(), null);
    });
  });

  it("loses nothing to chunks and streams either", async () => {
    await atEveryCut(async (part) => {
      await part.readLine();
      let rest = "";
      for await (const chunk of part) {
        rest += decode(chunk);
        break;
      }
      rest += await new Response(part.body).text();
      assertEquals(rest, text.slice(7));
    });
  });

  it("bounds a line", async () => {
    const reader = new MultipartReader(whole, {
      boundary: "b",
      limits: { bufferedBytes: 7 },
    });
    const { value: part } = await reader.next();
    assertEquals(decode(await part?.readLine() ?? null), "first\r\n");
    assertEquals(decode(await part?.readLine() ?? null), "second\n");
    await part?.readLine();
    const error = await assertRejects(
      async () => await part?.readLine(),
      MultipartError,
    );
    assertEquals(error.code, "part-too-large");
    await reader.cancel();
  });
});

describe("PartReader.readChunk()", () => {
  it("gives just as many bytes as it is asked for, until the last", async () => {
    for (const size of [1, 2, 7, 1000]) {
      await atEveryCut(async (part) => {
        let read = "";
        for (;;) {
          const chunk = await part.readChunk(size);
          if (chunk === null) break;
          const left = text.length - read.length;
          assertEquals(chunk.length, Math.min(size, left));
          read += decode(chunk);
        }
        assertEquals(read, text);
      });
    }
  });

  it("gives a chunk as it comes without a size", async () => {
    await atEveryCut(async (part) => {
      let read = "";
      for (let chunk = await part.readChunk(); chunk !== null;) {
        assert(chunk.length > 0);
        read += decode(chunk);
        chunk = await part.readChunk();
      }
      assertEquals(read, text);
    });
  });

  it("gives the caller's own copy", async () => {
    const source = utf8(`${head}${text}\r\n--b--`);
    const reader = new MultipartReader([source], { boundary: "b" });
    const { value: part } = await reader.next();
    const first = await part?.readChunk(5) ?? null;
    const second = await part?.readChunk() ?? null;
    source.fill(0);
    assertEquals(decode(first), "first");
    assertEquals(decode(second), text.slice(5));
    await reader.cancel();
  });

  it("queues calls, as a stream queues reads", async () => {
    await atEveryCut(async (part) => {
      const reads = await Promise.all([
        part.readChunk(3),
        part.readLine(),
        part.readChunk(4),
        part.text(),
      ]);
      const texts = reads.map((read) =>
        typeof read === "string" ? read : decode(read)
      );
      assertEquals(texts, ["fir", "st\r\n", "seco", text.slice(11)]);
    });
  });

  it("refuses a size that is none", async () => {
    const reader = new MultipartReader(whole, { boundary: "b" });
    const { value: part } = await reader.next();
    for (const size of [0, -1, 1.5, NaN, Infinity]) {
      await assertRejects(async () => await part?.readChunk(size), RangeError);
    }
    assertEquals(await part?.text(), text);
  });

  it("refuses a locked body, and a part that was left", async () => {
    const reader = new MultipartReader(whole, { boundary: "b" });
    const { value: part } = await reader.next();
    assert(part !== undefined);
    const stream = part.body.getReader();
    await assertRejects(() => part.readChunk(1), TypeError);
    await assertRejects(() => part.readLine(), TypeError);
    stream.releaseLock();
    await part.readLine();
    await reader.next();
    await assertRejects(() => part.readChunk(1), TypeError);
  });
});
