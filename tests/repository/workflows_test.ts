/** Proves that the repository's tools are known and up to date. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { git, pathOf } from "../driving/commands.ts";
import { root } from "../runtimes/names.ts";
import { execute } from "../runtimes/processes.ts";

const read = (path: string) =>
  readFileSync(join(root, path), "utf8").replaceAll("\r\n", "\n");

describe("the workflows", () => {
  it("name each action by a commit, and its version beside it", () => {
    const used = globSync(".github/workflows/*.yml", { cwd: root })
      .flatMap((path) => [...read(path).matchAll(/\buses: (.*)$/gm)])
      .map(([, action = ""]) => action)
      .filter((action) => !action.startsWith("./"));
    assert(used.length > 3, `${used.length} actions were found`);
    for (const action of used) {
      assertMatch(action, /^[\w./-]+@[0-9a-f]{40} # v\d+[.]\d+[.]\d+$/);
    }
    // Each action has one version, whichever workflow uses it.
    const names = new Set(used.map((action) => action.split("@")[0]));
    assertEquals(new Set(used).size, names.size);
  });

  it("have no more rights than they state", () => {
    for (const path of globSync(".github/workflows/*.yml", { cwd: root })) {
      assertMatch(read(path), /^permissions:\n {2}contents: read$/m, path);
    }
  });

  it("publish from the repository that the manifest names", () => {
    assertMatch(
      read(".github/workflows/publish.yml"),
      /test "\$url" = "git\+\$GITHUB_SERVER_URL\/\$GITHUB_REPOSITORY[.]git"/,
    );
  });
});

describe("Dependabot", () => {
  it("covers every lock file", async () => {
    const { output } = await execute(pathOf(git), [
      "ls-files",
      "--cached",
      "--others",
      "--exclude-standard",
      "*package-lock.json",
      "*yarn.lock",
      "*pnpm-lock.yaml",
      "*bun.lock",
      "*deno.lock",
    ]);
    const folders = output.trim().split("\n")
      .map((path) => join("/", dirname(path)).replaceAll("\\", "/"));
    const [, list = ""] =
      /package-ecosystem: npm\n +directories:\s*\[([^\]]*)\]/
        .exec(read(".github/dependabot.yml")) ?? [];
    const covered = [...list.matchAll(/"([^"]*)"/g)].map(([, path]) => path);
    assertEquals(covered.toSorted(), folders.toSorted());
  });
});
