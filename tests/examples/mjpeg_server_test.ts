/** The live picture's server on each runtime, before those who watch it. */
import { assert, assertEquals } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { MultipartReader } from "@tributary/multipart";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { after } from "node:test";
import { type Browser, launch, type Page } from "puppeteer-core";
import { findChromium } from "../runtimes/chromium.ts";
import { hasFfmpeg } from "./camera_ffmpeg.ts";
import { mjpegRuntimes, type MjpegServer } from "./mjpeg_servers.ts";

const FRAMES = 100;

/** What ffmpeg makes of the stream: a hash for each picture, and its remarks. */
async function decode(
  url: string,
): Promise<{ exitCode: number | null; hashes: string[]; remarks: string }> {
  const child = spawn("ffmpeg", [
    ...["-v", "error", "-nostdin", "-xerror", "-err_detect", "explode"],
    ...["-f", "mpjpeg", "-i", url, "-frames:v", String(FRAMES)],
    ...["-fps_mode", "passthrough", "-f", "framemd5", "-"],
  ]);
  const [output, remarks, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  const hashes = output.split("\n").filter((line) => /^\d/.test(line))
    .map((line) => line.slice(line.lastIndexOf(",") + 1).trim());
  return { exitCode, hashes, remarks };
}

const ffmpeg = await hasFfmpeg() || process.env["CI"];
if (!ffmpeg) console.log("SKIPPED the live picture in ffmpeg: install ffmpeg.");

for (const runtime of mjpegRuntimes) {
  describe(`the live picture on ${runtime.name}`, () => {
    let server: MjpegServer;

    beforeEach(async () => {
      server = await runtime.start();
    });

    afterEach(() => server.close());

    if (ffmpeg) {
      it(`gives ffmpeg ${FRAMES} frames, each another picture`, async () => {
        const { exitCode, hashes, remarks } = await decode(`${server.url}live`);
        assertEquals(remarks, "");
        assertEquals(exitCode, 0);
        assertEquals(hashes.length, FRAMES);
        assertEquals(new Set(hashes).size, FRAMES);
      });
    }

    it("gives a reader JPEGs, until it leaves", async () => {
      const response = await fetch(`${server.url}live`);
      assertEquals(
        response.headers.get("cache-control"),
        "no-store, no-transform",
      );
      let frames = 0;
      for await (const part of MultipartReader.from(response)) {
        assertEquals(part.mediaType, "image/jpeg");
        const bytes = await part.bytes();
        assertEquals(bytes.length, part.contentLength);
        assertEquals([...bytes.subarray(0, 2)], [0xff, 0xd8]);
        assertEquals([...bytes.subarray(-2)], [0xff, 0xd9]);
        if (++frames === 10) break;
      }
      assertEquals(frames, 10);
    });

    it("answers what is no view of it", async () => {
      const page = await fetch(server.url);
      assertEquals(
        page.headers.get("content-type"),
        "text/html; charset=utf-8",
      );
      assert((await page.text()).includes(`<img src="/live"`));
      const statuses: number[] = [];
      for (const [path, method] of [["none", "GET"], ["live", "POST"]]) {
        const response = await fetch(server.url + path, { method });
        await response.body?.cancel();
        statuses.push(response.status);
      }
      assertEquals(statuses, [404, 405]);
    });
  });
}

/** All pixels of the page's picture, as a PNG. */
const PIXELS = `(() => {
  const image = document.querySelector("img");
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL();
})()`;

function testPage(browser: Browser): void {
  describe("the live picture in Chromium", () => {
    let server: MjpegServer;
    let page: Page;

    beforeEach(async () => {
      const node = mjpegRuntimes.find(({ name }) => name === "Node");
      assert(node);
      server = await node.start();
      page = await browser.newPage();
    });

    afterEach(async () => {
      await page.close();
      await server.close();
    });

    it("changes again and again", async () => {
      // A picture that goes on loading keeps the page from its "load" event.
      await page.goto(server.url, { waitUntil: "domcontentloaded" });
      await page.waitForFunction(
        "document.querySelector('img').naturalWidth > 0",
      );
      const seen = new Set<string>();
      for (let change = 0; change < 5; change++) {
        const pixels = String(await page.evaluate(PIXELS));
        seen.add(pixels);
        await page.waitForFunction(`${PIXELS} !== "${pixels}"`);
      }
      assertEquals(seen.size, 5);
    });
  });
}

const executablePath = findChromium();
if (executablePath || process.env["CI"]) {
  const folder = await mkdtemp(join(tmpdir(), "tributary-mjpeg-"));
  const browser = await launch({
    executablePath,
    userDataDir: join(folder, "profile"),
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run"],
  });
  after(async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  testPage(browser);
} else {
  console.log(
    "SKIPPED the live picture in Chromium: install Chromium or Chrome.",
  );
}
