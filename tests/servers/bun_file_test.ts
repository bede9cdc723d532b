/** Uploads from Bun whose Blobs stand for a file. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader } from "@tributary/multipart";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { inFolder } from "../driving/folders.ts";
import { withServer } from "../driving/servers.ts";
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
      const received: string[][] = [];
      await inFolder(async (folder) => {
        const path = join(folder, "file");
        await writeFile(path, content);
        await withServer(async (request, response) => {
          received.push(
            await textsOf(MultipartReader.from(request, { accept: "*" })),
          );
          response.end();
        }, async (url) => {
          await promisify(execFile)(bun, [
            "tests/servers/bun_file_client.ts",
            url,
            path,
          ], { cwd: root });
        });
      });
      const slice = content.slice(5, 25);
      assertEquals(received, [
        [content, slice, content],
        [content, slice, content],
      ]);
    });
  }
});
