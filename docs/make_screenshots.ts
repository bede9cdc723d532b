/**
 * Makes the pictures of the demonstration in `docs/screenshots/`:
 * `node docs/make_screenshots.ts [name]...`. It starts the server on Node, and drives it
 * with Chromium as a visitor would.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Browser, launch, type Page } from "puppeteer-core";
import { uploadRuntimes } from "../tests/examples/upload_servers.ts";
import { findChromium } from "../tests/runtimes/chromium.ts";

interface Shot {
  name: string;
  width: number;
  height: number;
  scheme: "light" | "dark";
  /** What is scrolled to, if it is not the top. */
  at?: string;
  /** What a visitor has done; by default, dropped files that are on their way. */
  show?: (page: Page) => Promise<unknown>;
}

const SHOTS: Shot[] = [
  { name: "light", width: 1280, height: 1420, scheme: "light" },
  { name: "dark", width: 1280, height: 1420, scheme: "dark" },
  {
    name: "raw",
    width: 1280,
    height: 860,
    scheme: "light",
    at: "#raw",
    show: dropOne,
  },
  { name: "phone", width: 360, height: 780, scheme: "dark", at: "#uploads" },
  {
    name: "inspector",
    width: 1280,
    height: 1420,
    scheme: "light",
    show: inspect,
  },
];

// A file of this many bytes is on its way while the picture is taken.
const LARGE = 24_000_000;
const SLOW = { latency: 0, download: -1, upload: 3_200_000 };

/** A visitor's files, made in the page: a picture, a text, something large. */
const MAKE_FILES = `(async () => {
  const { drawTestCard } = await import("./test_card.js");
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [960, 600];
  drawTestCard(canvas.getContext("2d"), canvas);
  const jpeg = await new Promise((done) => canvas.toBlob(done, "image/jpeg"));
  const large = new Uint8Array(${LARGE});
  for (let at = 0; at < large.length; at += 65536) {
    crypto.getRandomValues(large.subarray(at, at + 65536));
  }
  return [
    new File([large], "field recording.wav", { type: "audio/wav" }),
    new File([jpeg], "where the streams meet.jpg", { type: "image/jpeg" }),
    new File(["Höhe 12 m, steigend\\r\\n"], "pegel.txt", { type: "text/plain" }),
  ];
})()`;

function drop(files: string): string {
  return `{
    const dataTransfer = new DataTransfer();
    for (const file of ${files}) dataTransfer.items.add(file);
    const init = { dataTransfer, bubbles: true, cancelable: true };
    document.querySelector("#drop").dispatchEvent(new DragEvent("drop", init));
  }`;
}

async function dropOne(page: Page): Promise<void> {
  await page.evaluate(drop("[files[1]]"));
  await page.waitForFunction(
    `document.querySelector("#raw-summary").textContent.endsWith("200")`,
  );
}

/** Leaves the largest file on its way, so that its progress is seen. */
async function dropAll(page: Page): Promise<void> {
  await page.emulateNetworkConditions(SLOW);
  await page.evaluate(drop("files"));
  await page.waitForFunction(
    `document.querySelectorAll(".done").length === 2 &&
      document.querySelector("progress").value > 0.55`,
  );
}

async function inspect(page: Page): Promise<void> {
  await page.click("#inspect a");
  await page.waitForSelector("[data-sample=mail]");
  await page.click("[data-sample=mail]");
  await page.waitForSelector("#decoded:not([hidden])");
  await page.mouse.move(0, 0);
}

async function take(browser: Browser, url: string, shot: Shot): Promise<void> {
  const { name, width, height, scheme, at, show = dropAll } = shot;
  const page = await browser.newPage({ type: "window" });
  const isPhone = width < 500;
  await page.setViewport({
    width,
    height,
    deviceScaleFactor: isPhone ? 2 : 1.25,
    isMobile: isPhone,
    hasTouch: isPhone,
  });
  await page.emulateMediaFeatures([
    { name: "prefers-color-scheme", value: scheme },
  ]);
  await page.goto(url);
  await page.evaluate(`${MAKE_FILES}.then((made) => globalThis.files = made)`);
  await page.type("#note", "from the river");
  await page.evaluate("document.activeElement.blur()");
  await page.waitForSelector(".badge.on");
  await show(page);
  await page.evaluate(
    at
      ? `scrollBy(0, document.querySelector("${at}")
          .getBoundingClientRect().top - 16)`
      : "scrollTo(0, 0)",
  );
  const path: `${string}.webp` = `${folder}${name}.webp`;
  await page.screenshot({ path, quality: 78 });
  await page.close();
  console.log(path);
}

const folder = fileURLToPath(new URL("screenshots/", import.meta.url));
await mkdir(folder, { recursive: true });
const profile = await mkdtemp(join(tmpdir(), "tributary-screenshots-"));
const node = uploadRuntimes.find(({ name }) => name === "Node");
if (!node) throw new Error("Cannot take screenshots: there is no server");
const server = await node.start();
const browser = await launch({
  executablePath: findChromium(),
  userDataDir: profile,
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run"],
});
try {
  // The picture comes from another window, as it would from a friend's.
  const feeder = await browser.newPage({ type: "window" });
  await feeder.goto(server.url);
  await feeder.click("#card");
  const chosen = process.argv.slice(2);
  for (const shot of SHOTS) {
    if (chosen.length > 0 && !chosen.includes(shot.name)) continue;
    await take(browser, server.url, shot);
  }
} finally {
  await browser.close();
  await server.close();
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
}
