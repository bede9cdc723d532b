/** By default, Node ends a request after five minutes. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { inFolder } from "../driving/folders.ts";
import { programs } from "./programs.ts";
import { startExample } from "./running.ts";
import { sendSlowly, SHORT_TIMEOUTS } from "./slow_upload.ts";

Object.assign(process.env, SHORT_TIMEOUTS); // For all processes that are started here.

/** A server with Node's default timeout. */
const PLAIN = `
import { createServer } from "node:http";
const server = createServer((request, response) => {
  request.resume().on("end", () => response.end());
  request.on("error", () => {});
});
server.listen(0, "127.0.0.1", () => {
  console.log(\`Listening on http://127.0.0.1:\${server.address().port}/\`);
});
`;

describe("an upload that takes longer than Node's requestTimeout", () => {
  it("is ended by a server that does not set it", async () => {
    await inFolder(async (folder) => {
      const path = join(folder, "plain.mjs");
      await writeFile(path, PLAIN);
      const server = await startExample(["node", path]);
      try {
        assertEquals(await sendSlowly(server), 408);
      } finally {
        await server.close();
      }
    });
  });

  for (const program of programs) {
    const { path, runs, accepts, route, method, headers, input } = program;
    if (runs["Node"] === undefined || accepts.length === 0) continue;
    it(`is taken by examples/${path}`, async () => {
      await runs["Node"]?.(async ({ url }) => {
        const target = { url: `${url}${route}`, method, headers };
        assertEquals(await sendSlowly(target, input), 200);
      });
    });
  }
});
