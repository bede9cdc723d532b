/** Proves that the test runner reports failures. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { assertNotMatch, assertStringIncludes } from "@std/assert";
import { beforeEach, describe, it } from "@std/testing/bdd";
import process from "node:process";
import { shared } from "../driving/shared.ts";
import { execute } from "../runtimes/processes.ts";
import { runtimes } from "../runtimes/runtimes.ts";

/** The neutral suite's runtimes that this machine has. */
const present = shared(async () => {
  const names: string[] = [];
  for (const { name, isNeutral, version } of runtimes) {
    if (isNeutral && await version() !== undefined) names.push(name);
  }
  return names;
}, () => {});

interface Ended {
  exitCode: number | null;
  output: string;
}

/** Runs a fixture, without CI's requirement that nothing be missing. */
function run(
  fixture: string,
  args: readonly string[],
  env?: Record<string, string>,
): Promise<Ended> {
  return execute(process.execPath, [
    "tests/runtimes/run.ts",
    "--tests",
    `tests/runtimes/fixtures/${fixture}`,
    ...args,
  ], { env: { CI: "", ...env } });
}

async function failing(fixture: string, ...args: string[]): Promise<string> {
  const { exitCode, output } = await run(fixture, args);
  assertEquals(exitCode, 1, output);
  return output;
}

/** An environment without a browser. */
const nowhere = { CHROMIUM_PATH: "/nowhere/chromium" };

describe("the runner", () => {
  let everywhere: string[];

  beforeEach(async () => {
    everywhere = await present();
  });

  it("counts a failing test and shows why on every runtime", async () => {
    const output = await failing("failing", ...everywhere);
    const { length } = everywhere;
    assert(length > 0);
    assertStringIncludes(output, `${length} passed, ${length} failed, 0 skip`);
    const details = output.split(/^--- /m).filter((text) =>
      text.includes("group > fails") && text.includes("Values are not equal")
    );
    assertEquals(details.length, length, output);
  });

  for (const fixture of ["unhandled", "late", "broken"]) {
    it(`fails every runtime over the fixture "${fixture}"`, async () => {
      const output = await failing(fixture, ...everywhere);
      for (const runtime of everywhere) {
        assertMatch(
          output,
          new RegExp(`^${runtime} .* [1-9]\\d* failed`, "m"),
          runtime,
        );
      }
    });
  }

  it("fails Deno over a timer that outlives its test", async () => {
    assertStringIncludes(await failing("leak", "deno"), "Leaks detected");
  });

  it("fails where two runtimes ran different tests", async () => {
    const output = await failing("uneven", "bun", "deno");
    assertStringIncludes(output, "not: runs on one runtime");
  });

  it("refuses a runtime that it does not know", async () => {
    const { exitCode } = await run("passing", ["netscape"]);
    assertEquals(exitCode, 2);
  });

  it("skips a runtime that is missing, and says what to do", async () => {
    const { exitCode, output } = await run(
      "passing",
      ["node", "chromium"],
      nowhere,
    );
    assertEquals(exitCode, 0, output);
    assertMatch(output, /^SKIPPED chromium: not found\. Install Chromium/m);
    assertMatch(output, /^1 passed, 0 failed, 1 skipped$/m);
  });

  it("fails over a runtime that is missing in CI", async () => {
    const { exitCode, output } = await run(
      "passing",
      ["node", "chromium"],
      { ...nowhere, CI: "true" },
    );
    assertEquals(exitCode, 1, output);
    assertMatch(output, /^FAILED chromium: not found\. Install Chromium/m);
    assertMatch(output, /^1 passed, 1 failed, 0 skipped$/m);
  });

  it("skips a test whose tool is missing, and names the tool", async () => {
    const { exitCode, output } = await run("missing", ["servers"]);
    assertEquals(exitCode, 0, output);
    assertMatch(output, /^SKIPPED servers: 2 tests\. .*abacus.*Buy one\.$/m);
    assertMatch(output, /^1 passed, 0 failed, 2 skipped$/m);
  });

  it("fails a test whose tool is missing in CI", async () => {
    const { exitCode, output } = await run("missing", ["servers"], {
      CI: "true",
    });
    assertEquals(exitCode, 1, output);
    assertMatch(output, /^1 passed, 2 failed, 0 skipped$/m);
  });

  it("names what it leaves to npm run test:all", async () => {
    const { exitCode, output } = await run("passing", []);
    assertEquals(exitCode, 0, output);
    assertMatch(output, /^SKIPPED chromium, .*: npm run test:all /m);
    assertMatch(output, /^4 passed, 0 failed, [1-9]\d* skipped$/m);
  });

  for (const name of ["deno", "node", "workerd"]) {
    it(`ends ${name} when it hangs, and names the test`, async () => {
      const output = await failing("hanging", name, "--stall", "10");
      const message = `Cannot finish ${name}: it stood .* now in .*never ends`;
      assertMatch(output, new RegExp(message));
      assertMatch(output, /^0 passed, 1 failed, 0 skipped$/m);
    });
  }

  it("names the file that leaves something open, and goes on", async () => {
    const output = await failing("open", "servers");
    assertMatch(output, /LEFT OPEN after the last test: .*TCPServerWrap/);
    assertStringIncludes(output, "fixtures/open/servers/case_test.ts");
    assertNotMatch(output, /Cannot finish/);
  });
});
