import { firefox } from "../../driving/commands.ts";
import { firstVersion } from "../../runtimes/processes.ts";
import { TestBrowser } from "../harness/browser.ts";
import { formPosts } from "../harness/browser_forms.ts";
import { readForm, views } from "../harness/browser_views.ts";
import { renames } from "../harness/differences.ts";
import { FormFiles } from "../harness/form_pages.ts";
import { interop } from "../harness/interop.ts";

const executablePath = firefox.find();
const files = new FormFiles();
const browser = new TestBrowser({ browser: "firefox", executablePath });

const cannotParse = { refuses: /Could not parse content as FormData/ };

interop({
  name: "Firefox",
  hint: "Install Firefox (Debian: firefox-esr), or set FIREFOX_PATH.",
  version: () => firstVersion(executablePath),
  reads: [{
    by: "formData()",
    kinds: ["form-data"],
    tells: ["file type", "order", "empty filename"],
    read: (message) => readForm(browser, message),
    differs: {
      "punctuation in names": renames((name) => name.replace(/;.*/, "")),
      "spaces in names": renames((name) => name.trim().replaceAll(/ +/g, " ")),
      "the boundary in the middle of lines": cannotParse,
      "the longest boundary, in quotes": cannotParse,
      "a boundary with a space": cannotParse,
    },
  }],
  takes: views(browser),
  writes: formPosts(browser, files)
    // Its driver cannot choose a folder.
    .filter(({ id }) => id !== "a folder"),
  async stop() {
    await browser.stop();
    await files.stop();
  },
});
