/** Forms in a Hono application, on each of its runtimes, with curl. */
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { serve, type ServerType } from "@hono/node-server";
import { Miniflare } from "miniflare";
import app from "../../examples/hono.ts";
import { bundleWorker } from "../driving/bundles.ts";
import { curl, curlBody } from "../driving/curl.ts";
import { inFolder } from "../driving/folders.ts";
import { examplePath, type RunningExample, startExample } from "./running.ts";

/** The program from the example's header. */
async function startNode(): Promise<RunningExample> {
  const server: ServerType = serve({ ...app, port: 0, hostname: "127.0.0.1" });
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}/`,
    async close() {
      server.close();
      await once(server, "close");
    },
  };
}

async function startWorker(): Promise<RunningExample> {
  const miniflare = new Miniflare({
    modules: true,
    script: await bundleWorker(examplePath("hono.ts")),
    compatibilityDate: "2026-07-30",
  });
  return {
    url: (await miniflare.ready).href,
    close: () => miniflare.dispose(),
  };
}

const path = examplePath("hono.ts");
const runs: [string, () => Promise<RunningExample>][] = [
  ["Deno", () =>
    startExample([
      ...["deno", "serve", "--host=127.0.0.1", "--port=0", "--no-check"],
      path,
    ])],
  ["Bun", () => startExample(["bun", path])],
  ["Node", startNode],
  ["workerd", startWorker],
];

for (const [name, start] of runs) {
  describe(`examples/hono.ts on ${name}`, () => {
    it("reads a form, and answers for a wrong one", async () => {
      const server = await start();
      const url = `${server.url}upload`;
      try {
        await inFolder(async (folder) => {
          const file = join(folder, "cat.jpg");
          await writeFile(file, randomBytes(3_000_017));
          const answer = await curl("-F", "name=Ada", "-F", `a=@${file}`, url);
          assertEquals(answer.status, 200, answer.body);
          assertEquals(JSON.parse(answer.body), {
            fields: [["name", "Ada"]],
            files: [{
              filename: "cat.jpg",
              type: "image/jpeg",
              size: 3_000_017,
            }],
          });
        });
        const type = "multipart/form-data; boundary=b";
        const broken = await curlBody(url, type, Buffer.from("--b\r\n"));
        assertEquals(broken.status, 400);
        assertMatch(broken.body, /^Cannot /);
        const text = await curlBody(url, "text/plain", Buffer.from("x"));
        assertEquals(text.status, 415);
      } finally {
        await server.close();
      }
    });
  });
}
