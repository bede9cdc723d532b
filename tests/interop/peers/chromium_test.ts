import { findChromium } from "../../runtimes/chromium.ts";
import { firstVersion } from "../../runtimes/processes.ts";
import { TestBrowser } from "../harness/browser.ts";
import { formPosts } from "../harness/browser_forms.ts";
import { readForm, views } from "../harness/browser_views.ts";
import { unescapesBackslashes } from "../harness/differences.ts";
import { FormFiles } from "../harness/form_pages.ts";
import { interop } from "../harness/interop.ts";

const executablePath = findChromium();
const files = new FormFiles();
const browser = new TestBrowser({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run"],
});

interop({
  name: "Chromium",
  hint: "Install Chromium or Chrome, or set CHROMIUM_PATH.",
  version: () => firstVersion(executablePath),
  reads: [{
    by: "formData()",
    kinds: ["form-data"],
    tells: ["file type", "order", "empty filename"],
    read: (message) => readForm(browser, message),
    differs: { "backslashes in names": unescapesBackslashes },
  }],
  takes: views(browser),
  writes: formPosts(browser, files),
  async stop() {
    await browser.stop();
    await files.stop();
  },
});
