/** What else the page shows: sources, refusals, the server's memory, its code. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { mkdir, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import type { Page } from "puppeteer-core";
import { dropFiles, finishedRows, type Visitor } from "./upload_browsers.ts";
import type { UploadServer } from "./upload_servers.ts";

const REFUSED: [button: string, status: string, code: string, byte: RegExp][] =
  [
    ["413", "413", "part-too-large", /^(none|\d+)$/],
    ["415", "415", "unsupported-media-type", /^none$/],
    ["431", "431", "header-too-large", /^\d+$/],
    ["truncated", "400", "truncated", /^\d+$/],
  ];

/** Tests these in one browser; `folder` is for the files it drops. */
export function testMore(
  { name, browser }: Visitor,
  sharedServer: () => Promise<UploadServer>,
  folder: () => Promise<string>,
): void {
  describe(`the page's other panels in ${name}`, () => {
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

    for (const [button, status, code, byte] of REFUSED) {
      it(`shows how the server refuses: ${code}`, async () => {
        await page.click(`#provoke button[value="${button}"]`);
        await page.waitForSelector("#provoked:not([hidden])");
        const [shown, code_, at, message] = await page.$$eval(
          "#provoked dd",
          (items) => items.map(({ textContent }) => textContent ?? ""),
        );
        assertEquals([shown, code_], [status, code]);
        assertMatch(at ?? "", byte);
        assertMatch(message ?? "", /^Cannot /);
      });
    }

    it("uploads the text that is pasted, but not into the note", async () => {
      const paste = (over: string) =>
        page.evaluate(`(() => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", "pasted words");
          document.querySelector("${over}").dispatchEvent(
            new ClipboardEvent("paste", {
              clipboardData,
              // Firefox makes its own of these.
              data: "pasted words",
              dataType: "text/plain",
              bubbles: true,
            }),
          );
        })()`);
      await paste("#note");
      await paste("h1");
      const rows = await finishedRows(page);
      assertEquals(rows.map(({ name }) => name), ["pasted.txt"]);
      assertEquals(rows[0]?.size, "12 B");
    });

    it("links to the file as the server has it", async () => {
      await dropFiles(page, { "a.txt": "0123456789" });
      await finishedRows(page);
      const href = await page.$eval(
        ".stored a",
        (link) => (link as { href?: string }).href ?? "",
      );
      const headers = { range: "bytes=3-5" };
      const response = await fetch(href, { headers });
      assertEquals(response.status, 206);
      assertEquals(await response.text(), "345");
    });

    it("shows what the server has received, and its memory", async () => {
      await page.waitForSelector("#memory-gauge:not([hidden])");
      const text = await page.$eval("#memory", (dd) => dd.textContent);
      assertMatch(text ?? "", /^[\d.]+ MB$/);
      const before = await page.$eval("#received", (dd) => dd.textContent);
      await dropFiles(page, { "a.txt": "x".repeat(2_000_000) });
      await page.waitForFunction(
        `document.querySelector("#received").textContent !== "${before}"`,
      );
    });

    it("says that an upload was cancelled, not that it failed", async () => {
      const half = "--b\r\nContent-Disposition: form-data; " +
        'name="file"; filename="a.bin"\r\n\r\nthe first half';
      const client = request(`${server.url}upload`, {
        method: "POST",
        headers: { "content-type": "multipart/form-data; boundary=b" },
      });
      client.on("error", () => {}); // It hangs up itself.
      client.write(half);
      const says = (text: string) =>
        page.waitForFunction(
          `document.querySelector("#raw-summary").textContent.endsWith(
            "${text}")`,
          { timeout: 10_000 },
        );
      await says("on its way");
      client.destroy();
      await says("broken off by its sender");
    });

    it("keeps its layout when a feed starts", async () => {
      const top = () =>
        page.evaluate(
          `document.querySelector("#live .terminal").getBoundingClientRect().top +
            scrollY`,
        );
      const before = await top();
      await page.click("#card");
      await page.waitForFunction(
        `document.querySelector("#feeding").textContent !== ""`,
      );
      assertEquals(await top(), before);
      await page.click("#card");
    });

    if (name !== "Chromium") return; // Others' drivers can do neither.

    it("uploads a folder that is dropped, with its paths", async () => {
      const dropped = join(await folder(), "album");
      await mkdir(join(dropped, "inner"), { recursive: true });
      await writeFile(join(dropped, "a.txt"), "a");
      await writeFile(join(dropped, "inner", "b.txt"), "b");
      const client = await page.createCDPSession();
      const data = {
        items: [],
        files: [dropped],
        dragOperationsMask: 1,
      };
      const { x, y } = await page.$eval("#drop", (drop) => {
        const { left, top, width, height } = drop.getBoundingClientRect();
        return { x: left + width / 2, y: top + height / 2 };
      });
      for (const type of ["dragEnter", "dragOver", "drop"] as const) {
        await client.send("Input.dispatchDragEvent", { type, x, y, data });
      }
      const rows = await finishedRows(page);
      assertEquals(
        rows.map(({ name, state }) => [name, state]).toSorted(),
        [["album/a.txt", "done"], ["album/inner/b.txt", "done"]],
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
