/**
 * Other parts of the page: sources, refusals, the server's memory, its code.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { request } from "node:http";
import type { DrivenPage } from "../driving/webkit_page.ts";
import {
  dropFiles,
  finishedRows,
  textOf,
  type Visitor,
} from "./upload_browsers.ts";
import type { UploadServer } from "./upload_servers.ts";

const REFUSED: [button: string, status: string, code: string, byte: RegExp][] =
  [
    ["413", "413", "part-too-large", /^(none|[\d,]+)$/],
    ["415", "415", "unsupported-media-type", /^none$/],
    ["431", "431", "header-too-large", /^[\d,]+$/],
    ["truncated", "400", "truncated", /^[\d,]+$/],
  ];

/** A minute of silence, made in the browser. */
const WAV = `(() => {
  const samples = 60 * 8000;
  const wav = new DataView(new ArrayBuffer(44 + samples));
  const text = (at, text) =>
    [...text].forEach((letter, i) => wav.setUint8(at + i, letter.charCodeAt()));
  text(0, "RIFF");
  wav.setUint32(4, 36 + samples, true);
  text(8, "WAVEfmt ");
  wav.setUint32(16, 16, true);
  wav.setUint16(20, 1, true); // PCM
  wav.setUint16(22, 1, true); // One channel
  wav.setUint32(24, 8000, true);
  wav.setUint32(28, 8000, true);
  wav.setUint16(32, 1, true);
  wav.setUint16(34, 8, true);
  text(36, "data");
  wav.setUint32(40, samples, true);
  new Uint8Array(wav.buffer).fill(128, 44);
  return wav;
})()`;

/** Registers these tests for one browser. */
export function testMore(
  { name, newPage }: Visitor,
  sharedServer: () => Promise<UploadServer>,
): void {
  describe(`the page's other panels in ${name}`, () => {
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

    for (const [button, status, code, byte] of REFUSED) {
      it(`shows how the server refuses: ${code}`, async () => {
        await page.click(`#provoke button[value="${button}"]`);
        await page.waitForSelector("#provoked:not([hidden])");
        const [shown, code_, at, message] = await page.evaluate(
          `[...document.querySelectorAll("#provoked dd")]
            .map(({ textContent }) => textContent)`,
        ) as string[];
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
      const href = String(
        await page.evaluate(`document.querySelector(".stored a").href`),
      );
      const headers = { range: "bytes=3-5" };
      const response = await fetch(href, { headers });
      assertEquals(response.status, 206);
      assertEquals(await response.text(), "345");
    });

    it("shows what the server has received, and its memory", async () => {
      await page.waitForSelector("#memory-gauge:not([hidden])");
      assertMatch(await textOf(page, "#memory"), /^[\d.]+ MB$/);
      const before = await textOf(page, "#received");
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
      client.on("error", () => {}); // The test hangs up.
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

    it("uploads the picture that is pasted", async () => {
      await page.evaluate(`(async () => {
        const canvas = new OffscreenCanvas(8, 8);
        canvas.getContext("2d").fillRect(0, 0, 8, 8);
        const blob = await canvas.convertToBlob({ type: "image/png" });
        const clipboardData = new DataTransfer();
        clipboardData.items.add(
          new File([blob], "image.png", { type: "image/png" }),
        );
        const init = { clipboardData, bubbles: true };
        const event = new ClipboardEvent("paste", init);
        // Firefox gives a page's own event an empty clipboard.
        if (event.clipboardData?.files.length !== 1) {
          Object.defineProperty(event, "clipboardData", {
            value: clipboardData,
          });
        }
        document.body.dispatchEvent(event);
      })()`);
      const rows = await finishedRows(page);
      assertEquals(
        rows.map(({ name, type, state }) => [name, type, state]),
        [["image.png", "image/png", "done"]],
      );
    });

    it("plays a stored sound from where it is told to", async () => {
      await page.evaluate(`(() => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(
          new File([${WAV}], "tone.wav", { type: "audio/wav" }),
        );
        const init = { dataTransfer, bubbles: true, cancelable: true };
        document.querySelector("#drop")
          .dispatchEvent(new DragEvent("drop", init));
      })()`);
      await page.waitForFunction(
        `document.querySelector("audio")?.readyState > 0`,
      );
      const [length, seekable, at] = await page.evaluate(`(async () => {
        const audio = document.querySelector("audio");
        const seeked = new Promise((resolve) => {
          audio.addEventListener("seeked", resolve, { once: true });
        });
        audio.currentTime = 50;
        await seeked;
        return [audio.duration, audio.seekable.end(0), audio.currentTime];
      })()`) as number[];
      assertEquals([length, seekable, at], [60, 60, 50]);
    });

    it("shows the code of one runtime at a time", async () => {
      const open = () =>
        page.evaluate(
          `[...document.querySelectorAll("#code details[open] summary")]
            .map(({ textContent }) => textContent).join()`,
        );
      assertEquals(await open(), "Deno");
      await page.click("#code details:nth-of-type(3) summary");
      await page.waitForFunction(
        `document.querySelector("#code details:nth-of-type(3)").open`,
      );
      assertEquals(await open(), "Node");
      assertMatch(
        await textOf(page, "#code details[open] pre"),
        /^\/\/ server\.mjs, run with: node server\.mjs\n/,
      );
    });

    it("leads to the inspector, which reads without a server", async () => {
      await page.click('#inspect a[href="inspector"]');
      await page.waitForFunction(
        `document.title === "Multipart inspector" &&
          document.readyState === "complete"`,
      );
      await page.click("[data-sample=form]");
      assertMatch(await textOf(page, "#summary"), /2 parts, boundary river/);
    });
  });
}
