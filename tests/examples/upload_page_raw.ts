/** The panel that shows the raw bytes of the last request. */
import { assertEquals, assertMatch } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { Buffer } from "node:buffer";
import { curlBody } from "../driving/curl.ts";
import type { DrivenPage } from "../driving/webkit_page.ts";
import {
  dropFiles,
  finishedRows,
  textOf,
  type Visitor,
} from "./upload_browsers.ts";
import type { UploadServer } from "./upload_servers.ts";

const FORM_TYPE = "multipart/form-data; boundary=b";

const PIECES = `[...document.querySelectorAll(".piece")].map((piece) => [
  piece.className.replace("piece ", ""),
  piece.querySelector(".rail .at").textContent,
  piece.querySelector(".content").innerText.trim(),
])`;

/** A form as a client with a one-letter boundary writes it. */
const FORM = Buffer.from([
  "--b",
  'Content-Disposition: form-data; name="note"',
  "",
  "Grüße",
  "--b",
  'Content-Disposition: form-data; name="file"; filename="a.bin"',
  "",
  `\0\x01${"z".repeat(1000)}`,
  "--b--",
  "",
].join("\r\n"));

/** Returns the pieces on the page, once its summary is the expected one. */
async function pieces(page: DrivenPage, summary: RegExp): Promise<string[][]> {
  await page.waitForFunction(
    `${summary}.test(document.querySelector("#raw-summary").textContent)`,
    { timeout: 10_000 },
  ).catch(async () => {
    throw new Error(`The page says: ${await textOf(page, "#raw-summary")}`);
  });
  return await page.evaluate(PIECES) as string[][];
}

/** Registers these tests for one browser. */
export function testRaw(
  { name, newPage }: Visitor,
  sharedServer: () => Promise<UploadServer>,
): void {
  describe(`the raw bytes in ${name}`, () => {
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

    it("shows each part of what curl has sent", async () => {
      await curlBody(`${server.url}upload`, FORM_TYPE, FORM);
      const shown = await pieces(page, /1\.1 kB, 2 parts, answered with 200/);
      assertEquals(shown.map(([kind, at]) => [kind, at]), [
        ["request", ""],
        ["delimiter", "byte 0"],
        ["head", "byte 5"],
        ["body", "byte 52"],
        ["delimiter", "byte 59"],
        ["head", "byte 66"],
        ["body", "byte 131"],
        ["delimiter", "byte 1,133"],
      ]);
      const texts = shown.map(([, , text = ""]) => text.replaceAll("\n", "|"));
      assertMatch(
        texts[0] ?? "",
        /^POST \/upload\|Content-Type: multipart\/form-data; boundary=b\|Content-Length: \d+\|User-Agent: curl\//,
      );
      assertEquals(texts.slice(1, 6), [
        "--bCRLF",
        'Content-Disposition: form-data; name="note"CRLF|CRLF',
        "Grüße",
        "CRLF|--bCRLF",
        'Content-Disposition: form-data; name="file"; filename="a.bin"CRLF|CRLF',
      ]);
      assertMatch(
        texts[6] ?? "",
        /^00000083 {2}00 01 7a( 7a){13} {2}··z{14}\|.*\|746 bytes more$/,
      );
      assertEquals(texts[7], "CRLF|--b--CRLF");
    });

    it("shows the browser's own boundary wherever it stands", async () => {
      await dropFiles(page, { "a.txt": "one line\n" });
      await finishedRows(page);
      const shown = await pieces(page, /^POST .*, 2 parts, answered with 200$/);
      assertEquals(shown.at(-2)?.[2], "one lineLF");
      const marked = await page.evaluate(
        `[...document.querySelectorAll(".piece .boundary")]
          .map(({ textContent }) => textContent)`,
      ) as string[];
      assertEquals(marked.length, 4);
      assertEquals(new Set(marked).size, 1);
    });

    it("shows where a body went wrong", async () => {
      const broken = `${FORM.subarray(0, 66)}no field\r\n\r\n`;
      await curlBody(`${server.url}upload`, FORM_TYPE, Buffer.from(broken));
      const shown = await pieces(page, /answered with 400$/);
      assertEquals(
        shown.slice(-2).map(([kind, at]) => [kind, at]),
        [["unread", "byte 66"], ["problem", "byte 66"]],
      );
      assertMatch(shown.at(-1)?.[2] ?? "", /\(invalid-header\)$/);
    });
  });
}
