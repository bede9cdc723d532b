/** What the demonstration leaves in its folder, and what stops it. */
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { diskStore } from "../../examples/upload/disk_store.ts";
import { inFolder } from "../driving/folders.ts";
import { closeServer, listen } from "../driving/servers.ts";
import { root } from "../runtimes/names.ts";
import { examplePath, runExample, startExample } from "./running.ts";

const path = examplePath("upload/serve_node.ts");

describe("examples/upload/serve_node.ts", () => {
  it("removes what it had not finished when it was killed", async () => {
    await inFolder(async (folder) => {
      const options = { env: { UPLOAD_DIR: folder } };
      const killed = await startExample(["node", path], options);
      const client = request(`${killed.url}upload`, {
        method: "POST",
        headers: { "content-type": "multipart/form-data; boundary=b" },
      });
      client.on("error", () => {}); // The test kills the server.
      client.write(
        '--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nx',
      );
      while ((await readdir(folder)).length === 0) await sleep(20);
      await killed.close("SIGKILL");
      assertMatch((await readdir(folder)).join(), /^[^,]+\.part$/);
      await (await startExample(["node", path], options)).close();
      assertEquals(await readdir(folder), []);
    });
  });
});

const servers: [name: string, command: string[]][] = [
  ["Node", ["node", path]],
  ["Bun", ["bun", examplePath("upload/serve_bun.ts")]],
  ["Deno", [
    ...["deno", "run", "--no-prompt", "--no-check", "--allow-all"],
    "--import-map=tests/runtimes/npm_imports.json",
    examplePath("upload/serve_deno.ts"),
  ]],
];
for (const [name, command] of servers) {
  it(`the demonstration on ${name} says in one line that its port is in use`, async () => {
    const other = createServer();
    const { port } = new URL(await listen(other));
    try {
      await inFolder(async (folder) => {
        const env = { PORT: port, HOST: "127.0.0.1", UPLOAD_DIR: folder };
        assertEquals(await runExample(command, { env }), {
          exitCode: 1,
          stdout: "",
          stderr: `Cannot listen on http://127.0.0.1:${port}/: ` +
            "the port is in use. Set PORT to another one.\n",
        });
      });
    } finally {
      await closeServer(other);
    }
  });
}

describe("diskStore()", () => {
  it("leaves all that is not its own", async () => {
    await inFolder(async (folder) => {
      const id = crypto.randomUUID();
      const own = `${id}.part`;
      const others = [
        `${id}-a.part`,
        ".part",
        `.${id}.part`,
        "a.part",
        ".a.part",
      ];
      for (const name of [own, ...others]) {
        await writeFile(join(folder, name), "x");
      }
      await diskStore(folder);
      assertEquals((await readdir(folder)).sort(), others.sort());
    });
  });
});

describe("examples/related_upload.ts", () => {
  it("removes what it had not finished when it was killed", async () => {
    await inFolder(async (folder) => {
      const objects = join(folder, "objects");
      await mkdir(objects);
      await writeFile(join(objects, `.${crypto.randomUUID()}`), "half");
      await writeFile(join(objects, "whole.part"), "whole");
      const server = await startExample([
        ...["deno", "serve", "--host=127.0.0.1", "--port=0", "--no-check"],
        `--config=${join(root, "deno.json")}`,
        ...["--no-prompt", "--allow-read", "--allow-write"],
        examplePath("related_upload.ts"),
      ], { cwd: folder });
      try {
        assertEquals((await fetch(server.url, { method: "POST" })).status, 415);
        assertEquals(await readdir(objects), ["whole.part"]);
      } finally {
        await server.close();
      }
    });
  });
});
