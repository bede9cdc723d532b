/** The page's uploads: chosen, dropped, watched, cancelled, refused. */
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
  dropFiles,
  dropPicture,
  finishedRows,
  type Row,
  type Visitor,
} from "./upload_browsers.ts";
import { describeFile, type UploadServer } from "./upload_servers.ts";

const MiB = 1024 * 1024;
export const MAX_UPLOAD: number = 4 * MiB;

/** Tests the uploads in one browser; `folder` is for the files it chooses. */
export function testUploads(
  { name, browser }: Visitor,
  sharedServer: () => Promise<UploadServer>,
  folder: () => Promise<string>,
): void {
  const chosen = {
    "chosen.bin": randomBytes(3 * MiB),
    "Überblick 2026.txt": Buffer.from("short"),
  };

  /** Writes what is to be chosen, since a file input takes paths. */
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

    async function assertRowsAreStored(
      rows: Row[],
      files: Record<string, string | Uint8Array>,
    ): Promise<void> {
      const stored = await server.stored();
      assertEquals(rows.map(({ name }) => name), Object.keys(files));
      for (const [i, content] of Object.values(files).entries()) {
        const row = rows[i];
        assert(row);
        const expected = describeFile(Buffer.from(content));
        assertEquals(row.state, "done");
        assertEquals(row.says, "Stored");
        assertEquals(row.progress, 1);
        assertEquals(row.label, `Upload of ${row.name}`);
        assertEquals(row.sha256, expected.sha256);
        assertEquals(stored.get(row.stored), expected);
      }
      assertEquals(stored.size, rows.length);
    }

    it("uploads two files that are dropped", async () => {
      const files = {
        "first.txt": "Höhe 12 m\n".repeat(200_000),
        "<b>second</b>.txt": "",
      };
      await dropFiles(page, files);
      const rows = await finishedRows(page);
      await assertRowsAreStored(rows, files);
      assertEquals(rows.map(({ type }) => type), ["text/plain", "text/plain"]);
      assertEquals(rows.map(({ size }) => size), ["2.2 MB", "0 B"]);
    });

    it("uploads two files that are chosen", async () => {
      const picker = await page.$("input[type=file]");
      await picker?.uploadFile(...await pathsOf(chosen));
      await assertRowsAreStored(await finishedRows(page), chosen);
    });

    it("says that a file is too large, and stores the others", async () => {
      await dropFiles(page, {
        "large.txt": "x".repeat(MAX_UPLOAD),
        "small.txt": "small",
      });
      const [large, small] = await finishedRows(page);
      assert(large && small);
      assertEquals(large.state, "failed");
      assertEquals(large.says, "Too large");
      assertMatch(
        large.detail,
        /^Cannot .*4194304 bytes.* \(body-too-large\)$/,
      );
      assertEquals(large.sha256, "");
      await assertRowsAreStored([small], { "small.txt": "small" });
      const status = await page.$eval("#status", (p) => p.textContent);
      assertEquals(status, "1 stored, 1 failed");
    });

    it("shows a picture that is uploaded, and how other files end", async () => {
      await dropPicture(page, "teal", "#drop");
      await page.waitForSelector(".preview img");
      const preview = await page.$eval(".preview img", (image) => {
        const { alt, naturalWidth, naturalHeight } = image;
        return { alt, naturalWidth, naturalHeight };
      });
      assertEquals(preview, {
        alt: "Preview of teal.png",
        naturalWidth: 64,
        naturalHeight: 40,
      });
      await dropFiles(page, { "notes.txt": "no picture" });
      const rows = await finishedRows(page);
      assertEquals(rows.map(({ state }) => state), ["done", "done"]);
      assertEquals((await page.$$(".preview img")).length, 1);
      const ending = await page.$eval(
        ".file:last-child .suffix",
        (suffix) => suffix.textContent,
      );
      assertEquals(ending, "txt");
    });

    for (const width of name === "Chromium" ? [320, 360, 900, 1280] : []) {
      it(`fits a window ${width} pixels wide`, async () => {
        await page.setViewport({ width, height: 700 });
        await dropFiles(page, {
          [`${"very_long_name".repeat(10)}.txt`]: "a",
          "b.txt": "x".repeat(MAX_UPLOAD),
        });
        await finishedRows(page);
        // A scroll bar takes its share of the window.
        const tooWide = await page.evaluate(
          `document.documentElement.scrollWidth -
            document.documentElement.clientWidth`,
        );
        assertEquals(tooWide, 0);
      });
    }

    // Firefox's driver can neither slow the network down nor cut it off.
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
      await assertRowsAreStored([row], { "slow.txt": text });
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
      // Chromium has to know that its own dialog is not wanted before the key.
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
      await assertRowsAreStored(rows, { "slow.txt": "x".repeat(MiB) });
    });
  });
}
