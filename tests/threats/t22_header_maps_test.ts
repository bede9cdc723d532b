import { assertEquals, assertLessOrEqual } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader } from "@tributary/multipart";
import { readMessage } from "../../examples/http_message.ts";
import { utf8 } from "../bytes.ts";
import { probe } from "../reader/probe.ts";
import { errorOf, inTurn, KiB, MiB, MIXED } from "./hostile.ts";

const CHUNK_BYTES = KiB;
const LIMIT = 16 * KiB;

/**
 * Fields with distinct names. For each, some runtimes' `Headers` searches all
 * others.
 */
function* names(bytes: number): Generator<Uint8Array> {
  let lines = "";
  for (let at = 0; bytes > 0; at++) {
    lines += `x${at}:\r\n`;
    if (lines.length < CHUNK_BYTES) continue;
    yield utf8(lines.slice(0, CHUNK_BYTES));
    lines = lines.slice(CHUNK_BYTES);
    bytes -= CHUNK_BYTES;
  }
}

/** Ways to read a head, and the bytes before the head's first field. */
const heads: Record<
  string,
  [before: string, read: (reader: MultipartReader) => Promise<unknown>]
> = {
  "a part": ["--b\r\n", async (reader) => (await reader.next()).value?.headers],
  "an HTTP message in a part": [
    "--b\r\n\r\nGET / HTTP/1.1\r\n",
    async (reader) => {
      const { value: part } = await reader.next();
      return part && await readMessage(part);
    },
  ],
};

describe("T22 header maps", () => {
  for (const [name, [before, read]] of Object.entries(heads)) {
    it(`distinct names without an end, in ${name}: few are read`, async () => {
      const source = probe(inTurn(before, names(MiB)));
      const reader = new MultipartReader(source.stream, { contentType: MIXED });
      const error = await errorOf(() => read(reader));
      assertEquals([error.code, error.status], ["header-too-large", 431]);
      assertLessOrEqual(source.pulls * CHUNK_BYTES, LIMIT + 2 * CHUNK_BYTES);
    });
  }
});
