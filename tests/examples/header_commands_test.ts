/** The commands in the examples' headers, run from an empty folder. */
import { assert, assertEquals, assertNotMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { end, untilEnd } from "../driving/children.ts";
import { inFolder } from "../driving/folders.ts";
import { root } from "../runtimes/names.ts";
import { startProgram } from "./running.ts";

/** The messages of runtimes that cannot find a module. */
const NOT_FOUND =
  /not a dependency|not found|cannot (find|resolve)|could not resolve/i;

/** In milliseconds. How long a server may take to print that it listens. */
const START_TIME = 20_000;

/** The commands in all headers, by example. */
const commands = globSync("examples/**/*.ts", {
  cwd: root,
  exclude: ["**/node_modules/**"],
}).sort()
  .flatMap((file) => {
    const source = readFileSync(join(root, file), "utf8");
    const [header = ""] = /^\/\*\*[^]*?\*\//.exec(source) ?? [];
    const text = header.replaceAll(/\n \* ?/g, " ");
    return [...text.matchAll(/`(?:\w+=\w+ )?((?:deno|node|bun) [^`]+)`/g)]
      .map(([, command = ""]) => command)
      // Some run in the example's own folder, or name only the runtime.
      .filter((command) => command.includes(" examples/"));
  });

/** Splits a command into words. Paths point to the repository from anywhere. */
function wordsOf(command: string): string[] {
  return (command.match(/'[^']*'|\S+/g) ?? [])
    .filter((word) => !/^\[.*\]$/.test(word))
    .map((word) =>
      word.replace(/^'(.*)'$/, "$1")
        .replace(/^examples\//, join(root, "examples/"))
        .replace(/^--config=/, `--config=${root}`)
    );
}

describe("the commands in the examples' headers", () => {
  it("are found", () => {
    assert(commands.length >= 15, commands.join("\n"));
  });

  for (const command of new Set(commands)) {
    it(`find all modules from an empty folder: ${command}`, async () => {
      await inFolder(async (folder) => {
        const words = wordsOf(command);
        if (words[1] === "serve") words.splice(2, 0, "--port=0");
        if (words[0] === "deno") words.splice(2, 0, "--no-prompt");
        const child = startProgram(words, {
          cwd: folder,
          env: { PORT: "0", HOST: "127.0.0.1", TOKEN: "secret" },
        });
        let output = "";
        const { promise: listens, resolve } = Promise.withResolvers<void>();
        for (const stream of [child.stdout, child.stderr]) {
          stream.on("data", (text) => {
            output += text;
            if (/listening|server:/i.test(output)) resolve();
          });
        }
        const ended = untilEnd(child);
        await Promise.race([
          listens,
          ended,
          sleep(START_TIME, undefined, { ref: false }),
        ]);
        await end(child, "SIGKILL");
        await ended;
        assertNotMatch(output, NOT_FOUND);
        assertEquals(output.includes("error: Uncaught SyntaxError"), false);
      });
    });
  }
});
