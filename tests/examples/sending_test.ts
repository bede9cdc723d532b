/** Runs each program of docs/sending.md, which sends to a real server. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { createHash, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { sharedBrowser } from "../driving/browsers.ts";
import { bundle } from "../driving/bundles.ts";
import type { Ended } from "../driving/children.ts";
import { chromium } from "../driving/commands.ts";
import { withServer } from "../driving/servers.ts";
import { sendingPrograms } from "../repository/code_blocks/blocks.ts";
import { MissingTool } from "../runtimes/missing_tool.ts";
import { execute } from "../runtimes/processes.ts";
import { runExample, runtimeCommand } from "./running.ts";
import {
  inProject,
  installClients,
  nameOf,
  ReceivingServer,
  runs,
  type RuntimeName,
  starts,
} from "./sending.ts";
import { isMeasured, measure } from "./sending_memory.ts";

const MiB = 1024 * 1024;
const FILE = randomBytes(2 * MiB + 3);
const sha256 = createHash("sha256").update(FILE).digest("hex");

/** Runs programs of the page in a folder that also has a file to send. */
function withFile(
  use: (
    send: (
      program: string,
      runtime: RuntimeName,
      url: string,
    ) => Promise<Ended>,
    folder: string,
  ) => Promise<void>,
): Promise<void> {
  return inProject(async (folder) => {
    await writeFile(join(folder, "film.mp4"), FILE);
    const send = (program: string, runtime: RuntimeName, url: string) =>
      runExample([...starts[runtime], program, url, "film.mp4"], {
        cwd: folder,
      });
    await use(send, folder);
  });
}

function progressOf(stdout: string): [sent: number, total: number][] {
  return [...stdout.matchAll(/^(\d+) of (\d+) bytes$/gm)]
    .map(([, sent, total]) => [Number(sent), Number(total)]);
}

/** Asserts that progress grows, never exceeds the whole, and ends there. */
function assertProgress(
  progress: readonly (readonly [sent: number, total: number])[],
  size: number,
): void {
  assert(progress.length > 0);
  let before = 0;
  for (const [sent, total] of progress) {
    assert(sent >= before, `${sent} comes behind ${before}`);
    assertEquals(total, size);
    before = sent;
  }
  assertEquals(before, size);
}

const sharedChromium = sharedBrowser(chromium, {
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run"],
});

// It may take longer than the limit of a test.
test(
  "tests/examples/sending can be installed",
  { timeout: 300_000 },
  installClients,
);

describe("docs/sending.md", () => {
  it("has no program that is not run", () => {
    const run = new Set(["form.ts", ...runs.map(([name]) => name)]);
    assertEquals(
      new Set(sendingPrograms.map(nameOf)),
      run.add("send_page.js"),
    );
  });

  it("has programs that are well typed", () =>
    inProject(async (folder) => {
      const programs = sendingPrograms.map(nameOf)
        .filter((name) => name.endsWith(".ts"))
        .map((name) => join(folder, name));
      const { exitCode, output } = await execute(runtimeCommand("deno"), [
        ...["check", "--no-config", "--node-modules-dir=manual"],
        ...programs,
      ]);
      assertEquals(exitCode, 0, output);
    }));

  for (const [program, runtime] of runs) {
    it(`${program} sends a file from ${runtime}`, () =>
      withFile(async (send) => {
        const server = new ReceivingServer();
        try {
          const url = await server.listen();
          const { exitCode, stdout, stderr } = await send(
            program,
            runtime,
            url,
          );
          assertEquals(exitCode, 0, stderr);
          assertEquals(stdout.trim().split("\n").at(-1), "200 stored");
          const [received, ...others] = server.received;
          assert(received !== undefined && others.length === 0);
          const { size, headers, ...form } = received;
          assertEquals(form, {
            title: "River",
            filename: "film.mp4",
            fileSize: FILE.length,
            sha256,
          });
          const isChunked = program === "send_fetch.ts" && runtime === "Deno";
          assertEquals(
            [headers["content-length"], headers["transfer-encoding"]],
            isChunked ? [undefined, "chunked"] : [`${size}`, undefined],
          );
          if (program === "send_blob.ts") return; // It shows no progress.
          assertProgress(progressOf(stdout), size);
        } finally {
          await server.close();
        }
      }));
  }

  it("send_request.ts shows a refusal that comes before the file has gone", () =>
    withFile((send) =>
      withServer((request, response) => {
        request.once("data", () => {
          response.writeHead(413).end("too large");
        }).resume();
      }, async (url) => {
        const runtimes = ["Node", "Bun", "Deno"] as const;
        const ended = await Promise.all(
          runtimes.map((runtime) => send("send_request.ts", runtime, url)),
        );
        for (const { stdout, stderr } of ended) {
          assertMatch(stdout, /^413 too large$/m, stderr);
        }
      })
    ));

  it("send_fetch.ts holds no more of a large file than of a small one on Node", async () => {
    if (!isMeasured) throw new MissingTool("/proc", "Run this on Linux.");
    const { more } = await measure("send_fetch.ts", "Node", 128 * MiB);
    assert(more < 96 * MiB, `${(more / MiB).toFixed(0)} MiB more`);
  });

  it("send_page.js sends a file from a browser, and shows progress", async () => {
    const browser = await sharedChromium();
    await withFile(async (_, folder) => {
      const script = await bundle({
        entryPoints: [join(folder, "send_page.js")],
        nodePaths: [join(folder, "node_modules")],
      });
      const server = new ReceivingServer();
      const url = await server.listen(`<!doctype html>
        <input type="file"><progress value="0"></progress>
        <script type="module">${script}</script>`);
      const page = await browser.newPage();
      try {
        await page.goto(url);
        await page.evaluate(`
          globalThis.progress = [];
          const bar = document.querySelector("progress");
          new MutationObserver(() => progress.push([bar.value, bar.max]))
            .observe(bar, { attributes: true, attributeFilter: ["value"] });`);
        const input = await page.$("input[type=file]");
        await input?.uploadFile(join(folder, "film.mp4"));
        await page.waitForFunction(
          'document.body.textContent.includes("200 stored")',
        );
        const progress = await page.evaluate("progress");
        const [received, ...others] = server.received;
        assert(received !== undefined && others.length === 0);
        assertEquals(received.sha256, sha256);
        assertEquals(received.headers["content-length"], `${received.size}`);
        assert(Array.isArray(progress));
        assertProgress(progress, received.size);
      } finally {
        await page.close();
        await server.close();
      }
    });
  });
});
