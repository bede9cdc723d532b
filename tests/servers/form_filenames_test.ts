/**
 * The name that each runtime returns for a file that `FormData.append()`
 * renames.
 */
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

/** Each way to read the name from a FormData, and the result. */
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
    // On Bun, none of FormData's methods returns the new name, but its own
    // encoder writes it. If this fails, Bun has fixed it: remove the gap from
    // CONTRIBUTING.md.
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
