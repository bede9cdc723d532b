/** Tests the measuring script itself, not its figures. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import { curl, pathOf } from "../driving/commands.ts";
import { execute } from "../runtimes/processes.ts";

describe("bench/upload_memory.mjs", () => {
  it("finds each file stored as it was sent, on each runtime", async () => {
    pathOf(curl); // The script sends with curl.
    const { exitCode, output } = await execute(process.execPath, [
      "bench/upload_memory.mjs",
      "--large=8",
      "--small=2",
    ]);
    assertEquals(exitCode, 0, output);
    const rows = output.matchAll(/^(\w+) +(\d x \d MiB) .* right$/gm);
    assertEquals(
      [...rows].map(([, name, files]) => `${name}: ${files}`),
      ["deno", "bun", "node"].flatMap((name) => [
        `${name}: 1 x 8 MiB`,
        `${name}: 3 x 2 MiB`,
      ]),
      output,
    );
  });
});
