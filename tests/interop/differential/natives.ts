/** The `formData()` of each runtime, as a judge of bodies. */
import { Miniflare } from "miniflare";
import { launch, type LaunchOptions } from "puppeteer-core";
import { fileURLToPath } from "node:url";
import { bundle, bundleText } from "../../driving/bundles.ts";
import { chromium, firefox, pathOf } from "../../driving/commands.ts";
import { MissingTool } from "../../runtimes/missing_tool.ts";
import { installed } from "../../runtimes/processes.ts";
import type { Started } from "./comparison.ts";
import { LineProgram } from "./line_program.ts";
import { type Answer, judgeAll } from "./programs/form_data.ts";
import { questionOf, verdictOf } from "./questions.ts";

const programs = fileURLToPath(new URL("./programs/", import.meta.url));
const lines = `${programs}form_data_lines.ts`;

/** The `formData()` of the runtime that runs the tests. */
export const node: Started = {
  judge: async (samples) =>
    (await judgeAll(samples.map(questionOf))).map(verdictOf),
};

export function startDeno(): Started {
  const deno = installed("deno");
  if (!deno) throw new MissingTool("Deno", "Run npm install.");
  return new LineProgram(deno, "run", "--no-check", lines);
}

export function startBun(): Started {
  const bun = installed("bun");
  if (!bun) throw new MissingTool("Bun", "Run npm install.");
  return new LineProgram(bun, lines);
}

export async function startWorkerd(): Promise<Started> {
  const script = `import { judgeAll } from "./form_data.ts";
    export default {
      async fetch(request) {
        return Response.json(await judgeAll(await request.json()));
      }
    }`;
  const miniflare = new Miniflare({
    modules: true,
    script: await bundleText(script, programs),
    compatibilityDate: "2026-07-30",
  });
  return {
    async judge(samples) {
      const response = await miniflare.dispatchFetch("http://worker/", {
        method: "POST",
        body: JSON.stringify(samples.map(questionOf)),
      });
      if (!response.ok) throw new Error(await response.text());
      const answers: Answer[] = JSON.parse(await response.text());
      return answers.map(verdictOf);
    },
    stop: () => miniflare.dispose(),
  };
}

export async function startChromium(): Promise<Started> {
  const executablePath = pathOf(chromium);
  const args = ["--no-sandbox", "--disable-gpu", "--no-first-run"];
  return await startBrowser({ executablePath, args });
}

export async function startFirefox(): Promise<Started> {
  const executablePath = pathOf(firefox);
  return await startBrowser({ browser: "firefox", executablePath });
}

async function startBrowser(options: LaunchOptions): Promise<Started> {
  const content = await bundle({
    entryPoints: [`${programs}form_data.ts`],
    format: "iife",
    globalName: "peer",
  });
  const open = async () => {
    const browser = await launch(options);
    const page = await browser.newPage();
    await page.addScriptTag({ content });
    return { browser, page };
  };
  let opened = await open();
  return {
    async judge(samples) {
      const questions = JSON.stringify(samples.map(questionOf));
      const ask = () => opened.page.evaluate(`peer.judgeAll(${questions})`);
      const answers = await ask().catch(async (error) => {
        // Firefox sometimes crashes for other reasons. A body that crashes it
        // does so on the second attempt too, which is then an error.
        if (opened.browser.connected) throw error;
        opened = await open();
        return await ask();
      });
      return (answers as Answer[]).map(verdictOf);
    },
    stop: () => opened.browser.close(),
  };
}
