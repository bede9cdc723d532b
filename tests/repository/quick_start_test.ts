/**
 * Runs the quick starts as a new user does: the package is built and installed
 * in an empty project, and each program is saved under its given name and
 * started with its given command.
 */
import { assert, assertEquals } from "@std/assert";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import process from "node:process";
// Its tests may take as long as npm and a compiler.
import { after, beforeEach, describe, it } from "node:test";
import { MultipartReader, MultipartWriter } from "@tributary/multipart";
import { Miniflare } from "miniflare";
import { launch } from "puppeteer-core";
import { bundleWorker } from "../driving/bundles.ts";
import { assertRefuses } from "../examples/hostile_requests.ts";
import { runtimeCommand, startExample } from "../examples/running.ts";
import { sendSlowly, SHORT_TIMEOUTS } from "../examples/slow_upload.ts";
import { findChromium } from "../runtimes/chromium.ts";
import { quickStarts } from "./code_blocks/blocks.ts";
import { makeProject, output, type Project } from "./npm_package/project.ts";

interface Program {
  /** The filename that it gives itself. */
  name: string;
  /** The command that it says to run it with. */
  command: string[];
  /** The command that it says to send a form with, if there is one. */
  trial: string;
  text: string;
}

/** The programs under a heading of the README or of docs/quick_starts.md. */
function programsOf(heading: string): Program[] {
  const own = quickStarts.filter(({ place }) => place.endsWith(`> ${heading}`));
  return own.map(({ text }) => {
    const pattern = /^(?:\/\/|<!--) ([\w.]+)(?:, run with: (.+)| -->)?$/m;
    const [, name = "", command = ""] = pattern.exec(text) ?? [];
    assert(name, `No file's name stands at the head of\n${text}`);
    const [, trial = ""] = /^\/\/ Try it: (.+)$/m.exec(text) ?? [];
    return { name, command: command.split(" ").filter(Boolean), trial, text };
  });
}

const MAP = randomBytes(1024 * 1024);

function formWithFile(): FormData {
  const form = new FormData();
  form.append("title", "River");
  form.append("map", new File([MAP], "../map.bin"));
  return form;
}

async function post(url: string, body: BodyInit): Promise<unknown> {
  const response = await fetch(url, { method: "POST", body });
  const text = await response.text();
  return response.ok ? JSON.parse(text) : response.status;
}

/** The project in which the packed package is installed. */
let project: Project;
let made: Promise<Project> | undefined;
// Made before the first test that runs: a filter may leave none.
beforeEach(async () => {
  project = await (made ??= makeProject());
});
after(async () => (await made)?.remove());

/** Saves the programs under a heading in a folder of their own. */
async function save(heading: string): Promise<[string, Program[]]> {
  const folder = join(
    project.folder,
    heading.toLowerCase().replaceAll(" ", "_"),
  );
  await mkdir(folder);
  const programs = programsOf(heading);
  for (const { name, text } of programs) {
    await writeFile(join(folder, name), text);
  }
  return [folder, programs];
}

/** Starts a server, and sends it a form and requests that it must refuse. */
async function serve(heading: string): Promise<void> {
  const [cwd, programs] = await save(heading);
  const [program] = programs;
  assertEquals(programs.length, 1);
  const [runtime = "", ...args] = program?.command ?? [];
  assertEquals(args.at(-1), program?.name);
  // Port 0 in the environment replaces this one.
  assertEquals(
    program?.trial,
    `curl -F title=River -F map=@${program?.name} http://localhost:8000/`,
  );
  if (runtime === "deno") {
    await output(cwd, runtimeCommand("deno"), "check", program?.name ?? "");
  }
  const env = { DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0", ...SHORT_TIMEOUTS };
  const server = await startExample([runtime, ...args], { cwd, env });
  try {
    assertEquals(await post(server.url, formWithFile()), {
      title: "River",
      filename: "map.bin",
      size: MAP.length,
    });
    const uploads = join(cwd, "uploads");
    const saved = await readdir(uploads);
    const [name = "", ...others] = saved;
    assertEquals(others, []);
    assert((await readFile(join(uploads, name))).equals(MAP));
    await assertRefuses(server, ["form-data", "urlencoded"]);
    assertEquals(await readdir(uploads), saved);
    if (runtime === "node") {
      assertEquals(await sendSlowly(server, "map", "title"), 200);
    }
  } finally {
    await server.close();
  }
}

async function serveWorker(heading: string): Promise<void> {
  const [folder, [program]] = await save(heading);
  // wrangler bundles with esbuild and runs workerd. This does the same without
  // wrangler.
  const line = program?.command.join(" ") ?? "";
  const [, name = "", compatibilityDate = ""] =
    /^npx wrangler dev (\S+) --compatibility-date (\S+)$/.exec(line) ?? [];
  assertEquals(name, program?.name);
  const miniflare = new Miniflare({
    modules: true,
    script: await bundleWorker(join(folder, name)),
    compatibilityDate,
  });
  try {
    const { href } = await miniflare.ready;
    assertEquals(await post(href, formWithFile()), {
      title: "River",
      sizes: [["../map.bin", MAP.length]],
    });
    await assertRefuses({ url: href }, ["form-data", "urlencoded"]);
  } finally {
    await miniflare.dispose();
  }
}

/**
 * The server for the pages: their files, a multipart, and the sizes of a form.
 */
async function servePages(folder: string) {
  const server = createServer(async (request, response) => {
    const { url = "", method } = request;
    if (method === "POST") {
      const told: unknown[] = [request.headers["content-length"]];
      for await (const part of MultipartReader.from(request)) {
        told.push(part.name, (await part.bytes()).length);
      }
      response.end(told.join());
    } else if (url === "/cities") {
      const writer = new MultipartWriter("mixed");
      writer.append("Oslo");
      writer.append("<b>Bergen</b>", { type: "text/html" });
      response.setHeader("content-type", writer.contentType);
      response.end(await writer.bytes());
    } else {
      const own = url === "/" ? "/index.html" : url;
      const isModule = own.startsWith("/node_modules/");
      const type = own.endsWith(".js") ? "text/javascript" : "text/html";
      response.setHeader("content-type", type);
      const path = join(isModule ? project.folder : folder, own);
      // A browser also requests an icon.
      const file = await readFile(path).catch(() => undefined);
      if (!file) response.statusCode = 404;
      response.end(file);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const executablePath = findChromium();

async function openPages(heading: string): Promise<void> {
  if (!executablePath) throw new Error("Chromium is not installed");
  const [folder, programs] = await save(heading);
  assertEquals(
    programs.map(({ name }) => name),
    ["index.html", "read.js", "send.js"],
  );
  await writeFile(join(folder, "map.bin"), MAP);
  await using pages = await servePages(folder);
  const browser = await launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic"],
  });
  try {
    const tab = await browser.newPage();
    const lines = async (count: number) => {
      await tab.waitForFunction(
        `document.querySelectorAll("p").length === ${count}`,
      );
      return await tab.$$eval("p", (found) => found.map((p) => p.textContent));
    };
    await tab.goto(pages.url);
    const read = ["text/plain: Oslo", "text/html: <b>Bergen</b>"];
    assertEquals(await lines(2), read);
    const input = await tab.$("input[type=file]");
    await input?.uploadFile(join(folder, "map.bin"));
    const sent = (await lines(3))[2] ?? "";
    const [, size] = /^(\d+) bytes sent: /.exec(sent) ?? [];
    assertEquals(
      sent,
      `${size} bytes sent: ${size},title,5,map,${MAP.length}`,
    );
  } finally {
    await browser.close();
  }
}

const runners: Record<string, (heading: string) => Promise<void>> = {
  "Deno": serve,
  "Bun": serve,
  "Node": serve,
  "Cloudflare Workers": serveWorker,
  "Browsers": openPages,
};

describe("the quick start", () => {
  it("is there for every runtime, and is run", () => {
    const headings = quickStarts.map(({ place }) =>
      place.slice(place.indexOf("> ") + 2)
    );
    assertEquals([...new Set(headings)], Object.keys(runners));
  });

  for (const [heading, run] of Object.entries(runners)) {
    if (heading === "Browsers" && !executablePath && !process.env["CI"]) {
      console.log("SKIPPED the quick start for browsers: install Chromium.");
      continue;
    }
    it(`for ${heading} runs`, () => run(heading));
  }
});
