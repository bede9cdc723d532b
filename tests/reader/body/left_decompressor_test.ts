import { assert } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartError, MultipartReader } from "@tributary/multipart";
import { utf8 } from "../../bytes.ts";

async function packed(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes.slice()]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function joined(...pieces: Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

describe("a decompressor that is left in the middle", () => {
  // Node passes on zlib's output in a later turn. If the stream has been
  // cancelled meanwhile, it throws where no caller can catch the error.
  it("does no harm, wherever a limit within it is passed", async () => {
    const GZIP = "Content-Encoding: gzip\r\n";
    const leaf = joined(
      utf8(`--c\r\n${GZIP}\r\n`),
      await packed(new Uint8Array(50_000)),
      utf8("\r\n"),
    );
    const inner = joined(leaf, leaf, leaf, utf8("--c--"));
    const body = joined(
      utf8(`--b\r\nContent-Type: multipart/mixed; boundary=c\r\n${GZIP}\r\n`),
      await packed(inner),
      utf8("\r\n--b--"),
    );
    for (let totalBytes = 500; totalBytes < 150_000; totalBytes += 997) {
      for (const size of [7, body.length]) {
        const chunks: Uint8Array[] = [];
        for (let at = 0; at < body.length; at += size) {
          chunks.push(body.subarray(at, at + size));
        }
        const limits = { totalBytes };
        const reader = new MultipartReader(chunks, { boundary: "b", limits });
        const error = await (async () => {
          for await (const part of reader.walk()) {
            await part.textStream().pipeTo(new WritableStream());
          }
        })().catch((error) => error);
        assert(error instanceof MultipartError);
      }
    }
    // Waits until the output in flight has arrived.
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
});
