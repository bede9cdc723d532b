/** Files that are dropped on the page: stored, too large, shown. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import type { DrivenPage } from "../driving/webkit_page.ts";
import {
  dropFiles,
  dropPicture,
  finishedRows,
  type Row,
  textOf,
  type Visitor,
} from "./upload_browsers.ts";
import { describeFile, type UploadServer } from "./upload_servers.ts";

export const MAX_UPLOAD: number = 4 * 1024 * 1024;

/**
 * Asserts that the rows list these files, and that the server has no others.
 */
export async function assertRowsAreStored(
  server: UploadServer,
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

/** Registers these tests for one browser. */
export function testDropped(
  { name, newPage }: Visitor,
  sharedServer: () => Promise<UploadServer>,
): void {
  describe(`files dropped in ${name}`, () => {
    let page: DrivenPage;
    let server: UploadServer;

    beforeEach(async () => {
      page = await newPage();
      server = await sharedServer();
      await page.goto(server.url);
    });

    afterEach(async () => {
      await page.close();
      await server.clear();
    });

    it("uploads two files that are dropped", async () => {
      const files = {
        "first.txt": "Höhe 12 m\n".repeat(200_000),
        "<b>second</b>.txt": "",
      };
      await dropFiles(page, files);
      const rows = await finishedRows(page);
      await assertRowsAreStored(server, rows, files);
      assertEquals(rows.map(({ type }) => type), ["text/plain", "text/plain"]);
      assertEquals(rows.map(({ size }) => size), ["2.2 MB", "0 B"]);
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
      await assertRowsAreStored(server, [small], { "small.txt": "small" });
      assertEquals(await textOf(page, "#status"), "1 stored, 1 failed");
    });

    it("shows a picture that is uploaded, and how other files end", async () => {
      await dropPicture(page, "teal", "#drop");
      await page.waitForSelector(".preview img");
      const preview = await page.evaluate(`(() => {
        const { alt, naturalWidth, naturalHeight } =
          document.querySelector(".preview img");
        return { alt, naturalWidth, naturalHeight };
      })()`);
      assertEquals(preview, {
        alt: "Preview of teal.png",
        naturalWidth: 64,
        naturalHeight: 40,
      });
      await dropFiles(page, { "notes.txt": "no picture" });
      const rows = await finishedRows(page);
      assertEquals(rows.map(({ state }) => state), ["done", "done"]);
      assertEquals(
        await page.evaluate(`document.querySelectorAll(".preview img").length`),
        1,
      );
      assertEquals(await textOf(page, ".file:last-child .suffix"), "txt");
    });
  });
}
