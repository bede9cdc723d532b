/**
 * Runs the bundled tests in WebKitGTK's MiniBrowser, over WebDriver, on a
 * virtual screen.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { bundleTests } from "./bundle.ts";
import { servePage } from "./chromium.ts";
import { execute } from "./processes.ts";
import {
  type BundleReport,
  fromBundle,
  type RunOptions,
  type RunReport,
} from "./report.ts";

const DRIVER = "/usr/bin/WebKitWebDriver";
const SCREEN = "/usr/bin/Xvfb";

/**
 * Finds the MiniBrowser of WebKitGTK, if the driver and the virtual screen are
 * installed too.
 */
export function findWebKit(): string | undefined {
  if (!existsSync(DRIVER) || !existsSync(SCREEN)) return undefined;
  return globSync("/usr/lib/*/webkit2gtk-4.*/MiniBrowser").sort().at(-1);
}

/**
 * Asks the package manager: the browser prints its version only on a screen.
 */
export async function webkitVersion(): Promise<string | undefined> {
  const binary = findWebKit();
  if (binary === undefined) return undefined;
  const { output } = await execute("dpkg-query", ["-S", binary])
    .then(({ output }) =>
      execute("dpkg-query", [
        "-W",
        "-f=${Version}",
        output.split(": ")[0] ?? "",
      ])
    )
    .catch(() => ({ output: "" }));
  return /\d+(\.\d+)+/.exec(output)?.[0] ?? "(unknown version)";
}

/** Starts a virtual screen, and returns its name. */
async function startScreen(cleanup: AsyncDisposableStack): Promise<string> {
  const screen = spawn(SCREEN, [
    "-displayfd",
    "1",
    "-screen",
    "0",
    "1400x1200x24",
  ], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  cleanup.defer(() => stop(screen));
  return `:${await firstLine(screen.stdout)}`;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

async function firstLine(output: Readable): Promise<string> {
  for await (const line of createInterface(output)) return line.trim();
  throw new Error("Cannot start WebKit: its screen did not start");
}

/** A browser session (W3C WebDriver, section 8). */
export class Session {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  static async open(server: string, binary: string): Promise<Session> {
    const { sessionId } = await send("POST", `${server}/session`, {
      capabilities: {
        alwaysMatch: {
          "webkitgtk:browserOptions": { binary, args: ["--automation"] },
        },
      },
    }) as { sessionId: string };
    return new Session(`${server}/session/${sessionId}`);
  }

  async navigate(url: string): Promise<void> {
    await send("POST", `${this.#url}/url`, { url });
  }

  /**
   * Runs the script as a function's body, and awaits the promise that it
   * returns.
   */
  run(script: string, ...args: unknown[]): Promise<unknown> {
    return send("POST", `${this.#url}/execute/sync`, { script, args });
  }

  /** Clicks an element at its place on the screen, as a user does. */
  async click(selector: string): Promise<void> {
    await send("POST", `${await this.#element(selector)}/click`, {});
  }

  async type(selector: string, text: string): Promise<void> {
    await send("POST", `${await this.#element(selector)}/value`, { text });
  }

  /** Resizes the window, including its frame. */
  async resize(width: number, height: number): Promise<void> {
    await send("POST", `${this.#url}/window/rect`, { width, height });
  }

  /** Returns the element's reference (W3C WebDriver, section 12.3). */
  async #element(selector: string): Promise<string> {
    const found = await send("POST", `${this.#url}/element`, {
      using: "css selector",
      value: selector,
    });
    const [id] = Object.values(found ?? {});
    return `${this.#url}/element/${id}`;
  }

  async close(): Promise<void> {
    await send("DELETE", this.#url);
  }
}

async function send(
  method: string,
  url: string,
  body?: unknown,
): Promise<unknown> {
  const response = await fetch(url, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(60_000),
  });
  const { value } = await response.json() as { value: unknown };
  if (!response.ok) throw new Error(`WebDriver: ${JSON.stringify(value)}`);
  return value;
}

async function startDriver(
  display: string,
  theme: string,
  cleanup: AsyncDisposableStack,
): Promise<string> {
  const port = await freePort();
  const driver = spawn(DRIVER, [`--port=${port}`, "--host=127.0.0.1"], {
    stdio: "ignore",
    env: {
      ...process.env,
      DISPLAY: display,
      GTK_THEME: theme,
      LIBGL_ALWAYS_SOFTWARE: "1",
    },
  });
  cleanup.defer(() => stop(driver));
  const server = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 100; tries++) {
    const isReady = await send("GET", `${server}/status`)
      .then(() => true, () => false);
    if (isReady) return server;
    await wait(100);
  }
  throw new Error("Cannot start WebKit: its driver does not answer");
}

async function freePort(): Promise<number> {
  const { server, url } = await servePage("");
  server.close();
  return Number(new URL(url).port);
}

/**
 * Starts the browser on a virtual screen of its own.
 *
 * @param cleanup Receives what ends the browser and the screen.
 * @param scheme The colour scheme that pages see as the visitor's preference.
 */
export async function openWebKit(
  cleanup: AsyncDisposableStack,
  scheme: "light" | "dark" = "light",
): Promise<Session> {
  const binary = findWebKit();
  if (!binary) throw new Error("Cannot run WebKit: not found");
  const theme = scheme === "dark" ? "Adwaita:dark" : "Adwaita";
  const display = await startScreen(cleanup);
  const driver = await startDriver(display, theme, cleanup);
  const session = await Session.open(driver, binary);
  cleanup.defer(() => session.close().catch(() => {}));
  return session;
}

export async function runWebKit(
  files: readonly string[],
  filter: string,
  { signal, progress }: RunOptions,
): Promise<RunReport> {
  const bundle = await bundleTests(files, "globalThis.runTests = run;");
  await using cleanup = new AsyncDisposableStack();
  const { server, url } = await servePage(bundle.script);
  cleanup.defer(() => void server.close());
  const session = await openWebKit(cleanup);
  await session.navigate(url);
  await session.run(
    `globalThis.printed = [];
    console.log = (text) => { printed.push(String(text)); };
    runTests(arguments[0]).then(
      (report) => { globalThis.finalReport = JSON.stringify(report); },
      (error) => { globalThis.finalReport = JSON.stringify({
        tests: [], uncaught: [String(error?.stack ?? error)],
      }); },
    );`,
    filter,
  );
  for (;;) {
    signal.throwIfAborted();
    const { report, printed } = await session.run(
      "return { report: globalThis.finalReport, printed: printed.splice(0) };",
    ) as { report?: string; printed: string[] };
    for (const line of printed) progress?.read(line);
    if (report) return fromBundle(JSON.parse(report) as BundleReport, bundle);
    await wait(500);
  }
}
