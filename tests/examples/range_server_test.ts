/**
 * The range server with the real curl and a real Chromium, and the same
 * responses from a Worker.
 */
import { assert, assertEquals } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { MultipartReader } from "@tributary/multipart";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile, rm, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { Miniflare } from "miniflare";
import { launch } from "puppeteer-core";
import { serveFile } from "../../examples/range_server.ts";
import { fetchListener } from "../../examples/fetch_listener.ts";
import { chromium, pathOf } from "../driving/commands.ts";
import { bundleText } from "../driving/bundles.ts";
import { curl, spawnCurl } from "../driving/curl.ts";
import { makeFolder, removeFolder } from "../driving/folders.ts";
import { closeServer, listen } from "../driving/servers.ts";
import { onEachRuntime, type RunningExample, startExample } from "./running.ts";

const film = randomBytes(3_000_000);

const runtimes = onEachRuntime(
  "examples/range_server.ts",
  "--allow-net",
  "--allow-read",
  "--allow-env=PORT",
);

interface Answer {
  status: number;
  headers: Headers;
  body: Uint8Array;
}

let folder = "";

/** Returns what curl receives, byte for byte. */
async function get(...args: string[]): Promise<Answer> {
  const head = join(folder, "head");
  const body = join(folder, "body");
  await writeFile(body, "");
  const { status } = await curl("--output", body, "-D", head, ...args);
  return { status, headers: await readHead(head), body: await readFile(body) };
}

async function readHead(path: string): Promise<Headers> {
  const headers = new Headers();
  for (const line of (await readFile(path, "latin1")).split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1));
  }
  return headers;
}

/** Returns the parts of a multipart/byteranges, each with its range. */
async function partsOf(
  { headers, body }: Answer,
): Promise<[range: string | null, body: Uint8Array][]> {
  const contentType = headers.get("content-type") ?? "";
  const parts: [string | null, Uint8Array][] = [];
  for await (const part of new MultipartReader(body, { contentType })) {
    parts.push([part.headers.get("content-range"), await part.bytes()]);
  }
  return parts;
}

/** Starts to download everything, and hangs up after the first bytes. */
async function startToLoad(url: string): Promise<Uint8Array> {
  const child = spawnCurl("--no-buffer", "--limit-rate", "100k", url);
  child.stdin.end();
  const closed = once(child, "close");
  const chunks: Uint8Array[] = [];
  child.stdout.on("data", (chunk: Uint8Array) => {
    chunks.push(chunk);
    child.kill();
  });
  await closed;
  return Buffer.concat(chunks);
}

const worker = `import { byteRanges } from "@tributary/multipart/writer";
const whole = new Uint8Array(100_000).fill(7);
export default {
  fetch(request) {
    const less = request.url.endsWith("short") ? 1 : 0;
    const source = (start, end) => whole.slice(start, end - less);
    return byteRanges(request, source, { size: whole.length });
  },
};`;

/** Silence, with 8000 samples of one byte per second. */
function silence(seconds: number): Uint8Array {
  const size = 8000 * seconds;
  const wave = Buffer.alloc(44 + size, 0x80);
  wave.write("RIFF");
  wave.writeUInt32LE(36 + size, 4);
  wave.write("WAVEfmt ", 8);
  wave.writeUInt32LE(16, 16);
  wave.writeUInt16LE(1, 20); // PCM
  wave.writeUInt16LE(1, 22); // mono
  wave.writeUInt32LE(8000, 24);
  wave.writeUInt32LE(8000, 28);
  wave.writeUInt16LE(1, 32);
  wave.writeUInt16LE(8, 34);
  wave.write("data", 36);
  wave.writeUInt32LE(size, 40);
  return wave;
}

const PLAYER = `<!doctype html><title>player</title>
  <audio src="/sound.wav" preload="metadata"></audio>`;

/** Seeks to a time, and returns the player's resulting time. */
const SEEK = `(seconds) => new Promise((resolve, reject) => {
  const player = document.querySelector("audio");
  player.onerror = () => reject(new Error(player.error.message));
  player.onseeked = () => resolve([player.currentTime, player.duration]);
  const seek = () => player.currentTime = seconds;
  if (player.readyState > 0) seek();
  else player.onloadedmetadata = seek;
})`;

describe("ranges over HTTP", () => {
  beforeEach(async () => {
    folder = await makeFolder();
  });

  afterEach(() => removeFolder(folder));

  for (const { name, command } of runtimes) {
    describe(`the range server on ${name}`, () => {
      let server: RunningExample;
      let url = "";
      let path = "";

      beforeEach(async () => {
        path = join(folder, "film.mp4");
        await writeFile(path, film);
        server = await startExample([...command, path, "video/mp4"]);
        ({ url } = server);
      });

      afterEach(() => server.close());

      it("serves all, and says what HEAD says", async () => {
        const { status, headers, body } = await get(url);
        assertEquals(status, 200);
        assertEquals(headers.get("content-type"), "video/mp4");
        assertEquals(headers.get("accept-ranges"), "bytes");
        assertEquals(headers.get("content-length"), `${film.length}`);
        assert(film.equals(body));

        const head = await get("--head", url);
        assertEquals(head.status, 200);
        for (const field of ["content-length", "content-type", "etag"]) {
          assertEquals(head.headers.get(field), headers.get(field));
        }
        assertEquals((await get("--request", "POST", url)).status, 405);

        await rm(path);
        assertEquals((await get(url)).status, 404);
      });

      it("serves the ranges of curl -r", async () => {
        const one = await get("-r", "0-99", url);
        assertEquals(one.status, 206);
        assertEquals(one.headers.get("content-range"), "bytes 0-99/3000000");
        assertEquals(one.headers.get("content-length"), "100");
        assert(film.subarray(0, 100).equals(one.body));

        const last = await get("-r", "-5", url);
        assert(film.subarray(-5).equals(last.body));

        const two = await get("-r", "0-9,50-59", url);
        assertEquals(two.status, 206);
        assertEquals(two.headers.get("content-length"), `${two.body.length}`);
        assertEquals(await partsOf(two), [
          ["bytes 0-9/3000000", new Uint8Array(film.subarray(0, 10))],
          ["bytes 50-59/3000000", new Uint8Array(film.subarray(50, 60))],
        ]);

        const many = await get(
          "-r",
          "2900000-,100-199999,1000000-1999999",
          url,
        );
        assertEquals((await partsOf(many)).map(([range]) => range), [
          "bytes 2900000-2999999/3000000",
          "bytes 100-199999/3000000",
          "bytes 1000000-1999999/3000000",
        ]);

        const none = await get("-r", "3000000-", url);
        assertEquals(none.status, 416);
        assertEquals(none.headers.get("content-range"), "bytes */3000000");
      });

      it("goes on with a download that was cut, by curl -C -", async () => {
        const start = await startToLoad(url);
        assert(start.length > 0 && start.length < film.length);
        const loaded = join(folder, "loaded");
        await writeFile(loaded, start);
        const head = join(folder, "head");
        const { status } = await curl("-C", "-", "-o", loaded, "-D", head, url);
        assertEquals(status, 206);
        assertEquals(
          (await readHead(head)).get("content-range"),
          `bytes ${start.length}-2999999/3000000`,
        );
        assert(film.equals(await readFile(loaded)));
        // The file is already complete.
        assertEquals((await curl("-C", "-", "-o", loaded, url)).status, 416);
        assert(film.equals(await readFile(loaded)));
      });

      it("gives the rest of the same file alone", async () => {
        // A date in the current second would not be a strong validator.
        await utimes(path, 1_100_000_000, 1_100_000_000);
        const { headers } = await get("--head", url);
        const etag = headers.get("etag") ?? "";
        const date = headers.get("last-modified") ?? "";
        const ask = async (field: string, value: string) => {
          const range = ["-r", "100-199", "-H", `${field}: ${value}`];
          const { status, body } = await get(...range, url);
          return [status, body.length];
        };
        assertEquals(await ask("If-Range", etag), [206, 100]);
        assertEquals(await ask("If-Range", date), [206, 100]);
        assertEquals(await ask("If-None-Match", etag), [304, 0]);
        assertEquals(await ask("If-Match", etag), [206, 100]);

        await writeFile(path, randomBytes(2_000_000));
        await utimes(path, 1_000_000_000, 1_000_000_000);
        assertEquals(await ask("If-Range", etag), [200, 2_000_000]);
        assertEquals(await ask("If-Range", date), [200, 2_000_000]);
        assertEquals(await ask("If-None-Match", etag), [206, 100]);
        assertEquals(await ask("If-Match", etag), [412, 0]);
      });
    });
  }

  describe("byteRanges() in a Worker", () => {
    it("sends exact lengths, and cuts the connection where they fail", async () => {
      const miniflare = new Miniflare({
        modules: true,
        script: await bundleText(worker),
        compatibilityDate: "2026-07-30",
        handleRuntimeStdio() {}, // It would log the body that fails.
      });
      try {
        const { href: url } = await miniflare.ready;
        const lengthOf = async (...args: string[]) => {
          const { status, headers, body } = await get(...args);
          return [status, headers.get("content-length"), body.length];
        };
        assertEquals(await lengthOf(url), [200, "100000", 100_000]);
        assertEquals(
          await lengthOf("--head", url).then((all) => all[1]),
          "100000",
        );
        assertEquals(await lengthOf("-r", "5-9", url), [206, "5", 5]);
        const two = await get("-r", "0-9,50-59", url);
        assertEquals(two.headers.get("content-length"), `${two.body.length}`);
        assertEquals((await partsOf(two)).length, 2);
        assertEquals(await lengthOf("-r", "100000-", url), [416, "0", 0]);
        // 18: fewer bytes arrived than promised.
        const error = await get(`${url}short`).catch(String);
        assert(String(error).includes("curl ended with 18"), String(error));
      } finally {
        await miniflare.dispose();
      }
    });
  });

  describe("the range server before Chromium", () => {
    it("lets a player seek", async () => {
      pathOf(chromium); // Skips the test before it starts a server.
      const path = join(folder, "sound.wav");
      const seconds = 10_000;
      await writeFile(path, silence(seconds));
      const asked: [range: string | null, status: number][] = [];
      const server = createServer(fetchListener(async (request) => {
        if (!request.url.endsWith("/sound.wav")) {
          const headers = { "content-type": "text/html" };
          return new Response(PLAYER, { headers });
        }
        const response = await serveFile(request, path, "audio/wav");
        asked.push([request.headers.get("range"), response.status]);
        return response;
      }));
      const url = await listen(server);
      const browser = await launch({
        executablePath: pathOf(chromium),
        userDataDir: join(folder, "profile"),
        args: ["--no-sandbox", "--disable-gpu", "--no-first-run"],
      });
      try {
        const page = await browser.newPage();
        await page.goto(url);
        for (const to of [9000, 4000]) {
          assertEquals(await page.evaluate(`(${SEEK})(${to})`), [
            to,
            seconds,
          ]);
        }
      } finally {
        await browser.close();
        await closeServer(server);
      }
      // Chromium may revalidate what it already has, which gives a 304.
      const statuses = new Set(asked.map(([, status]) => status));
      assert(statuses.delete(206));
      assertEquals([...statuses].filter((status) => status !== 304), []);
      // It sought there without downloading everything before.
      const starts = asked.map(([range]) =>
        Number(/^bytes=(\d+)-/.exec(range ?? "")?.[1])
      );
      assertEquals(starts[0], 0);
      assert(starts.some((start) => start > 8000 * 8000), `${starts}`);
    });
  });
});
