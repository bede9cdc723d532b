/**
 * Proves that loading a test file starts nothing. What starts on loading also
 * starts where no test of the file runs, and then nothing ends it.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { globSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { inFolder } from "../driving/folders.ts";
import { root } from "../runtimes/names.ts";
import { execute, nodePath } from "../runtimes/processes.ts";
import { runtimes } from "../runtimes/runtimes.ts";

interface Loaded {
  /** What each file started. */
  started: Record<string, string[]>;
  /** The temporary folders that they left. */
  folders: string[];
}

async function load(files: readonly string[]): Promise<Loaded> {
  return await inFolder(async (folder) => {
    const { exitCode, output } = await execute(nodePath() ?? "node", [
      "--disable-warning=ExperimentalWarning",
      "--import=./tests/runtimes/node_hooks.ts",
      "tests/repository/module_level/load.ts",
      ...files,
    ], { env: { TMPDIR: folder, TEMP: folder, TMP: folder } });
    assertEquals(exitCode, 0, output);
    const json = output.trimEnd().split("\n").at(-1) ?? "";
    const caches = /^node-compile-cache$/;
    const folders = (await readdir(folder)).filter((name) =>
      !caches.test(name)
    );
    return { started: JSON.parse(json), folders };
  });
}

const driven = runtimes.filter(({ isNeutral }) => !isNeutral);

describe("loading test files", () => {
  for (const { name, folders } of driven) {
    it(`of the suite "${name}" starts nothing`, async () => {
      const files = globSync(
        folders.map((folder) => `tests/${folder}/**/*_test.ts`),
        { cwd: root },
      ).sort();
      assert(files.length > 0);
      assertEquals(await load(files), { started: {}, folders: [] });
    });
  }

  it("is seen to start what it starts", async () => {
    const names = ["server", "process", "waited", "folder", "nothing"];
    const [server = "", child = "", waited = "", ...rest] = names.map((name) =>
      `tests/repository/module_level/fixtures/${name}.ts`
    );
    const { started, folders } = await load([server, child, waited, ...rest]);
    assertEquals(Object.keys(started), [server, child, waited]);
    assert(started[server]?.includes("TCPSERVERWRAP"));
    assert(started[child]?.includes("PROCESSWRAP"));
    assertEquals(started[waited], ["spawnSync"]);
    assertEquals(folders.length, 1);
  });
});
