/** Live views, and forms in responses, as a browser reads them. */
import { assertEquals } from "@std/assert";
import { FrameBroadcast, mixedReplace } from "@tributary/multipart";
import { setTimeout } from "node:timers/promises";
import type { Page } from "puppeteer-core";
import type { TestBrowser } from "./browser.ts";
import { COLOURS, FRAMES, sentFrames } from "./frames.ts";
import { sha256 } from "./parts.ts";
import type { Exchange, Message, ToldPart } from "./peer.ts";
import { withServer } from "./serving.ts";

const HEAD = `<!doctype html><meta charset="utf-8"><title>interop</title>
  <link rel="icon" href="data:,">`;

/**
 * Pictures, and a script that records in `seen` which frames each has shown, in
 * order.
 */
function viewers(count: number): string {
  // Pictures with the same address would share one request.
  const pictures = Array.from(
    { length: count },
    (_, at) => `<img src="/live?${at}">`,
  );
  return `${HEAD}
  ${pictures.join("\n")}
  <script>
    const colours = ${JSON.stringify(COLOURS)};
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const images = [...document.images];
    const seen = images.map(() => []);

    // Not the picture itself: of that Firefox keeps what it has drawn once.
    async function look() {
      for (const [at, image] of images.entries()) {
        const bitmap = await createImageBitmap(image).catch(() => undefined);
        if (bitmap === undefined) continue; // Nothing has come in as yet.
        context.drawImage(bitmap, 0, 0);
        const { data } = context.getImageData(20, 20, 1, 1);
        const frame = colours.findIndex((colour) =>
          colour.every((value, at) => Math.abs(value - data[at]) < 60)
        );
        if (seen[at].at(-1) !== frame) seen[at].push(frame);
      }
      requestAnimationFrame(look);
    }
    look();
  </script>`;
}

function html(text: string): Response {
  return new Response(text, {
    headers: { "content-type": "text/html; charset=utf-8" },
  });
}

/** Waits until all pictures show a frame. */
async function shown(page: Page, frame: number): Promise<void> {
  await page.waitForFunction(
    `seen.every((frames) => frames.at(-1) === ${frame})`,
  );
}

/** Returns the frames that were seen, viewer by viewer. */
async function tellSeen(page: Page): Promise<ToldPart[]> {
  const seen = await page.evaluate("seen") as number[][];
  return seen.flat().map((at) => {
    const frame = FRAMES[at] ?? new Uint8Array(0);
    return { length: frame.length, sha256: sha256(frame) };
  });
}

/** A live view whose source waits until each frame is visible. */
function view(browser: TestBrowser, id: string, eager: boolean): Exchange {
  return {
    id,
    kind: "x-mixed-replace",
    parts: sentFrames(),
    tells: ["order"],
    async tell() {
      const opened = Promise.withResolvers<Page>();
      async function* frames() {
        const page = await opened.promise;
        for (const [at, frame] of FRAMES.entries()) {
          yield frame;
          // Unless the view is eager, a frame may appear only when the next
          // begins.
          const visible = eager ? at : at - 1;
          if (visible >= 0) await shown(page, visible);
        }
      }
      return await withServer(
        (path) =>
          path.startsWith("/live")
            ? mixedReplace(frames(), { eager })
            : html(viewers(1)),
        (origin) =>
          browser.open(origin, async (page) => {
            opened.resolve(page);
            await shown(page, FRAMES.length - 1);
            return await tellSeen(page);
          }),
      );
    },
  };
}

/** Two viewers of one source. */
function broadcast(browser: TestBrowser): Exchange {
  return {
    id: "FrameBroadcast to two <img>",
    kind: "x-mixed-replace",
    parts: [...sentFrames(), ...sentFrames()],
    tells: ["order"],
    async tell() {
      const source = new FrameBroadcast({ eager: true });
      return await withServer(
        (path) =>
          path.startsWith("/live") ? source.subscribe() : html(viewers(2)),
        (origin) =>
          browser.open(origin, async (page) => {
            for (const [at, frame] of FRAMES.entries()) {
              source.publish(frame);
              await shown(page, at);
            }
            assertEquals(source.clients, 2);
            source.close();
            return await tellSeen(page);
          }),
      );
    },
  };
}

/**
 * A viewer that stops, which must cancel the source. The source continues
 * meanwhile, since Firefox closes a view only when more data arrives. (After
 * leaving a page, Chromium keeps the view open in case the visitor returns.)
 */
function stopping(browser: TestBrowser): Exchange {
  return {
    id: "<img> of a page that is stopped",
    kind: "x-mixed-replace",
    parts: sentFrames().slice(0, 1),
    tells: ["order"],
    async tell() {
      const cancelled = Promise.withResolvers<void>();
      const source = new ReadableStream<Uint8Array>({
        async pull(controller) {
          await setTimeout(CAMERA_MS);
          controller.enqueue(FRAMES[0]);
        },
        cancel: () => cancelled.resolve(),
      }, { highWaterMark: 0 });
      return await withServer(
        (path) =>
          path.startsWith("/live") ? mixedReplace(source) : html(viewers(1)),
        (origin) =>
          browser.open(origin, async (page) => {
            await shown(page, 0);
            await page.evaluate("window.stop()");
            await cancelled.promise;
            return await tellSeen(page);
          }),
      );
    },
  };
}

/** The interval of a camera that takes twenty pictures a second. */
const CAMERA_MS = 50;

/** Everything that a browser shows. */
export function views(browser: TestBrowser): Exchange[] {
  return [
    view(browser, "<img>", false),
    view(browser, "<img>, eager", true),
    broadcast(browser),
    stopping(browser),
  ];
}

const TELL_FORM = `(async () => {
  const hex = (buffer) => [...new Uint8Array(buffer)]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const told = [];
  for (const [name, value] of await (await fetch("/form")).formData()) {
    const blob = new Blob([value]);
    const bytes = await blob.arrayBuffer();
    told.push({
      name,
      filename: value.name,
      type: value.type,
      length: bytes.byteLength,
      sha256: hex(await crypto.subtle.digest("SHA-256", bytes)),
    });
  }
  return told;
})()`;

/** Has a page fetch a form, and read it with the browser's `formData()`. */
export function readForm(
  browser: TestBrowser,
  { contentType, stream }: Message,
): Promise<ToldPart[]> {
  const headers = { "content-type": contentType };
  return withServer(
    (path) =>
      path === "/form" ? new Response(stream(), { headers }) : html(HEAD),
    (origin) =>
      browser.open(
        origin,
        async (page) => await page.evaluate(TELL_FORM) as ToldPart[],
      ),
  );
}
