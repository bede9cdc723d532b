/** The browsers that visit the upload example, and what they do there. */
import type { Browser, LaunchOptions } from "puppeteer-core";
import { sharedBrowser } from "../driving/browsers.ts";
import { chromium, type Command, firefox } from "../driving/commands.ts";
import {
  type DrivenPage,
  type Scheme,
  sharedWebKit,
} from "../driving/webkit_page.ts";

/** An installed browser, started on first use. */
export interface Visitor {
  name: "Chromium" | "Firefox" | "WebKit";
  /** The colour schemes that its driver can set. The first is the default. */
  schemes: readonly Scheme[];
  newPage(scheme?: Scheme): Promise<DrivenPage>;
}

/** A browser that can open windows, choose files and slow down the network. */
export interface BrowserVisitor extends Visitor {
  /** Whether this machine has it. */
  isThere: boolean;
  browser(): Promise<Browser>;
}

/** Each has a fake camera that needs no permission. */
export function browserVisitors(): BrowserVisitor[] {
  return [
    withBrowser(
      "Chromium",
      chromium,
      {
        args: [
          "--no-sandbox",
          "--disable-gpu",
          "--no-first-run",
          "--use-fake-device-for-media-stream",
          "--use-fake-ui-for-media-stream",
        ],
      },
    ),
    withBrowser("Firefox", firefox, {
      browser: "firefox",
      extraPrefsFirefox: {
        "media.navigator.permission.disabled": true,
        "media.navigator.streams.fake": true,
      },
    }),
  ];
}

function withBrowser(
  name: "Chromium" | "Firefox",
  command: Command,
  options: LaunchOptions,
): BrowserVisitor {
  const browser = sharedBrowser(command, options);
  return {
    name,
    schemes: name === "Chromium" ? ["light", "dark"] : ["light"],
    isThere: command.find() !== undefined,
    browser,
    async newPage(scheme = "light") {
      const page = await (await browser()).newPage();
      if (name === "Chromium") {
        await page.emulateMediaFeatures([
          { name: "prefers-color-scheme", value: scheme },
        ]);
      }
      return page;
    },
  };
}

/** WebKitGTK's own browser. Its driver opens no file chooser and no popup. */
export function webkitVisitor(): Visitor {
  return { name: "WebKit", schemes: ["dark"], newPage: sharedWebKit() };
}

/** Returns an element's text. */
export async function textOf(
  page: DrivenPage,
  selector: string,
): Promise<string> {
  const element = `document.querySelector(${JSON.stringify(selector)})`;
  return String(await page.evaluate(`${element}.textContent`));
}

/** Simulates dropping files on an element. */
export function dropFiles(
  page: DrivenPage,
  files: Record<string, string>,
  over = "#drop",
): Promise<unknown> {
  return drop(
    page,
    `for (const [name, text] of Object.entries(${JSON.stringify(files)})) {
      items.add(new File([text], name, { type: "text/plain" }));
    }`,
    over,
  );
}

/** Drops a single-colour picture, made by the browser itself. */
export function dropPicture(
  page: DrivenPage,
  color: string,
  over: string,
): Promise<unknown> {
  return drop(
    page,
    `const canvas = new OffscreenCanvas(64, 40);
    const context = canvas.getContext("2d");
    context.fillStyle = "${color}";
    context.fillRect(0, 0, 64, 40);
    const blob = await canvas.convertToBlob({ type: "image/png" });
    items.add(new File([blob], "${color}.png", { type: "image/png" }));`,
    over,
  );
}

function drop(page: DrivenPage, fill: string, over: string): Promise<unknown> {
  return page.evaluate(`(async () => {
    const dataTransfer = new DataTransfer();
    const { items } = dataTransfer;
    ${fill}
    for (const type of ["dragenter", "dragover", "drop"]) {
      const init = { dataTransfer, bubbles: true, cancelable: true };
      document.querySelector("${over}").dispatchEvent(new DragEvent(type, init));
    }
  })()`);
}

/** The text of a row in the page's list. */
export interface Row {
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

const READ_ROWS = `[...document.querySelectorAll("#rows > li")].map((row) => {
  const text = (name) => row.querySelector(name).textContent;
  const { value, max, ariaLabel } = row.querySelector("progress");
  const detail = row.querySelector(".detail");
  return {
    state: row.className.replace(/^file ?/, ""),
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

/** Returns the rows once no upload is in progress. */
export async function finishedRows(page: DrivenPage): Promise<Row[]> {
  await page.waitForFunction(NOTHING_ON_THE_WAY);
  return await page.evaluate(READ_ROWS) as Row[];
}
