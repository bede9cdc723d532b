import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  ChecksumProof,
  type EndProof,
  GzipProof,
} from "../../../wire/codec/deflate_end.ts";
import { utf8 } from "../../bytes.ts";

async function compress(
  format: CompressionFormat,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream()
    .pipeThrough(new CompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Passes all bytes to the proof, `length` at a time. */
function take(
  proof: EndProof,
  input: Uint8Array,
  output: Uint8Array,
  length: number,
): void {
  for (let at = 0; at < input.length; at += length) {
    proof.takeInput(input.subarray(at, at + length));
  }
  for (let at = 0; at < output.length; at += length) {
    proof.takeOutput(output.subarray(at, at + length));
  }
}

const high = new Uint8Array(20_000).fill(255);
const contents: [name: string, bytes: Uint8Array<ArrayBuffer>][] = [
  ["nothing", new Uint8Array(0)],
  ["a byte", utf8("x")],
  ["text", utf8("The quick brown fox jumps over the lazy dog.")],
  ["as many bytes as are summed up in one go", high.subarray(0, 5552)],
  ["one more", high.subarray(0, 5553)],
  ["many high bytes", high],
];

for (const [name, bytes] of contents) {
  describe(`the end of a deflate body that holds ${name}`, () => {
    it("is where its checksum is", async () => {
      const input = await compress("deflate", bytes);
      for (const length of [1, 3, 4, 5, 1000, 20_000]) {
        const whole = new ChecksumProof();
        take(whole, input, bytes, length);
        assertEquals(whole.holds(), true, `by ${length}`);
        for (const missing of [1, 2, 3, 4]) {
          const short = new ChecksumProof();
          take(short, input.subarray(0, -missing), bytes, length);
          assertEquals(short.holds(), false, `without ${missing}`);
        }
      }
    });

    it("is not where another checksum is", async () => {
      const input = await compress("deflate", bytes);
      const more = new ChecksumProof();
      take(more, input, new Uint8Array([...bytes, 0]), 1000);
      assertEquals(more.holds(), false);
    });

    it("is shown by a gzip trailer", async () => {
      const gzip = await compress("gzip", bytes);
      for (const length of [1, 1000, 20_000]) {
        const proof = new GzipProof();
        take(proof, gzip, bytes, length);
        assertEquals(proof.takeTail(), gzip.slice(-8));
        assertEquals(proof.takeTail().length, 0, "it is given once");
      }
    });
  });
}

describe("a body that is read as zlib's format", () => {
  it("is what it is, with nothing before it or behind", () => {
    const proof = new ChecksumProof();
    assertEquals(proof.format, "deflate");
    assertEquals(proof.head.length, 0);
    assertEquals(proof.takeTail().length, 0);
  });
});

describe("a body that is read as gzip", () => {
  it("is checked by the runtime itself", () => {
    assertEquals(new GzipProof().holds(), true);
  });

  it("is what its bare data holds", async () => {
    const bytes = utf8("The quick brown fox. ".repeat(100));
    const data = await compress("deflate-raw", bytes);
    const proof = new GzipProof();
    proof.takeOutput(bytes);
    const gzip = new Blob([
      proof.head,
      Uint8Array.from(data),
      proof.takeTail(),
    ]);
    const stream = gzip.stream()
      .pipeThrough(new DecompressionStream(proof.format));
    assertEquals(
      new Uint8Array(await new Response(stream).arrayBuffer()),
      bytes,
    );
  });
});
