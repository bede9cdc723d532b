/** Starts a browser that is installed here, and drives its pages. */
import {
  type Browser,
  launch,
  type LaunchOptions,
  type Page,
} from "puppeteer-core";

/** A browser with one page, started on first use. */
export class TestBrowser {
  readonly #options: LaunchOptions;
  #launched: Promise<{ browser: Browser; page: Page }> | undefined;

  constructor(options: LaunchOptions) {
    this.#options = options;
  }

  /** Opens an address for `use`, and leaves it afterwards. */
  async open<T>(url: string, use: (page: Page) => Promise<T>): Promise<T> {
    this.#launched ??= this.#launch();
    const { page } = await this.#launched;
    try {
      // A picture that keeps loading delays the page's "load" event.
      await page.goto(url, { waitUntil: "domcontentloaded" });
      return await use(page);
    } finally {
      await page.goto("about:blank");
    }
  }

  async stop(): Promise<void> {
    await (await this.#launched)?.browser.close();
  }

  async #launch(): Promise<{ browser: Browser; page: Page }> {
    const browser = await launch(this.#options);
    return { browser, page: await browser.newPage() };
  }
}
