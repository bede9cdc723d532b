/**
 * Uploads by `fetch` of what a writer writes, from real runtimes to a real
 * server.
 */
import { assert, assertEquals } from "@std/assert";
import { afterEach, describe, it } from "@std/testing/bdd";
import { MultipartReader } from "@tributary/multipart";
import { Miniflare } from "miniflare";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
} from "node:http";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { launch, type Page } from "puppeteer-core";
import { chromium, pathOf } from "../driving/commands.ts";
import { bundle, bundleText } from "../driving/bundles.ts";
import { end } from "../driving/children.ts";
import { makeFolder, removeFolder } from "../driving/folders.ts";
import { closeServer, listen } from "../driving/servers.ts";
import { root } from "../runtimes/names.ts";
import { installed, nodePath } from "../runtimes/processes.ts";

const BLOCK = 64 * 1024;
const BLOCKS = 1536; // 96 MiB

interface Part {
  name: string | undefined;
  filename: string | undefined;
  type: string;
  size: number;
  sha256: string;
}

/** A server's record of one upload. */
interface Upload {
  headers: IncomingHttpHeaders;
  parts: Part[];
}

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

function gate(): Gate {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  return { opened, open };
}

/** A server that waits at given points. */
class UploadServer {
  readonly #server: Server;
  readonly #uploads: Upload[] = [];
  /** Opens when the five bytes of the first part have arrived. */
  readonly first: Gate = gate();
  /** Opens when the last part begins. */
  readonly last: Gate = gate();
  /** The server does not read the last part until this opens. */
  readonly released: Gate = gate();

  constructor() {
    this.#server = createServer((request, response) => {
      if (request.method === "GET") {
        response.setHeader("content-type", "text/html");
        response.end("<!doctype html><title>upload</title>");
        return;
      }
      this.#read(request).then(
        () => response.end("ok"),
        (error) => response.writeHead(500).end(String(error)),
      );
    });
  }

  get uploads(): readonly Upload[] {
    return this.#uploads;
  }

  listen(): Promise<string> {
    return listen(this.#server);
  }

  close(): Promise<void> {
    return closeServer(this.#server);
  }

  async #read(request: IncomingMessage): Promise<void> {
    const parts: Part[] = [];
    for await (const part of MultipartReader.from(request)) {
      const { name, filename, mediaType: type } = part;
      if (name === "blocks") {
        this.last.open();
        await this.released.opened;
      }
      const hash = createHash("sha256");
      let size = 0;
      for await (const chunk of part) {
        hash.update(chunk);
        size += chunk.length;
        if (name === "first" && size === 5) this.first.open();
      }
      parts.push({ name, filename, type, size, sha256: hash.digest("hex") });
    }
    this.#uploads.push({ headers: request.headers, parts });
  }
}

function sha256(chunks: Iterable<Uint8Array | string>): string {
  const hash = createHash("sha256");
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

function* blocks(): Generator<Uint8Array> {
  for (let index = 0; index < BLOCKS; index++) {
    yield new Uint8Array(BLOCK).fill(index);
  }
}

const expected: Part[] = [
  {
    name: "first",
    filename: "blob",
    type: "application/octet-stream",
    size: 5,
    sha256: sha256(["first"]),
  },
  {
    name: "second",
    filename: "blob",
    type: "application/octet-stream",
    size: 6,
    sha256: sha256(["second"]),
  },
  {
    name: "blocks",
    filename: "blocks.bin",
    type: "application/octet-stream",
    size: BLOCKS * BLOCK,
    sha256: sha256(blocks()),
  },
];

const client = "tests/servers/streaming_client.ts";

const clients: [name: string, command: string | undefined, args: string[]][] = [
  ["Deno", installed("deno"), [
    "run",
    "--no-prompt",
    "--no-check",
    "--allow-net=127.0.0.1",
    client,
  ]],
  ["Bun", installed("bun"), [client]],
  ["Node", nodePath(), [client]],
];

describe("fetch(url, writer.toRequestInit())", () => {
  const children: ChildProcess[] = [];
  const servers: UploadServer[] = [];

  afterEach(async () => {
    for (const child of children.splice(0)) await end(child, "SIGKILL");
    for (const server of servers.splice(0)) await server.close();
  });

  async function serve(): Promise<{ server: UploadServer; url: string }> {
    const server = new UploadServer();
    servers.push(server);
    return { server, url: await server.listen() };
  }

  for (const [name, command, args] of clients) {
    it(`streams bodies of unknown length from ${name}, as they are read`, async () => {
      const { server, url } = await serve();
      assert(command !== undefined, `${name} is not installed`);
      const child = spawn(command, [...args, url, `${BLOCKS}`], {
        cwd: root,
        stdio: ["pipe", "pipe", "inherit"],
        env: { ...process.env, NO_COLOR: "1" },
      });
      children.push(child);
      let taken = 0;
      let answer = "";
      const lines = createInterface(child.stdout);
      lines.on("line", (line) => {
        if (line.startsWith("taken ")) taken = Number(line.slice(6)) + 1;
        else answer += line;
      });
      const closed = once(child, "close");

      // The second part is made only after the server has received the first.
      await server.first.opened;
      assertEquals(taken, 0);
      child.stdin.end("go\n");

      await server.last.opened;
      for (let before = -1; before !== taken; await sleep(300)) before = taken;
      const buffered = taken * BLOCK;
      assert(buffered < BLOCKS * BLOCK / 3, `${buffered} bytes were taken`);
      server.released.open();

      const [exitCode] = await closed;
      assertEquals({ exitCode, answer }, { exitCode: 0, answer: "200 ok" });
      assertEquals(taken, BLOCKS);
      assertEquals(server.uploads.length, 1);
      const upload = server.uploads[0];
      assertEquals(upload?.headers["transfer-encoding"], "chunked");
      assertEquals(upload?.headers["content-length"], undefined);
      assertEquals(upload?.parts, expected);
    });
  }

  it("streams from workerd", async () => {
    const { server, url } = await serve();
    server.released.open();
    const script = await bundleText(`
          import { MultipartWriter } from "./writer/mod.ts";
          async function* blocks() {
            for (let index = 0; index < 64; index++) {
              yield new Uint8Array(${BLOCK}).fill(index);
            }
          }
          export default {
            async fetch(request) {
              const writer = new MultipartWriter("form-data");
              writer.append("value", { name: "field" });
              writer.append(blocks(), { name: "f", filename: "f.bin" });
              return await fetch(await request.text(), writer.toRequestInit());
            }
          }`);
    const miniflare = new Miniflare({
      modules: true,
      script,
      compatibilityDate: "2026-07-30",
    });
    try {
      const response = await miniflare.dispatchFetch("http://worker/", {
        method: "POST",
        body: url,
      });
      assertEquals(await response.text(), "ok");
    } finally {
      await miniflare.dispose();
    }
    const upload = server.uploads[0];
    assertEquals(upload?.headers["transfer-encoding"], "chunked");
    assertEquals(
      upload?.parts.map(({ name, size }) => [name, size]),
      [["field", 5], ["f", 64 * BLOCK]],
    );
  });

  it("uploads a File from Chromium as a Blob, and in no other way", async () => {
    const executablePath = pathOf(chromium);
    const { server, url } = await serve();
    server.released.open();
    const userDataDir = await makeFolder();
    const browser = await launch({
      executablePath,
      userDataDir,
      args: ["--no-sandbox", "--disable-gpu", "--no-first-run"],
    });
    try {
      const page = await browser.newPage();
      await page.goto(url);
      await page.addScriptTag({ content: await pageScript() });
      await uploadFrom(page, server);
    } finally {
      await browser.close();
      await removeFolder(userDataDir);
    }
  });
});

/** A page script that makes the writer a global. */
function pageScript(): Promise<string> {
  return bundle({
    entryPoints: ["writer/mod.ts"],
    minify: true,
    format: "iife",
    globalName: "tributary",
    platform: "browser",
  });
}

async function uploadFrom(page: Page, server: UploadServer): Promise<void> {
  const size = 5 * 1024 * 1024 + 3;
  const answers = await page.evaluate(`(async () => {
    const bytes = new Uint8Array(${size}).map((_, index) => index % 251);
    const make = () => {
      const writer = new tributary.MultipartWriter("form-data");
      writer.append("Grüße", { name: "field" });
      writer.append(new File([bytes], "ä \\"b\\".bin", { type: "x/y" }), {
        name: "upload",
      });
      return writer;
    };
    const post = async (init) => await (await fetch("/", init)).text();
    const writer = make();
    const headers = { "content-type": writer.contentType };
    return [
      await post({ method: "POST", headers, body: await writer.blob() }),
      await post(make().toRequestInit()),
      await post({
        method: "POST",
        headers,
        body: writer.stream(),
        duplex: "half",
      }).catch((error) => error.name),
      String(writer.size),
    ];
  })()`);
  assert(Array.isArray(answers));
  const [asBlob, asInit, asStream, stated] = answers;
  // Over HTTP/1.1, a browser cannot stream an upload, and throws a TypeError.
  assertEquals([asBlob, asInit, asStream], ["ok", "ok", "TypeError"]);
  const bytes = new Uint8Array(size).map((_, index) => index % 251);
  assertEquals(server.uploads.length, 2);
  for (const { headers, parts } of server.uploads) {
    assertEquals(headers["content-length"], stated);
    assertEquals(parts, [
      {
        name: "field",
        filename: undefined,
        type: "text/plain",
        size: 7,
        sha256: sha256(["Grüße"]),
      },
      {
        name: "upload",
        filename: "ä %22b%22.bin",
        type: "x/y",
        size,
        sha256: sha256([bytes]),
      },
    ]);
  }
}
