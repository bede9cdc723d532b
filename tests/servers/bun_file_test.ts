/** Blobs of Bun's that stand for a file, uploaded from Bun. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader } from "@tributary/multipart";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../runtimes/names.ts";
import { installed } from "../runtimes/processes.ts";

async function textsOf(reader: MultipartReader): Promise<string[]> {
  const texts: string[] = [];
  for await (const part of reader.walk()) texts.push(await part.text());
  return texts;
}

describe("a file of Bun's", () => {
  for (const length of [50, 100_000]) {
    it(`of ${length} bytes is uploaded whole, and so are its slices`, async () => {
      const bun = installed("bun");
      assert(bun !== undefined, "Bun is not installed");
      const content = "0123456789".repeat(length / 10);
      const folder = await mkdtemp(join(tmpdir(), "bun-file-"));
      const path = join(folder, "file");
      const received: string[][] = [];
      const server = createServer(async (request, response) => {
        received.push(await textsOf(MultipartReader.from(request)));
        response.end();
      });
      try {
        await writeFile(path, content);
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        const address = server.address();
        const port = typeof address === "object" ? address?.port : undefined;
        await promisify(execFile)(bun, [
          "tests/servers/bun_file_client.ts",
          `http://127.0.0.1:${port}/`,
          path,
        ], { cwd: root });
        const slice = content.slice(5, 25);
        assertEquals(received, [
          [content, slice, content],
          [content, slice, content],
        ]);
      } finally {
        server.close();
        server.closeAllConnections();
        await rm(folder, { recursive: true });
      }
    });
  }
});
