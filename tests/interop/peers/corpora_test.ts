/** Computes the trees of the corpora in tests/conformance/corpus/ again. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { ffmpeg, pathOf, python } from "../../driving/commands.ts";
import { execute } from "../../runtimes/processes.ts";
import { root } from "../../runtimes/names.ts";

describe("the corpora", () => {
  for (
    const [program, peer, tools] of [
      ["mails.py", "Python's email package", [python]],
      ["streams.py", "ffmpeg", [python, ffmpeg]],
    ] as const
  ) {
    it(`${program} has the trees that ${peer} makes`, async () => {
      for (const tool of tools) pathOf(tool);
      const path = join(root, "tests/conformance/corpus", program);
      const { exitCode, output } = await execute(pathOf(python), [
        path,
        "--check",
      ]);
      assertEquals(exitCode, 0, output);
    });
  }
});
