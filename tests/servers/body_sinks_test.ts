/** A part's body, handed to the sinks of real runtimes. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { inFolder } from "../driving/folders.ts";
import { withServer } from "../driving/servers.ts";
import { root } from "../runtimes/names.ts";
import { installed, nodePath } from "../runtimes/processes.ts";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const client = "tests/servers/body_sinks_client.ts";

const runtimes: Record<
  string,
  { command: string | undefined; arguments: string[]; sinks: string[] }
> = {
  Node: {
    command: nodePath(),
    arguments: [],
    sinks: ["writeFile()", "Readable.fromWeb()"],
  },
  Deno: {
    command: installed("deno"),
    arguments: [
      "run",
      "--quiet",
      "--allow-all",
      "--no-check",
    ],
    sinks: ["Deno.writeFile()"],
  },
  Bun: { command: installed("bun"), arguments: [], sinks: ["Bun.write()"] },
};

describe("PartReader.body", () => {
  for (const [name, runtime] of Object.entries(runtimes)) {
    it(`goes whole into the sinks of ${name}, and spoils no other part`, async () => {
      const { command, sinks } = runtime;
      assert(command !== undefined, `${name} is not installed`);
      let output = "";
      await inFolder(async (folder) => {
        await withServer((request, response) => {
          request.pipe(response);
          return Promise.resolve();
        }, async (url) => {
          const { stdout } = await promisify(execFile)(command, [
            ...runtime.arguments,
            client,
            url,
            folder,
          ], { cwd: root });
          output = stdout;
        });
      });
      const expected = ["fetch", "fetch of new Response().body", ...sinks];
      assertEquals(
        output.trim().split("\n"),
        expected.map((sink) => `${sink}: true, the bank`),
      );
    });
  }
});
