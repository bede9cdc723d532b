/** All that the page shows at once, before axe and on a phone. */
import { assert, assertEquals } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "puppeteer-core";
import {
  dropFiles,
  dropPicture,
  finishedRows,
  type Visitor,
} from "./upload_browsers.ts";
import { MAX_UPLOAD } from "./upload_page_uploads.ts";
import type { UploadServer } from "./upload_servers.ts";

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const axe = await readFile(axePath, "utf8");

/** Tests the whole page in one browser. */
export function testWhole(
  { name, browser }: Visitor,
  sharedServer: () => Promise<UploadServer>,
): void {
  describe(`the whole page in ${name}`, () => {
    let page: Page;
    let server: UploadServer;

    beforeEach(async () => {
      page = await (await browser()).newPage();
      server = await sharedServer();
    });

    afterEach(async () => {
      await page.close();
      await server.clear();
    });

    /** Opens the page, and fills it with all that it can show. */
    async function fill(): Promise<void> {
      await page.goto(server.url);
      await dropPicture(page, "teal", "#screen");
      await dropPicture(page, "orange", "#drop");
      await dropFiles(page, {
        "notes.txt": "a line",
        "large.txt": "x".repeat(MAX_UPLOAD),
      });
      const rows = await finishedRows(page);
      assertEquals(
        rows.map(({ state }) => state),
        ["done", "done", "failed"],
      );
      await page.waitForSelector(".piece.request");
      await page.waitForSelector("#badge:not([hidden])");
    }

    // Firefox's driver cannot ask for the dark.
    for (const scheme of name === "Chromium" ? ["light", "dark"] : ["light"]) {
      it(`leaves axe nothing to find when it is ${scheme}`, async () => {
        if (name === "Chromium") {
          await page.emulateMediaFeatures([
            { name: "prefers-color-scheme", value: scheme },
          ]);
        }
        await fill();
        // The page's policy lets no foreign script in; the driver may bring one.
        await page.evaluate(axe);
        const { violations, passes } = await page.evaluate(
          "axe.run()",
        ) as AxeResults;
        assertEquals(
          violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
          [],
        );
        assert(passes.length > 20, `Only ${passes.length} rules applied`);
      });
    }

    it("fits a phone 360 pixels wide", async () => {
      await page.setViewport({ width: 360, height: 740 });
      await fill();
      const tooWide = await page.evaluate(`({
        page: document.documentElement.scrollWidth -
          document.documentElement.clientWidth,
        elements: [...document.querySelectorAll("main *, header .inner *")]
          .filter((element) => element.getBoundingClientRect().right > 360)
          .map(({ outerHTML }) => outerHTML.slice(0, 80)),
      })`);
      assertEquals(tooWide, { page: 0, elements: [] });
    });
  });
}
