/** Several ranges in one request to real servers. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartWriter } from "@tributary/multipart";
import express from "express";
import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { fetchListener } from "../../examples/fetch_listener.ts";
import { serveFile } from "../../examples/range_server.ts";
import { type Range, readRanges } from "../../examples/read_ranges.ts";
import { end, isAlive, untilEnd, whenListening } from "../driving/children.ts";
import { go, nginx, pathOf } from "../driving/commands.ts";
import { inFolder, makeFolder, removeFolder } from "../driving/folders.ts";
import {
  closeServer,
  freePort,
  isOpen,
  listen,
  withServer,
} from "../driving/servers.ts";
import { shared } from "../driving/shared.ts";
import { examplePath, onEachRuntime, runExample } from "./running.ts";

const MiB = 1024 * 1024;
const BYTES = randomBytes(3 * MiB);

const file = shared(async () => {
  const folder = await makeFolder();
  await writeFile(join(folder, "file.bin"), BYTES);
  return { folder, path: join(folder, "file.bin") };
}, ({ folder }) => removeFolder(folder));

/** The URL of a server's file, and how to end the server. */
interface Running {
  url: string;
  close(): Promise<void>;
}

async function startNode(listener: RequestListener): Promise<Running> {
  const server = createServer(listener);
  const url = `${await listen(server)}file.bin`;
  return { url, close: () => closeServer(server) };
}

/** Starts nginx with a `max_ranges` directive. */
async function startNginx(maxRanges: string): Promise<Running> {
  const path = pathOf(nginx);
  const { folder } = await file();
  const port = await freePort();
  const prefix = await makeFolder();
  await writeFile(
    join(prefix, "nginx.conf"),
    `daemon off; master_process off; pid nginx.pid; error_log stderr;
    ${process.getuid?.() === 0 ? "user root;" : ""}
    events {}
    http {
      access_log off; client_body_temp_path .; proxy_temp_path .;
      fastcgi_temp_path .; uwsgi_temp_path .; scgi_temp_path .;
      server { listen 127.0.0.1:${port}; root ${folder}; ${maxRanges} }
    }`,
  );
  const args = ["-p", prefix, "-c", "nginx.conf", "-e", "stderr"];
  const child = spawn(path, args, { stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => errors += text);
  const close = async () => {
    await end(child);
    await removeFolder(prefix);
  };
  while (!await isOpen(port)) {
    if (!isAlive(child)) {
      await close();
      throw new Error(`nginx ended: ${errors}`);
    }
    await sleep(20);
  }
  return { url: `http://127.0.0.1:${port}/file.bin`, close };
}

async function startGo(): Promise<Running> {
  const compiler = pathOf(go);
  const { path } = await file();
  const folder = await makeFolder();
  const binary = join(folder, "serve_file");
  const source = fileURLToPath(new URL("serve_file.go", import.meta.url));
  const built = spawn(compiler, ["build", "-o", binary, source]);
  const { exitCode, stderr } = await untilEnd(built);
  if (exitCode !== 0) throw new Error(`Cannot build ${source}: ${stderr}`);
  const child = spawn(binary, [path], { stdio: ["pipe", "pipe", "pipe"] });
  const close = async () => {
    await end(child);
    await removeFolder(folder);
  };
  return { url: await whenListening(child), close };
}

interface Server {
  name: string;
  start(): Promise<Running>;
  /**
   * How many ranges it sends for the first of {@linkcode asked}. Undefined if
   * it responds with status 200.
   */
  parts: number | undefined;
}

const servers: Server[] = [
  {
    name: "byteRanges()",
    async start() {
      const { path } = await file();
      return startNode(fetchListener((request) => serveFile(request, path)));
    },
    parts: 3,
  },
  { name: "nginx", start: () => startNginx(""), parts: 4 },
  {
    name: "nginx with one range at most",
    start: () => startNginx("max_ranges 1;"),
    parts: undefined,
  },
  { name: "Go's ServeFile", start: startGo, parts: 4 },
  {
    name: "Express, which knows one range",
    async start() {
      const { folder } = await file();
      return startNode(
        // Otherwise it would print the errors that it responds with.
        express().set("env", "test").use(express.static(folder)),
      );
    },
    parts: undefined,
  },
];

const asked: readonly Range[][] = [
  // Out of order, with an overlap, and with the last byte.
  [[2 * MiB, 2 * MiB + 70_000], [0, 1], [100, 900], [500, 1500]],
  [[3 * MiB - 1, 3 * MiB]],
  [[10, 20], [20, 30]],
  [[0, 3 * MiB], [5, 6]],
  Array.from({ length: 90 }, (_, index) => [index * 1000, index * 1000 + 10]),
];

/**
 * Returns how many parts a server sends, or undefined if it sends the whole
 * file.
 */
async function countParts(url: string, ranges: readonly Range[]) {
  const list = ranges.map(([start, end]) => `${start}-${end - 1}`).join();
  const response = await fetch(url, { headers: { range: `bytes=${list}` } });
  const text = new TextDecoder("latin1").decode(await response.arrayBuffer());
  if (response.status === 200) return undefined;
  return text.split(/\r\ncontent-range: bytes /i).length - 1;
}

describe("readRanges()", () => {
  for (const { name, start, parts } of servers) {
    it(`reads what it asks ${name} for`, async () => {
      const { url, close } = await start();
      try {
        assertEquals(await countParts(url, asked[0] ?? []), parts);
        for (const ranges of asked) {
          const found = await readRanges(url, ranges);
          assertEquals(found.length, ranges.length);
          for (const [index, [start, end]] of ranges.entries()) {
            const expected = BYTES.subarray(start, end);
            assert(expected.equals(found[index] ?? Buffer.of()), `${index}`);
          }
        }
        const behind: Range[] = [[3 * MiB, 3 * MiB + 1], [4 * MiB, 5 * MiB]];
        const across: Range[] = [[0, 4], [3 * MiB - 1, 3 * MiB + 1]];
        for (const ranges of [behind, across]) {
          await assertRejects(() => readRanges(url, ranges), RangeError);
        }
      } finally {
        await close();
      }
    });
  }

  it("takes parts in any order, and skips what it did not ask for", async () => {
    const writer = new MultipartWriter("byteranges");
    for (const [start, end] of [[50, 60], [0, 100], [7, 9]] as const) {
      const headers = { "content-range": `bytes ${start}-${end - 1}/100` };
      writer.append(BYTES.subarray(start, end), { headers });
    }
    writer.append("a part without Content-Range");
    const listener = fetchListener(() =>
      Promise.resolve(writer.toResponse({ status: 206 }))
    );
    await withServer(listener, async (url) => {
      assertEquals(await readRanges(url, [[8, 9], [50, 60], [55, 70]]), [
        Uint8Array.from(BYTES.subarray(8, 9)),
        Uint8Array.from(BYTES.subarray(50, 60)),
        Uint8Array.from(BYTES.subarray(55, 70)),
      ]);
    });
  });

  it("hangs up on a server that sends more than it needs", async () => {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    await withServer((_request, response) => {
      response.once("close", resolve);
      const write = () => {
        while (!response.destroyed && response.write(BYTES));
      };
      response.on("drain", write);
      write();
    }, async (url) => {
      const [bytes] = await readRanges(url, [[MiB, MiB + 5]]);
      assert(BYTES.subarray(MiB, MiB + 5).equals(bytes ?? Buffer.of()));
      await closed;
    });
  });

  it("fails where a server does, or sends no range", async () => {
    const answers: [status: number, headers: Record<string, string>][] = [
      [404, {}],
      [500, {}],
      [206, {}],
      [206, { "content-range": "bytes */100" }],
    ];
    for (const [status, headers] of answers) {
      await withServer((_request, response) => {
        response.writeHead(status, headers).end("0123456789");
      }, async (url) => {
        const read = () => readRanges(url, [[0, 4]]);
        await assertRejects(read, Error, `Cannot read ranges: ${status}`);
      });
    }
  });

  const path = examplePath("read_ranges.ts");
  for (const { name, command } of onEachRuntime(path, "--allow-net")) {
    it(`prints ranges on ${name}`, async () => {
      await inFolder(async (folder) => {
        const digits = join(folder, "digits.txt");
        await writeFile(digits, "0123456789");
        const listener = fetchListener((request) => serveFile(request, digits));
        await withServer(listener, async (url) => {
          const run = await runExample([...command, url, "8-10", "0-4"]);
          assertEquals(run.exitCode, 0, run.stderr);
          assertEquals(run.stdout, "8-10 89\n0-4 0123\n");
        });
      });
    });
  }
});
