import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ContentEncoder } from "../../../wire/codec/content_encoder.ts";
import { utf8 } from "../../bytes.ts";
import { isSettled } from "../../reader/probe.ts";

/** Bytes that no coding can make smaller. */
function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65536));
  }
  return bytes;
}

async function decompress(
  chunks: Uint8Array<ArrayBuffer>[],
): Promise<Uint8Array> {
  const stream = new Blob(chunks).stream()
    .pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

describe("codec ContentEncoder", () => {
  for (const lengths of [[], [0], [1], [0, 5, 0], [65_536, 1], [200_000]]) {
    it(`encodes chunks of ${lengths.join()} bytes, in buffers that are used again`, async () => {
      const content = lengths.map(randomBytes);
      const left = content.map((chunk) => chunk.slice());
      let last = new Uint8Array(0);
      const encoder = new ContentEncoder("gzip", {
        read: () => {
          last.fill(0);
          const next = left.shift();
          if (next === undefined) return null;
          return last = next;
        },
      });
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      for (let chunk; (chunk = await encoder.read()) !== null;) {
        assert(chunk.length > 0);
        chunks.push(chunk);
      }
      assertEquals(await encoder.read(), null);
      assertEquals(
        await decompress(chunks),
        new Uint8Array(await new Blob(content).arrayBuffer()),
      );
    });
  }

  it("pulls only while somebody reads, and one chunk at a time", async () => {
    let pulls = 0;
    let isPulling = false;
    const encoder = new ContentEncoder("gzip", {
      read: async () => {
        assertEquals(isPulling, false);
        isPulling = true;
        await new Promise((resolve) => setTimeout(resolve, 1));
        isPulling = false;
        return ++pulls > 20 ? null : randomBytes(100);
      },
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    assertEquals(pulls, 0);
    while (await encoder.read() !== null);
    assertEquals(pulls, 21);
  });

  it("fails with what its source fails with, and goes on failing", async () => {
    const failure = new Error("the source is gone");
    const encoder = new ContentEncoder("gzip", {
      read: () => {
        throw failure;
      },
    });
    const read = async () => {
      while (await encoder.read() !== null);
    };
    for (let round = 0; round < 2; round++) {
      assert(await read().catch((error) => error) === failure);
    }
  });

  it("fails where a chunk is gone before it has been read", async () => {
    const chunk = randomBytes(200_000);
    let pulls = 0;
    const encoder = new ContentEncoder("gzip", {
      read: () => {
        // When the next bytes are requested, the compressor cannot have taken
        // the whole chunk yet.
        return pulls++ === 0 ? chunk : null;
      },
    });
    assert(await encoder.read() !== null);
    structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
    await assertRejects(
      async () => {
        while (await encoder.read() !== null);
      },
      TypeError,
      "Cannot compress a chunk: its buffer has been detached or resized",
    );
  });

  it("ends a read that waits when it is cancelled, and every later one", async () => {
    const { promise, resolve } = Promise.withResolvers<Uint8Array | null>();
    const encoder = new ContentEncoder("gzip", { read: () => promise });
    const reading = (async () => {
      while (await encoder.read() !== null);
    })();
    assertEquals(await isSettled(reading), false);
    await encoder.cancel(new Error("enough"));
    await reading;
    resolve(utf8("late"));
    assertEquals(await encoder.read(), null);
  });
});
