import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader, MultipartWriter } from "@tributary/multipart";
import { probe, turns } from "../reader/probe.ts";
import { seededRandom } from "./random.ts";

const KIB = 1024;

/** Bytes that no coding can make smaller. */
function* noise(chunks: number, length: number): Generator<Uint8Array> {
  const random = seededRandom(7);
  for (let index = 0; index < chunks; index++) {
    yield Uint8Array.from({ length }, () => random.below(256));
  }
}

/** Writes and reads a body in this coding. */
async function roundTrip(
  chunks: Iterable<Uint8Array>,
  contentEncoding: string,
): Promise<Uint8Array> {
  const writer = new MultipartWriter();
  writer.append(probe(chunks).stream, { contentEncoding });
  const { contentType } = writer;
  const reader = new MultipartReader(writer.stream(), { contentType });
  const { value: part } = await reader.next();
  assert(part !== undefined);
  return await part.bytes();
}

describe("a body that is compressed on its way", () => {
  for (const contentEncoding of ["gzip", "deflate"]) {
    for (
      const [what, length] of [["small", KIB], ["large", 64 * KIB]] as const
    ) {
      it(`${contentEncoding} is read as its reader asks, in ${what} chunks`, async () => {
        const size = 8 * KIB * KIB;
        const source = probe(noise(size / length, length));
        const writer = new MultipartWriter();
        writer.append(source.stream, { contentEncoding });
        const reader = writer.stream().getReader();
        await reader.read();
        assertEquals(source.pulls, 0);
        await reader.read();
        for (let wait = 0; wait < 20; wait++) await turns();
        // The compressor buffers this much before it outputs anything, and a
        // little more.
        assert(source.pulls * length <= 512 * KIB, `${source.pulls} chunks`);
        await reader.cancel("enough");
        assertEquals(source.cancellations, ["enough"]);
      });
    }

    it(`${contentEncoding} loses nothing, whatever the chunks`, async () => {
      const bodies: [count: number, length: number][] = [
        [0, 0],
        [1, 1],
        [300, 1],
        [3, 0],
        [5, 200 * KIB],
      ];
      for (const [count, length] of bodies) {
        const plain = [...noise(count, length)];
        const bytes = await roundTrip(plain, contentEncoding);
        const expected = new Uint8Array(
          await new Blob(
            plain.map((chunk) => new Uint8Array(chunk)),
          ).arrayBuffer(),
        );
        assertEquals(bytes.length, expected.length);
        assert(bytes.every((byte, at) => byte === expected[at]));
      }
    });
  }

  it("is cancelled while its source stalls", async () => {
    const source = probe(noise(1, 10), "stall");
    const writer = new MultipartWriter();
    writer.append(source.stream, { contentEncoding: "gzip" });
    const reader = writer.stream().getReader();
    const reads = Promise.all([reader.read(), reader.read(), reader.read()]);
    await turns();
    await reader.cancel("enough");
    assert((await reads)[2].done);
    assertEquals(source.cancellations, ["enough"]);
  });

  it("fails with its source's error, and nothing else", async () => {
    const failure = new Error("disk");
    const source = probe(noise(100, 10 * KIB), failure);
    const writer = new MultipartWriter();
    writer.append(source.stream, { contentEncoding: "gzip" });
    const error = await writer.bytes().catch((error) => error);
    assertStrictEquals(error, failure);
  });
});
