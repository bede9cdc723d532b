/** The live picture's server on each runtime, with viewers. */
import { assert, assertEquals } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { MultipartReader } from "@tributary/multipart";
import type { Browser, Page } from "puppeteer-core";
import { chromium } from "../driving/commands.ts";
import { sharedBrowser } from "../driving/browsers.ts";
import { decode } from "./camera_ffmpeg.ts";
import { onEachRuntime, type RunningExample, startExample } from "./running.ts";

const FRAMES = 100;

const runtimes = onEachRuntime(
  "examples/mjpeg_server.ts",
  "--allow-net",
  "--allow-env",
);

for (const { name, command } of runtimes) {
  describe(`the live picture on ${name}`, () => {
    let server: RunningExample;

    beforeEach(async () => {
      server = await startExample(command);
    });

    afterEach(() => server.close());

    it(`gives ffmpeg ${FRAMES} frames, each another picture`, async () => {
      const { exitCode, hashes, remarks } = await decode([
        ...["-xerror", "-err_detect", "explode", "-f", "mpjpeg"],
        ...["-i", `${server.url}live`, "-frames:v", String(FRAMES)],
      ]);
      assertEquals(remarks, "");
      assertEquals(exitCode, 0);
      assertEquals(hashes.length, FRAMES);
      assertEquals(new Set(hashes).size, FRAMES);
    });

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

    it("answers what is not a view of it", async () => {
      const page = await fetch(server.url);
      assertEquals(
        page.headers.get("content-type"),
        "text/html; charset=utf-8",
      );
      assert((await page.text()).includes(`<img src="/live"`));
      const statuses: number[] = [];
      let allowed: string | null = null;
      for (const [path, method] of [["none", "GET"], ["live", "POST"]]) {
        const response = await fetch(server.url + path, { method });
        await response.body?.cancel();
        statuses.push(response.status);
        allowed = response.headers.get("allow");
      }
      assertEquals(statuses, [404, 405]);
      assertEquals(allowed, "GET");
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

function testPage(browser: () => Promise<Browser>): void {
  describe("the live picture in Chromium", () => {
    let server: RunningExample;
    let page: Page;

    beforeEach(async () => {
      page = await (await browser()).newPage();
      server = await startExample(["node", "examples/mjpeg_server.ts"]);
    });

    afterEach(async () => {
      await page.close();
      await server.close();
    });

    it("changes again and again", async () => {
      // A picture that keeps loading delays the page's "load" event.
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

testPage(sharedBrowser(chromium, {
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run"],
}));
