/** Many files in one PUT request, sent by curl. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { curl } from "../driving/curl.ts";
import { inFolder } from "../driving/folders.ts";
import { examplePath, startExample } from "./running.ts";
import { describeFile } from "./upload_servers.ts";

const runs: [string, string[]][] = [
  ["Deno", ["deno", "serve", "--host=127.0.0.1", "--port=0", "--no-check"]],
  ["Bun", ["bun"]],
];

for (const [name, command] of runs) {
  describe(`examples/put_files.ts on ${name}`, () => {
    async function serve(use: (url: string) => Promise<void>): Promise<void> {
      const path = examplePath("put_files.ts");
      const server = await startExample([...command, path]);
      try {
        await use(server.url);
      } finally {
        await server.close();
      }
    }

    it("handles files alone, in their order", async () => {
      await inFolder(async (folder) => {
        const sizes = [0, 5_000_000, 1, 300_000];
        const forms: string[] = ["-F", `long=${"x".repeat(100_000)}`];
        const expected: unknown[] = [];
        for (const size of sizes) {
          const bytes = randomBytes(size);
          const path = join(folder, `${size}.iso`);
          await writeFile(path, bytes);
          forms.push(
            "-F",
            `a=@${path};type=application/x-iso`,
            "-F",
            "b=field",
          );
          expected.push({
            filename: `${size}.iso`,
            type: "application/x-iso",
            ...describeFile(bytes),
          });
        }
        await serve(async (url) => {
          const answer = await curl("-X", "PUT", ...forms, url);
          assertEquals(answer.status, 200, answer.body);
          assertEquals(JSON.parse(answer.body), expected);
        });
      });
    });

    it("takes more files than most forms have", async () => {
      await serve(async (url) => {
        const count = 3000;
        const part = "--b\r\n" +
          'Content-Disposition: form-data; name="a"; filename="a"\r\n\r\nx\r\n';
        const sent = request(url, {
          method: "PUT",
          headers: { "content-type": "multipart/form-data; boundary=b" },
        });
        sent.end(`${part.repeat(count)}--b--\r\n`);
        const [response] = await once(sent, "response");
        assertEquals(JSON.parse(await text(response)).length, count);
      });
    });

    it("refuses what is not a form, is broken, or is not a PUT", async () => {
      await serve(async (url) => {
        const put = async (...args: string[]) =>
          (await curl("-X", "PUT", ...args, url)).status;
        const type = "Content-Type: multipart/form-data; boundary=b";
        assertEquals(await put("-d", "a=b"), 415);
        assertEquals(await put("-H", type, "-d", "--b\r\nbroken"), 400);
        assertEquals((await curl("-F", "a=b", url)).status, 405);
      });
    });
  });
}
