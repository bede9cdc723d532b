import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { launch } from "puppeteer-core";
import { bundleTests } from "./bundle.ts";
import {
  type BundleReport,
  fromBundle,
  type RunOptions,
  type RunReport,
} from "./report.ts";

const names = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "chrome.exe",
];

/**
 * The folders where the installers of macOS and Windows put Chrome, Chromium
 * and Edge.
 */
const elsewhere = [
  "/usr/bin",
  "/snap/bin",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  ...["ProgramFiles", "ProgramFiles(x86)", "LocalAppData"].flatMap((name) => {
    const folder = process.env[name];
    return folder
      ? [
        join(folder, "Google/Chrome/Application/chrome.exe"),
        join(folder, "Chromium/Application/chrome.exe"),
        join(folder, "Microsoft/Edge/Application/msedge.exe"),
      ]
      : [];
  }),
];

/**
 * The sandbox needs privileges that containers lack. The other flags stop
 * background activity.
 */
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function findChromium(): string | undefined {
  const named = process.env["CHROMIUM_PATH"];
  if (named) return existsSync(named) ? named : undefined;
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);
  const places = [...folders, ...elsewhere].flatMap((place) =>
    /[.]exe$|[.]app\//.test(place) ? [place] : names.map((n) => join(place, n))
  );
  return places.find((place) => existsSync(place));
}

export async function servePage(script: string) {
  const page = `<!doctype html><meta charset="utf-8"><title>tests</title>
    <script type="module" src="/tests.js"></script>`;
  const server = createServer((request, response) => {
    const isScript = request.url === "/tests.js";
    const type = isScript ? "text/javascript" : "text/html";
    response.setHeader("Content-Type", `${type}; charset=utf-8`);
    response.end(isScript ? script : page);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new Error("Cannot serve the tests: there is no port");
  }
  return { server, url: `http://127.0.0.1:${address.port}/` };
}

export async function runChromium(
  files: readonly string[],
  filter: string,
  { signal, progress }: RunOptions,
): Promise<RunReport> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error("Cannot run Chromium: not found");
  const bundle = await bundleTests(files, "globalThis.runTests = run;");
  await using cleanup = new AsyncDisposableStack();
  const userDataDir = await mkdtemp(join(tmpdir(), "tributary-chromium-"));
  cleanup.defer(() =>
    rm(userDataDir, { recursive: true, force: true, maxRetries: 5 })
  );
  const { server, url } = await servePage(bundle.script);
  cleanup.defer(() => void server.close());
  const browser = await launch({
    executablePath,
    userDataDir,
    args: flags,
    protocolTimeout: 0,
  });
  cleanup.defer(() => browser.close());
  signal.addEventListener("abort", () => void browser.close());
  const page = await browser.newPage();
  page.on("console", (message) => void progress?.read(message.text()));
  await page.goto(url, { waitUntil: "load" });
  const report = await page.evaluate(`runTests(${JSON.stringify(filter)})`);
  return fromBundle(report as BundleReport, bundle);
}
