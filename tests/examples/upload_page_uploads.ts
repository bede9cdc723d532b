/** The page's uploads: chosen, watched, cancelled, cut off. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
} from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "puppeteer-core";
import {
  type BrowserVisitor,
  dropFiles,
  finishedRows,
} from "./upload_browsers.ts";
import { assertRowsAreStored, MAX_UPLOAD } from "./upload_page_dropped.ts";
import type { UploadServer } from "./upload_servers.ts";

const MiB = 1024 * 1024;

/**
 * Registers these tests for one browser. `folder` is for the files that it
 * chooses.
 */
export function testUploads(
  { name, browser }: BrowserVisitor,
  sharedServer: () => Promise<UploadServer>,
  folder: () => Promise<string>,
): void {
  const chosen = {
    "chosen.bin": randomBytes(3 * MiB),
    "Überblick 2026.txt": Buffer.from("short"),
  };

  /** Writes the files to choose, since a file input takes paths. */
  async function pathsOf(files: Record<string, Uint8Array>): Promise<string[]> {
    const paths: string[] = [];
    for (const [name, bytes] of Object.entries(files)) {
      const path = join(await folder(), name);
      await writeFile(path, bytes);
      paths.push(path);
    }
    return paths;
  }

  describe(`the upload page in ${name}`, () => {
    let page: Page;
    let server: UploadServer;

    beforeEach(async () => {
      page = await (await browser()).newPage();
      server = await sharedServer();
      await page.goto(server.url);
    });

    afterEach(async () => {
      await page.close();
      await server.clear();
    });

    it("uploads two files that are chosen", async () => {
      const picker = await page.$("input[type=file]");
      await picker?.uploadFile(...await pathsOf(chosen));
      await assertRowsAreStored(server, await finishedRows(page), chosen);
    });

    for (const width of name === "Chromium" ? [320, 360, 900, 1280] : []) {
      it(`fits a window ${width} pixels wide`, async () => {
        await page.setViewport({ width, height: 700 });
        await dropFiles(page, {
          [`${"very_long_name".repeat(10)}.txt`]: "a",
          "b.txt": "x".repeat(MAX_UPLOAD),
        });
        await finishedRows(page);
        // A scroll bar takes up part of the window.
        const tooWide = await page.evaluate(
          `document.documentElement.scrollWidth -
            document.documentElement.clientWidth`,
        );
        assertEquals(tooWide, 0);
      });
    }

    // Firefox's driver can neither slow down the network nor cut it off.
    if (name !== "Chromium") return;

    it("tells how far and how fast, how long, and the digest so far", async () => {
      const text = "x".repeat(3 * MiB);
      const network = { latency: 0, download: -1, upload: MiB };
      await page.emulateNetworkConditions(network);
      await dropFiles(page, { "slow.txt": text });
      await page.waitForFunction(`(() => {
        const says = (name) => document.querySelector(name).textContent;
        return /^[1-9]\\d?%$/.test(says(".state")) &&
          /^[\\d.]+ [kM]B\\/s, \\d s left$/.test(says(".pace")) &&
          /by now$/.test(says(".which"));
      })()`);
      const digest = await page.$eval(".sha256", (code) => code.textContent);
      assertMatch(digest ?? "", /^[0-9a-f]{64}$/);
      const [row] = await finishedRows(page);
      assert(row);
      assertNotEquals(digest, row.sha256);
      await assertRowsAreStored(server, [row], { "slow.txt": text });
    });

    it("says that the server is out of reach", async () => {
      await page.setOfflineMode(true);
      await dropFiles(page, { "a.txt": "a" });
      const [row] = await finishedRows(page);
      assertEquals(row?.says, "The connection was lost");
      assertMatch(row?.detail ?? "", /could not be reached/);
    });

    it("is used with the keyboard alone", async () => {
      for (const _ of ["the files", "a folder", "the note"]) {
        await page.keyboard.press("Tab");
      }
      await page.keyboard.type("from the keyboard");
      await page.keyboard.down("Shift");
      for (const _ of ["a folder", "the files"]) {
        await page.keyboard.press("Tab");
      }
      await page.keyboard.up("Shift");
      const outline = await page.evaluate(
        `getComputedStyle(document.querySelector("#drop")).outlineStyle`,
      );
      assertEquals(outline, "solid");
      const answered = page.waitForResponse((response) =>
        response.url().startsWith(`${server.url}upload?`)
      );
      const opening = page.waitForFileChooser();
      // Before the key press, this makes sure that Chromium intercepts its own
      // dialog.
      await page.evaluate("undefined");
      await page.keyboard.press("Enter");
      const chooser = await opening;
      await chooser.accept(await pathsOf(chosen));
      const { fields } = await (await answered).json();
      assertEquals(fields, [{ name: "note", value: "from the keyboard" }]);
      assertEquals((await finishedRows(page))[0]?.state, "done");
    });

    it("cancels an upload and tries it again, with the keyboard", async () => {
      const network = { latency: 0, download: -1, upload: 64 * 1024 };
      await page.emulateNetworkConditions(network);
      await dropFiles(page, { "slow.txt": "x".repeat(MiB) });
      await page.focus("#live a");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      const [cancelled] = await finishedRows(page);
      assertEquals(cancelled?.says, "Cancelled");
      await page.emulateNetworkConditions(null);
      await page.keyboard.press("Enter");
      await page.waitForSelector(".file.done");
      const rows = await finishedRows(page);
      await assertRowsAreStored(server, rows, { "slow.txt": "x".repeat(MiB) });
    });
  });
}
