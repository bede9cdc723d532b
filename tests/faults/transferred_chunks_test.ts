import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader } from "@tributary/multipart";
import { splits, utf8 } from "../bytes.ts";

const BODY = "--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--";

/**
 * Reads all parts, and transfers the memory of each chunk, as `postMessage`
 * may.
 */
async function readAndTransfer(chunks: Uint8Array[]): Promise<string[]> {
  const bodies: string[] = [];
  for await (const part of new MultipartReader(chunks, { boundary: "b" })) {
    let body = "";
    for await (const chunk of part) {
      body += new TextDecoder().decode(chunk);
      const { buffer } = chunk;
      if (!(buffer instanceof ArrayBuffer)) throw new Error("shared memory");
      structuredClone(buffer, { transfer: [buffer] });
    }
    bodies.push(body);
  }
  return bodies;
}

describe("a chunk whose memory the consumer transfers", () => {
  it("is a TypeError where something was left of it", async () => {
    const error = await assertRejects(
      () => readAndTransfer([utf8(BODY)]),
      TypeError,
    );
    assertMatch(error.message, /^Cannot read on: the memory of a chunk was/);
  });

  it("is nobody's loss where nothing was", async () => {
    const chunks = [
      "--b\r\n\r\n",
      "one",
      "\r\n--b\r\n\r\n",
      "two",
      "\r\n--b--",
    ];
    assertEquals(await readAndTransfer(chunks.map(utf8)), ["one", "two"]);
  });

  it("is one or the other wherever the body is cut", async () => {
    for (const { label, chunks } of splits(utf8(BODY))) {
      // Each chunk has its own memory, as a source's chunks do.
      const result = await readAndTransfer(chunks.map((chunk) => chunk.slice()))
        .catch((error) => error.name);
      const isRight = result === "TypeError" || `${result}` === "one,two";
      assertEquals(isRight, true, `${label}: ${result}`);
    }
  });
});
