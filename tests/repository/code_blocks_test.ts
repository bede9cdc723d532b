/** Runs every code block in the README and the other documents. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { root, testNames } from "../runtimes/names.ts";
import { execute, installed } from "../runtimes/processes.ts";
import {
  type Block,
  blocks,
  frameworkExcerpts,
  ranElsewhere,
} from "./code_blocks/blocks.ts";
import { answerReaders, around } from "./code_blocks/surroundings.ts";

const postForm = fileURLToPath(
  new URL("code_blocks/post_form.ts", import.meta.url),
);

/** Runs a block, and prints the status of the error that it throws. */
const STATUS_OF_BLOCK = `
try {
  await import("./block.ts");
} catch (error) {
  console.log(error instanceof Error && "status" in error && error.status);
}
Deno.exit(); // A server that the block was to reach may be open.
`;

const isWindows = process.platform === "win32";

/**
 * Makes a program of a block, the code before it, and the checks after it.
 *
 * @param subtype The multipart to send the form as, if not as a form.
 */
function programOf({ place, text }: Block, subtype?: string): string {
  const { before = "", after = "", refused = "" } = around[place] ?? {};
  const behind = subtype === undefined ? after : refused;
  return `${before}\n${text}\n${behind}\nexport {};\n`;
}

/**
 * Writes an import map with the library, for programs outside the repository.
 */
async function writeImportMap(folder: string): Promise<string> {
  const imports = Object.fromEntries(
    Object.entries(testNames("node"))
      .filter(([name]) => name.startsWith("@tributary/"))
      .map(([name, path]) => [name, pathToFileURL(path).href]),
  );
  const map = join(folder, "imports.json");
  await writeFile(map, JSON.stringify({ imports }));
  return map;
}

async function inNewFolder<T>(
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-block-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs Deno, which must succeed, and returns its output. */
async function runDeno(...args: string[]): Promise<string> {
  const deno = installed("deno") ?? "deno";
  const { exitCode, output } = await execute(deno, args);
  assertEquals(exitCode, 0, output);
  return output;
}

/** Checks the types of all programs at once. */
function checkTypes(programs: readonly Block[]): Promise<void> {
  return inNewFolder(async (folder) => {
    await cp(postForm, join(folder, "post_form.ts"));
    const files = await Promise.all(programs.map(async (block, index) => {
      const file = join(folder, `block_${index}.ts`);
      await writeFile(file, `// ${block.place}\n${programOf(block)}`);
      return file;
    }));
    const map = await writeImportMap(folder);
    await runDeno("check", "--no-config", `--import-map=${map}`, ...files);
  });
}

/**
 * Runs a block in a folder of its own. It must not fail.
 *
 * @returns Its output, if its form is sent as another multipart.
 */
function runProgram(block: Block, subtype?: string): Promise<string> {
  return inNewFolder(async (folder) => {
    await writeFile(join(folder, "block.ts"), programOf(block, subtype));
    await cp(postForm, join(folder, "post_form.ts"));
    const isOwn = subtype === undefined;
    const program = join(folder, isOwn ? "block.ts" : "main.ts");
    if (!isOwn) await writeFile(program, STATUS_OF_BLOCK);
    return runDeno(
      "run",
      "--no-check",
      "--no-config",
      "--no-prompt",
      "--allow-net=127.0.0.1",
      `--allow-read=${folder}`,
      `--allow-write=${folder}`,
      `--import-map=${await writeImportMap(folder)}`,
      program,
      ...isOwn ? [] : [subtype],
    );
  });
}

function stop(child: ChildProcess): void {
  // npm does not forward signals to the processes of its scripts.
  if (child.pid === undefined || child.exitCode !== null) return;
  if (isWindows) spawn("taskkill", ["/pid", String(child.pid), "/t", "/f"]);
  else process.kill(-child.pid, "SIGTERM");
}

async function startServer(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-start-"));
  const child = spawn("npm", ["start"], {
    cwd: root,
    detached: !isWindows,
    shell: isWindows,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PORT: "0", HOST: "127.0.0.1", UPLOAD_DIR: folder },
  });
  const closed = once(child, "close");
  try {
    let output = "";
    const url = await new Promise<string>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => {
          output += text;
          const found = /Listening on (\S+)/.exec(output)?.[1];
          if (found) resolve(found);
        });
      }
      child.on("error", reject);
      child.on("close", () => reject(new Error(output)));
    });
    const response = await fetch(url);
    assertEquals(response.status, 200);
    assertMatch(await response.text(), /<!doctype html>/i);
  } finally {
    stop(child);
    await closed;
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** How to test each command in the documents. */
const commands: Record<string, () => Promise<void>> = {
  async "npm install"() {
    // Its packages are installed already: these tests run with them.
    const { exitCode, output } = await execute("npm", [
      "install",
      "--dry-run",
      "--offline",
    ]);
    assertEquals(exitCode, 0, output);
  },
  "npm start": startServer,
  async "npm test"() {
    // The whole command would run this test too.
    const { exitCode, output } = await execute("npm", [
      "test",
      "--",
      "deno",
      "--tests",
      "tests/runtimes/fixtures/passing",
    ]);
    assertMatch(output, /^1 passed, 0 failed, 0 skipped$/m);
    assertEquals(exitCode, 0, output);
  },
};

async function runCommands({ text }: Block): Promise<void> {
  const lines = text.split("\n").map((line) => line.replace(/#.*/, "").trim());
  const named = lines.filter(Boolean).flatMap((line) => line.split(/ *&& */));
  assert(named.length > 0);
  for (const command of new Set(named)) {
    const run = commands[command];
    assert(run, `Nothing proves the command ${command}`);
    await run();
  }
}

const programs = blocks.filter((block) =>
  ["js", "ts"].includes(block.language) && !ranElsewhere.includes(block)
);

describe("the code of", () => {
  it("all documents is well typed", () => checkTypes(programs));

  for (const block of blocks) {
    const { place, language } = block;
    if (language === "text" || ranElsewhere.includes(block)) continue;
    it(`${place}, in ${language}, runs`, async () => {
      if (language === "sh") await runCommands(block);
      else if (["js", "ts"].includes(language)) await runProgram(block);
      else throw new Error(`Cannot run ${language}`);
    });
  }

  it("docs/frameworks.md is that of the examples", async () => {
    assert(frameworkExcerpts.length > 0);
    for (const { place, text } of frameworkExcerpts) {
      const name = `${place.split("> ").at(-1)?.toLowerCase()}.ts`;
      const example = join(root, "examples/frameworks", name);
      const program = (await readFile(example, "utf8")).replaceAll(
        "\r\n",
        "\n",
      );
      assert(program.includes(text), `${place} is not in ${name}`);
    }
  });

  const readers = blocks.filter(({ language, text }) =>
    ["js", "ts"].includes(language) &&
    /\bMultipart(?:Reader|DecoderStream)\b|\breadForm\(/.test(text)
  );
  const formReaders = readers.filter((block) =>
    !ranElsewhere.includes(block) && !answerReaders.includes(block.place) &&
    // A test of its own runs it.
    !block.place.startsWith("SECURITY.md > ")
  );
  for (const block of formReaders) {
    it(`${block.place} reads nothing but forms`, async () => {
      for (const subtype of ["mixed", "related", "x-mixed-replace"]) {
        assertMatch(await runProgram(block, subtype), /^415\n$/);
      }
    });
  }

  it("each document that reads answers is still there", () => {
    const places = readers.map(({ place }) => place);
    assertEquals(answerReaders.filter((place) => !places.includes(place)), []);
  });

  it("each document is run where its surroundings say", () => {
    const places = blocks.filter(({ language }) => language === "ts")
      .map(({ place }) => place);
    for (const place of Object.keys(around)) {
      assertEquals(places.filter((other) => other === place), [place]);
    }
    assert(places.some((place) => place.startsWith("README.md > ")));
  });
});
