/**
 * Everything that the page shows at once, checked by axe and on a phone's
 * width.
 */
import { assertEquals } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { axeViolations } from "../driving/axe.ts";
import type { DrivenPage, Scheme } from "../driving/webkit_page.ts";
import {
  dropFiles,
  dropPicture,
  finishedRows,
  type Visitor,
} from "./upload_browsers.ts";
import { MAX_UPLOAD } from "./upload_page_dropped.ts";
import type { UploadServer } from "./upload_servers.ts";

/** Registers these tests for one browser, in each of its colour schemes. */
export function testWhole(
  visitor: Visitor,
  sharedServer: () => Promise<UploadServer>,
): void {
  for (const scheme of visitor.schemes) {
    testScheme(visitor, scheme, sharedServer);
  }
}

function testScheme(
  { name, newPage }: Visitor,
  scheme: Scheme,
  sharedServer: () => Promise<UploadServer>,
): void {
  describe(`the whole ${scheme} page in ${name}`, () => {
    let page: DrivenPage;
    let server: UploadServer;

    beforeEach(async () => {
      page = await newPage(scheme);
      server = await sharedServer();
    });

    afterEach(async () => {
      await page.close();
      await server.clear();
    });

    /** Opens the page, and fills it with everything that it can show. */
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

    it("leaves axe nothing to find", async () => {
      await fill();
      const isDark = "matchMedia('(prefers-color-scheme: dark)').matches";
      assertEquals(await page.evaluate(isDark), scheme === "dark");
      assertEquals(await axeViolations(page), []);
    });

    if (scheme === "dark" && name === "Chromium") return; // The same width.

    // WebKit's window is at least 447 pixels wide, because of its tool bar.
    const width = name === "WebKit" ? 447 : 360;
    it(`fits a phone ${width} pixels wide`, async () => {
      await page.setViewport({ width, height: 740 });
      await fill();
      assertEquals(await page.evaluate("innerWidth"), width);
      const tooWide = await page.evaluate(`({
        page: document.documentElement.scrollWidth -
          document.documentElement.clientWidth,
        elements: [...document.querySelectorAll("main *, header .inner *")]
          .filter((element) => element.getBoundingClientRect().right > ${width})
          .map(({ outerHTML }) => outerHTML.slice(0, 80)),
      })`);
      assertEquals(tooWide, { page: 0, elements: [] });
    });
  });
}
