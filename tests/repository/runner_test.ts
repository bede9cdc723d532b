/** Proves that the runner of the tests reports what goes wrong in them. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import { execute } from "../runtimes/processes.ts";

const everywhere = ["bun", "chromium", "deno", "node", "workerd"];

async function run(fixture: string, ...runtimes: string[]): Promise<string> {
  const { exitCode, output } = await execute(process.execPath, [
    "tests/runtimes/run.ts",
    "--tests",
    `tests/runtimes/fixtures/${fixture}`,
    ...runtimes,
  ]);
  assertEquals(exitCode, 1, output);
  return output;
}

describe("the runner", () => {
  it("counts a failing test and shows why on every runtime", async () => {
    const output = await run("failing", ...everywhere);
    assertStringIncludes(output, "5 passed, 5 failed, 0 skipped");
    const details = output.split(/^--- /m).filter((text) =>
      text.includes("group > fails") && text.includes("Values are not equal")
    );
    assertEquals(details.length, everywhere.length, output);
  });

  for (const fixture of ["unhandled", "late", "broken"]) {
    it(`fails every runtime over the fixture "${fixture}"`, async () => {
      const output = await run(fixture, ...everywhere);
      for (const runtime of everywhere) {
        assertMatch(output, new RegExp(`^${runtime} .* [1-9]\\d* failed`, "m"));
      }
    });
  }

  it("fails Deno over a timer that outlives its test", async () => {
    assertStringIncludes(await run("leak", "deno"), "Leaks detected");
  });

  it("fails where two runtimes ran different tests", async () => {
    const output = await run("uneven", "bun", "deno");
    assertStringIncludes(output, "not: runs on one runtime");
  });

  it("refuses a runtime that it does not know", async () => {
    const { exitCode } = await execute(process.execPath, [
      "tests/runtimes/run.ts",
      "netscape",
    ]);
    assertEquals(exitCode, 2);
  });
});
