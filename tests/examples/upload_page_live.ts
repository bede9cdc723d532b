/** The live picture: the page that feeds it, and its viewers. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import type { Browser, Page } from "puppeteer-core";
import type { DrivenPage } from "../driving/webkit_page.ts";
import {
  type BrowserVisitor,
  dropFiles,
  dropPicture,
  textOf,
  type Visitor,
} from "./upload_browsers.ts";
import type { UploadServer } from "./upload_servers.ts";

/** The colour in the middle of the picture, once there is one. */
const COLOR = `(() => {
  const image = document.querySelector("#picture");
  if (image.hidden || image.naturalWidth === 0) return;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(canvas.width / 2, canvas.height / 2, 1, 1);
  return [...data].slice(0, 3);
})()`;

/** Waits until a page shows a colour, within the accuracy of JPEG. */
async function sees(page: DrivenPage, color: number[]): Promise<void> {
  await page.waitForFunction(
    `${COLOR}?.every((value, i) => Math.abs(value - [${color}][i]) < 8)`,
    { polling: 50 },
  );
}

/** Waits until a page reports this many viewers. */
async function watching(page: DrivenPage, windows: number): Promise<void> {
  await page.waitForFunction(
    `document.querySelector("#watching").textContent ===
      "${windows} windows watching"`,
  );
}

const COLORS = { teal: [0, 128, 128], orange: [255, 165, 0] };
const PRESSED = `[...document.querySelectorAll("[aria-pressed=true]")]
  .map(({ id }) => id).join()`;

/** Registers these tests for one browser, with another as a second viewer. */
export function testLive(
  visitor: BrowserVisitor,
  otherVisitor: BrowserVisitor,
  start: () => Promise<UploadServer>,
): void {
  describe(`the live picture in ${visitor.name}`, () => {
    let browser: Browser;
    let other: Browser;
    let server: UploadServer;
    let pages: Page[];

    beforeEach(async () => {
      browser = await visitor.browser();
      other = await otherVisitor.browser();
      server = await start();
      pages = [];
    });

    /** Opens windows instead of tabs, since a tab hides the others. */
    async function open(...browsers: Browser[]): Promise<Page[]> {
      for (const each of browsers) {
        const page = await each.newPage({ type: "window" });
        pages.push(page);
        page.setDefaultTimeout(15_000);
        await page.goto(server.url);
      }
      return pages;
    }

    afterEach(async () => {
      await Promise.all(pages.map((page) => page.close()));
      await server.close();
    });

    function status(): Promise<{ frames: number; watchers: number }> {
      return fetch(`${server.url}live/status`).then((answer) => answer.json());
    }

    it("shows what is dropped on it in all windows", async () => {
      const [first, second] = await open(browser, browser, other);
      assert(first && second);
      for (const [color, value] of Object.entries(COLORS)) {
        await dropPicture(first, color, "#screen");
        await Promise.all(pages.map((page) => sees(page, value)));
        const says = await first.$eval("#feeding", (p) => p.textContent);
        assertEquals(says, `All who watch see ${color}.png.`);
      }
      // Dropping a file on the picture does not upload it.
      assertEquals((await server.stored()).size, 0);
      assertEquals(await status(), { frames: 2, watchers: 3 });
      await watching(first, 3);
      pages.splice(1, 1);
      await second.close();
      // Firefox hangs up only when the next frame arrives.
      await dropPicture(first, "teal", "#screen");
      await watching(first, 2);
    });

    it("opens another window beside it, and both see it", async () => {
      const [page] = await open(browser);
      assert(page);
      await dropPicture(page, "teal", "#screen");
      await sees(page, COLORS.teal);
      const opened = new Promise<Page | null>((resolve) => {
        page.once("popup", resolve);
      });
      await page.click("#window");
      const popup = await opened;
      assert(popup);
      pages.push(popup);
      await sees(popup, COLORS.teal);
      await watching(page, 2);
    });

    it("refuses what is not a picture", async () => {
      const [page] = await open(browser);
      assert(page);
      await dropFiles(page, { "notes.txt": "no picture" }, "#screen");
      await page.waitForFunction(
        "document.querySelector('#feeding').textContent !== ''",
      );
      assertMatch(
        await page.$eval("#feeding", (p) => p.textContent) ?? "",
        /^notes\.txt is not a picture/,
      );
      assertEquals((await status()).frames, 0);
    });

    for (
      const [feed, control] of [["camera", "#camera"], ["test card", "#card"]]
    ) {
      it(`shows the ${feed} as it moves, until it is stopped`, async () => {
        const [page, watcher] = await open(browser, other);
        assert(page && watcher && control);
        await page.click(control);
        const pixels = `(() => {
          const image = document.querySelector("#picture");
          if (image.hidden || image.naturalWidth === 0) return "";
          const canvas = document.createElement("canvas");
          [canvas.width, canvas.height] = [64, 40];
          canvas.getContext("2d").drawImage(image, 0, 0, 64, 40);
          return canvas.toDataURL();
        })()`;
        const seen = new Set<unknown>([""]);
        while (seen.size < 5) {
          await watcher.waitForFunction(
            `!${JSON.stringify([...seen])}.includes(${pixels})`,
            { polling: 50 },
          );
          seen.add(await watcher.evaluate(pixels));
        }
        await page.waitForSelector(".badge.on");
        assertEquals(await page.evaluate(PRESSED), control.slice(1));
        await page.click(control);
        assertEquals(await page.evaluate(PRESSED), "");
        const { frames } = await status();
        assert(frames >= 4, String(frames));
      });
    }
  });
}

/** Registers these tests for a browser with a single window. */
export function testLiveAlone(
  { name, newPage }: Visitor,
  start: () => Promise<UploadServer>,
): void {
  it(`the live picture in ${name} shows what is dropped, and a feed`, async () => {
    const page = await newPage();
    const server = await start();
    try {
      await page.goto(server.url);
      for (const [color, value] of Object.entries(COLORS)) {
        await dropPicture(page, color, "#screen");
        await sees(page, value);
        const says = await textOf(page, "#feeding");
        assertEquals(says, `All who watch see ${color}.png.`);
      }
      await page.click("#card");
      await page.waitForFunction(
        `${COLOR}?.every((value, i) =>
          Math.abs(value - [${COLORS.orange}][i]) < 8) === false`,
      );
      assertEquals(await page.evaluate(PRESSED), "card");
      await page.click("#card");
      assertEquals(await page.evaluate(PRESSED), "");
    } finally {
      await page.close();
      await server.close();
    }
  });
}
