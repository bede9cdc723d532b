/**
 * Proves what JSR checks when it scores the package, as far as files show it.
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { globSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../runtimes/names.ts";
import { execute, installed } from "../runtimes/processes.ts";

interface Manifest {
  version: string;
  exports: Record<string, string>;
  publish: { include: string[] };
}

const read = (name: string) => readFileSync(join(root, name), "utf8");
const manifest: Manifest = JSON.parse(read("deno.json"));

function named(path: string): string[] {
  const found = statSync(join(root, path)).isDirectory()
    ? globSync(`${path}/**/*.*`, { cwd: root })
    : [path];
  return found.map((file) => file.replaceAll("\\", "/"));
}

describe("JSR's package", () => {
  it("holds what publish.include names, and nothing else", async () => {
    const { exitCode, output } = await execute(installed("deno") ?? "deno", [
      "publish",
      "--dry-run",
      "--allow-dirty",
      // Another step of the gate checks the types.
      "--no-check",
    ]);
    assertEquals(exitCode, 0, output);
    const published = [...output.matchAll(/^ +(file:\S+) \(/gm)]
      .map(([, url = ""]) => relative(root, fileURLToPath(url)))
      .map((path) => path.replaceAll("\\", "/"));
    assertEquals(
      published.sort(),
      manifest.publish.include.flatMap(named).sort(),
    );
  });

  it("has a README with an example", () => {
    assert(manifest.publish.include.includes("README.md"));
    assertMatch(read("README.md"), /^```ts$/m);
  });

  for (const [entry, file] of Object.entries(manifest.exports)) {
    it(`documents its entry ${entry}, with an example`, () => {
      const [comment = ""] = /^\/\*\*[^]*?\*\//.exec(read(file)) ?? [];
      assertMatch(comment, /^ \* @module$/m);
      assertMatch(comment, /^ \* @example .+\n \* ```ts$/m);
    });
  }

  it("has a version that the CHANGELOG knows, or leads up to", () => {
    const headings = [...read("CHANGELOG.md").matchAll(/^## \[(.*?)\](.*)$/gm)];
    assert(headings.length > 0);
    for (const [, title = "", date = ""] of headings) {
      if (title === "Unreleased") assertEquals(date, "");
      else {assertMatch(
          `${title}${date}`,
          /^\d+[.]\d+[.]\d+ - \d{4}-\d\d-\d\d$/,
        );}
    }
    const [newest] = headings.map(([, title]) => title)
      .filter((title) => title !== "Unreleased");
    if (newest) assertEquals(newest, manifest.version);
  });
});
