/**
 * Features that only Chromium's driver can test: folders, and a phone's touch.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "puppeteer-core";
import { type BrowserVisitor, finishedRows } from "./upload_browsers.ts";
import type { UploadServer } from "./upload_servers.ts";

/** Registers these tests for Chromium. `folder` is for the files to upload. */
export function testFolders(
  browsers: readonly BrowserVisitor[],
  sharedServer: () => Promise<UploadServer>,
  folder: () => Promise<string>,
): void {
  describe("folders, and a phone, in Chromium", () => {
    let page: Page;
    let server: UploadServer;

    beforeEach(async () => {
      const chromium = browsers.find(({ name }) => name === "Chromium");
      assert(chromium);
      page = await (await chromium.browser()).newPage();
      server = await sharedServer();
      await page.goto(server.url);
    });

    afterEach(async () => {
      await page.close();
      await server.clear();
    });

    async function makeAlbum(name: string): Promise<string> {
      const album = join(await folder(), name);
      await mkdir(join(album, "inner"), { recursive: true });
      await writeFile(join(album, "a.txt"), "a");
      await writeFile(join(album, "inner", "b.txt"), "b");
      return album;
    }

    async function drop(path: string): Promise<void> {
      const client = await page.createCDPSession();
      const data = { items: [], files: [path], dragOperationsMask: 1 };
      const { x, y } = await page.$eval("#drop", (drop) => {
        const { left, top, width, height } = drop.getBoundingClientRect();
        return { x: left + width / 2, y: top + height / 2 };
      });
      for (const type of ["dragEnter", "dragOver", "drop"] as const) {
        await client.send("Input.dispatchDragEvent", { type, x, y, data });
      }
    }

    it("uploads a folder that is dropped, with its paths", async () => {
      await drop(await makeAlbum("album"));
      const rows = await finishedRows(page);
      assertEquals(
        rows.map(({ name, state }) => [name, state]).toSorted(),
        [["album/a.txt", "done"], ["album/inner/b.txt", "done"]],
      );
    });

    it("uploads a folder that is chosen, with its paths", async () => {
      const input = await page.$("input#folder");
      await input?.uploadFile(await makeAlbum("chosen"));
      const rows = await finishedRows(page);
      assertEquals(
        rows.map(({ name, state }) => [name, state]).toSorted(),
        [["chosen/a.txt", "done"], ["chosen/inner/b.txt", "done"]],
      );
    });

    it("does not ask a phone to drop files", async () => {
      await page.setViewport({
        width: 390,
        height: 844,
        isMobile: true,
        hasTouch: true,
      });
      const text = await page.$eval(
        "body",
        (body) => (body as { innerText?: string }).innerText ?? "",
      );
      assert(!/drop/i.test(text.replace(/dropped/gi, "")), text);
      assertMatch(text, /Pick photos, films or files/);
    });
  });
}
