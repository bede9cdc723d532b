/** The examples that save a form's files, each on its runtime, with curl. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, request } from "node:http";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import express from "express";
import fastify from "fastify";
import { formSaver } from "../../examples/upload_node.ts";
import { curl, curlBody } from "../driving/curl.ts";
import { inFolder } from "../driving/folders.ts";
import { closeServer, listen } from "../driving/servers.ts";
import { examplePath, type RunningExample, startExample } from "./running.ts";

const FORM_TYPE = "multipart/form-data; boundary=b";

/** A form that is cut off in its second file. */
const CUT_FORM = Buffer.from(
  '--b\r\nContent-Disposition: form-data; name="photo"; filename="a.txt"\r\n\r\n' +
    "whole\r\n" +
    '--b\r\nContent-Disposition: form-data; name="photo"; filename="b.txt"\r\n\r\n' +
    `half${" of it".repeat(50_000)}`,
);

/** Waits until a folder has this many files. Fails if that takes too long. */
async function untilCount(folder: string, count: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const names = await readdir(folder);
    if (names.length === count) return;
    assert(Date.now() < deadline, `It holds ${names}`);
    await sleep(20);
  }
}

interface Example {
  name: string;
  start(folder: string): Promise<RunningExample>;
}

const examples: Example[] = [
  {
    name: "examples/upload_deno.ts",
    start: (folder) =>
      startExample([
        "deno",
        "run",
        "--no-prompt",
        "--no-check",
        "--allow-net",
        "--allow-env",
        "--allow-read",
        "--allow-write",
        examplePath("upload_deno.ts"),
        folder,
      ]),
  },
  {
    name: "examples/upload_bun.ts",
    start: (folder) =>
      startExample(["bun", examplePath("upload_bun.ts"), folder]),
  },
  {
    name: "examples/upload_node.ts",
    start: (folder) =>
      startExample(["node", examplePath("upload_node.ts"), folder]),
  },
  { name: "examples/upload_node.ts in Express", start: startExpress },
  { name: "examples/upload_node.ts in Fastify", start: startFastify },
];

/** The program from the header of upload_node.ts. */
async function startExpress(folder: string): Promise<RunningExample> {
  const app = express().set("env", "test"); // Otherwise it would log each error.
  app.use(express.json()); // It does not parse forms, so it may be used too.
  interface Answer {
    json(body: unknown): void;
  }
  const saveForm = formSaver(folder);
  app.post("/", async (request: IncomingMessage, response: Answer) => {
    response.json({ ...await saveForm(request) });
  });
  const server = createServer(app);
  return { url: await listen(server), close: () => closeServer(server) };
}

async function startFastify(folder: string): Promise<RunningExample> {
  const app = fastify({ forceCloseConnections: true });
  app.addContentTypeParser(
    "multipart/form-data",
    (_request, _body, done) => done(null),
  );
  const saveForm = formSaver(folder);
  app.post("/", async ({ raw }) => ({ ...await saveForm(raw) }));
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return { url: `${url}/`, close: () => app.close() };
}

for (const { name, start } of examples) {
  describe(name, () => {
    /** Starts it with a folder of its own. */
    async function serve(
      use: (url: string, folder: string) => Promise<void>,
    ): Promise<void> {
      await inFolder(async (folder) => {
        const server = await start(folder);
        try {
          await use(server.url, folder);
        } finally {
          await server.close();
        }
      });
    }

    it("saves the files that curl sends", async () => {
      await inFolder(async (source) => {
        const sent = randomBytes(3_000_017);
        const path = join(source, "cat.jpg");
        await writeFile(path, sent);
        await serve(async (url, folder) => {
          const answer = await curl(
            ...["-F", "name=Ada"],
            ...["-F", `photo=@${path}`],
            ...["-F", `photo=@${path};filename=../../evil.jpg`],
            // A browser sends this for an input without a file.
            ...["-F", "photo=@/dev/null;filename="],
            url,
          );
          assertEquals(answer.status, 200, answer.body);
          const { name, photo } = JSON.parse(answer.body);
          assertEquals([name, photo.length], ["Ada", 2]);
          for (const [index, { path, filename, size }] of photo.entries()) {
            assertEquals(dirname(path), folder);
            assertMatch(basename(path), /^[0-9a-f-]{36}$/);
            assertEquals(filename, ["cat.jpg", "evil.jpg"][index]);
            assertEquals(size, sent.length);
            assert(sent.equals(await readFile(path)));
          }
          assertEquals((await readdir(folder)).length, 2);
        });
      });
    });

    it("says that its answer is JSON", async () => {
      await serve(async (url) => {
        const body = new FormData();
        body.append("name", "Ada");
        const answer = await fetch(url, { method: "POST", body });
        const type = answer.headers.get("content-type") ?? "";
        assertMatch(type, /^application\/json/);
        assertEquals(await answer.json(), { name: "Ada", photo: [] });
      });
    });

    it("leaves nothing of a form that breaks off", async () => {
      await serve(async (url, folder) => {
        const { status } = await curlBody(url, FORM_TYPE, CUT_FORM);
        // Express and Fastify use the error's own status.
        assertEquals(status, 400);
        assertEquals(await readdir(folder), []);
      });
    });

    it("leaves nothing when the client hangs up", async () => {
      await serve(async (url, folder) => {
        const client = request(url, {
          method: "POST",
          headers: { "content-type": FORM_TYPE },
        });
        client.on("error", () => {}); // The test hangs up.
        client.write(CUT_FORM);
        await untilCount(folder, 2);
        client.destroy();
        await untilCount(folder, 0);
      });
    });

    it("takes no fields without end", async () => {
      await serve(async (url) => {
        const field = Buffer.concat([
          Buffer.from(
            '--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n',
          ),
          Buffer.alloc(100_000, "x"),
          Buffer.from("\r\n--b--\r\n"),
        ]);
        assertEquals((await curlBody(url, FORM_TYPE, field)).status, 413);
        const other = await curlBody(url, "text/plain", Buffer.from("x"));
        assertEquals(other.status, 415);
      });
    });
  });
}
