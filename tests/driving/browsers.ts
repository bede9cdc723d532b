/** Browsers that the tests of a file share. */
import { type Browser, launch, type LaunchOptions } from "puppeteer-core";
import { type Command, pathOf } from "./commands.ts";
import { makeFolder, removeFolder } from "./folders.ts";
import { shared } from "./shared.ts";

/** A browser with its own profile, started on first use. */
export function sharedBrowser(
  command: Command,
  options: LaunchOptions,
): () => Promise<Browser> {
  const started = shared(async () => {
    const executablePath = pathOf(command);
    const userDataDir = await makeFolder();
    try {
      const browser = await launch({ ...options, executablePath, userDataDir });
      return { browser, userDataDir };
    } catch (error) {
      await removeFolder(userDataDir);
      throw error;
    }
  }, async ({ browser, userDataDir }) => {
    await browser.close();
    await removeFolder(userDataDir);
  });
  return async () => (await started()).browser;
}
