/** The upload example's page in a real Chromium, over the server on Node. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after } from "node:test";
import { type Browser, launch, type Page } from "puppeteer-core";
import { findChromium } from "../runtimes/chromium.ts";
import {
  describeFile,
  uploadRuntimes,
  type UploadServer,
} from "./upload_servers.ts";

const MiB = 1024 * 1024;
const MAX_UPLOAD = 4 * MiB;

/** What a row of the page's table says. */
interface Row {
  state: string;
  says: string;
  detail: string;
  progress: number;
  label: string;
  name: string;
  type: string;
  size: string;
  sha256: string;
  stored: string;
}

const READ_ROWS = `[...document.querySelectorAll("#rows tr")].map((row) => {
  const text = (name) => row.querySelector(name).textContent;
  const { value, max, ariaLabel } = row.querySelector("progress");
  const detail = row.querySelector(".detail");
  return {
    state: row.className,
    says: text(".state"),
    detail: detail.hidden ? "" : detail.textContent,
    progress: value / max,
    label: ariaLabel,
    name: text(".name"),
    type: text(".type"),
    size: text(".size"),
    sha256: text(".sha256"),
    stored: text(".stored"),
  };
})`;

const NOTHING_ON_THE_WAY = `(() => {
  const status = document.querySelector("#status").textContent;
  return status !== "" && !status.includes("on the way");
})()`;

async function finishedRows(page: Page): Promise<Row[]> {
  await page.waitForFunction(NOTHING_ON_THE_WAY);
  return await page.evaluate(READ_ROWS) as Row[];
}

/** Does what the browser does when somebody lets go of files over the page. */
function dropFiles(
  page: Page,
  files: Record<string, string>,
): Promise<unknown> {
  return page.evaluate(`{
    const dataTransfer = new DataTransfer();
    for (const [name, text] of Object.entries(${JSON.stringify(files)})) {
      dataTransfer.items.add(new File([text], name, { type: "text/plain" }));
    }
    for (const type of ["dragenter", "dragover", "drop"]) {
      const init = { dataTransfer, bubbles: true, cancelable: true };
      document.querySelector("#drop").dispatchEvent(new DragEvent(type, init));
    }
  }`);
}

function testPage(
  browser: Browser,
  server: UploadServer,
  folder: string,
): void {
  const chosen = {
    "chosen.bin": randomBytes(3 * MiB),
    "Überblick 2026.txt": Buffer.from("short"),
  };

  /** Writes what is to be chosen, since a file input takes paths. */
  async function pathsOf(files: Record<string, Uint8Array>): Promise<string[]> {
    const paths: string[] = [];
    for (const [name, bytes] of Object.entries(files)) {
      const path = join(folder, name);
      await writeFile(path, bytes);
      paths.push(path);
    }
    return paths;
  }

  describe("the upload page", () => {
    let page: Page;

    beforeEach(async () => {
      page = await browser.newPage();
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
      const status = await page.$eval("[role=status]", (p) => p.textContent);
      assertEquals(status, "1 stored, 1 failed");
    });

    it("says that the server is out of reach", async () => {
      await page.setOfflineMode(true);
      await dropFiles(page, { "a.txt": "a" });
      const [row] = await finishedRows(page);
      assertEquals(row?.says, "The connection was lost");
      assertMatch(row?.detail ?? "", /could not be reached/);
    });

    it("is used with the keyboard alone", async () => {
      await page.keyboard.press("Tab");
      await page.keyboard.type("from the keyboard");
      await page.keyboard.press("Tab");
      const outline = await page.evaluate(
        `getComputedStyle(document.querySelector("#drop")).outlineStyle`,
      );
      assertEquals(outline, "solid");
      const answered = page.waitForResponse(`${server.url}upload`);
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
      await page.focus("#picker");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      const [cancelled] = await finishedRows(page);
      assertEquals(cancelled?.says, "Cancelled");
      await page.emulateNetworkConditions(null);
      await page.keyboard.press("Enter");
      await page.waitForSelector("tr.done");
      const rows = await finishedRows(page);
      await assertRowsAreStored(rows, { "slow.txt": "x".repeat(MiB) });
    });

    for (const width of [320, 360, 900, 1280]) {
      it(`fits a window ${width} pixels wide`, async () => {
        await page.setViewport({ width, height: 700 });
        await dropFiles(page, {
          [`${"very_long_name".repeat(10)}.txt`]: "a",
          "b.txt": "x".repeat(MAX_UPLOAD),
        });
        await finishedRows(page);
        const needed = await page.evaluate(
          "document.documentElement.scrollWidth",
        );
        assertEquals(needed, width);
      });
    }
  });
}

const executablePath = findChromium();
if (executablePath || process.env["CI"]) {
  const folder = await mkdtemp(join(tmpdir(), "tributary-page-"));
  const node = uploadRuntimes.find(({ name }) => name === "Node");
  assert(node);
  const server = await node.start(MAX_UPLOAD);
  const browser = await launch({
    executablePath,
    userDataDir: join(folder, "profile"),
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run"],
  });
  after(async () => {
    await browser.close();
    await server.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  testPage(browser, server, folder);
} else {
  console.log("SKIPPED the upload page: install Chromium or Chrome.");
}
