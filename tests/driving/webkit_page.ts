/** A page in WebKit, with the same interface as pages in other browsers. */
import { setTimeout as wait } from "node:timers/promises";
import { MissingTool } from "../runtimes/missing_tool.ts";
import { findWebKit, openWebKit, type Session } from "../runtimes/webkit.ts";
import { shared } from "./shared.ts";

export const webkit = {
  name: "WebKit",
  hint: "Install Debian's webkit2gtk-driver and xvfb.",
  find: findWebKit,
} as const;

export type Scheme = "light" | "dark";

/** What tests need of a page, in any browser. Code is an expression. */
export interface DrivenPage {
  goto(url: string): Promise<unknown>;
  evaluate(code: string): Promise<unknown>;
  /** Waits until an expression is true. */
  waitForFunction(
    code: string,
    options?: { timeout?: number; polling?: number },
  ): Promise<unknown>;
  waitForSelector(selector: string): Promise<unknown>;
  click(selector: string): Promise<void>;
  type(selector: string, text: string): Promise<void>;
  select(selector: string, value: string): Promise<unknown>;
  setViewport(size: { width: number; height: number }): Promise<void>;
  close(): Promise<void>;
}

/** The only window of a session. Closing it leaves the page that it shows. */
class WebKitPage implements DrivenPage {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async goto(url: string): Promise<void> {
    await this.#session.navigate(url);
    // The driver may respond before the page's modules have run.
    await this.waitForFunction(`document.readyState === "complete"`);
  }

  evaluate(code: string): Promise<unknown> {
    return this.#session.run(`return (\n${code}\n);`);
  }

  async waitForFunction(
    code: string,
    { timeout = 30_000, polling = 50 } = {},
  ): Promise<void> {
    const deadline = Date.now() + timeout;
    while (!await this.evaluate(code)) {
      if (Date.now() > deadline) throw new Error(`It stays false: ${code}`);
      await wait(polling);
    }
  }

  waitForSelector(selector: string): Promise<void> {
    return this.waitForFunction(
      `document.querySelector(${JSON.stringify(selector)}) !== null`,
    );
  }

  click(selector: string): Promise<void> {
    return this.#session.click(selector);
  }

  type(selector: string, text: string): Promise<void> {
    return this.#session.type(selector, text);
  }

  async select(selector: string, value: string): Promise<void> {
    await this.evaluate(`(() => {
      const list = document.querySelector(${JSON.stringify(selector)});
      list.value = ${JSON.stringify(value)};
      list.dispatchEvent(new Event("input", { bubbles: true }));
    })()`);
  }

  setViewport(
    { width, height }: { width: number; height: number },
  ): Promise<void> {
    return this.#session.resize(width, height);
  }

  async close(): Promise<void> {
    await this.#session.navigate("about:blank");
    await this.#session.resize(1280, 1100);
  }
}

/** Opens WebKit in the dark colour scheme, on first use in a file. */
export function sharedWebKit(): () => Promise<DrivenPage> {
  const started = shared(async () => {
    if (findWebKit() === undefined) {
      throw new MissingTool(webkit.name, webkit.hint);
    }
    const cleanup = new AsyncDisposableStack();
    try {
      const session = await openWebKit(cleanup, "dark");
      await session.resize(1280, 1100);
      return { page: new WebKitPage(session), cleanup };
    } catch (error) {
      await cleanup.disposeAsync();
      throw error;
    }
  }, ({ cleanup }) => cleanup.disposeAsync());
  return async () => (await started()).page;
}
