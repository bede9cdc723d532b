/** Which name each runtime gives of a file that `FormData.append()` renames. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { root } from "../runtimes/names.ts";
import { installed, nodePath } from "../runtimes/processes.ts";

const program = "tests/servers/form_filenames_client.ts";

const commands = {
  Node: {
    command: nodePath(),
    args: ["--import=./tests/runtimes/node_hooks.ts"],
  },
  Deno: {
    command: installed("deno"),
    args: ["run", "--no-prompt", "--no-check"],
  },
  Bun: { command: installed("bun"), args: [] },
};

/** The methods of FormData, and what is made of the form with them alone. */
function expected(name: string): Record<string, string> {
  return {
    get: name,
    getAll: name,
    entries: name,
    values: name,
    iterator: name,
    forEach: name,
    response: "new.txt",
    fromFormData: name,
  };
}

describe("a file that a form gives another name", () => {
  for (const [runtime, { command, args }] of Object.entries(commands)) {
    // None of FormData's methods tells the name on Bun, though its own encoder
    // does. When this fails, Bun is mended: remove the gap from CONTRIBUTING.md.
    const name = runtime === "Bun" ? "old.txt" : "new.txt";
    it(`has the name ${name} on ${runtime}`, async () => {
      if (!command) throw new Error(`Cannot run ${runtime}: run npm install`);
      const { stdout } = await promisify(execFile)(
        command,
        [...args, program],
        { cwd: root },
      );
      assertEquals(JSON.parse(stdout), expected(name));
    });
  }
});
