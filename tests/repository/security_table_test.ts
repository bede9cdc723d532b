/** Proves that the tests and limits in SECURITY.md exist. */
import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../runtimes/names.ts";
import { execute, installed } from "../runtimes/processes.ts";
import { resolveLimits } from "../../wire/limits.ts";

const text = readFileSync(join(root, "SECURITY.md"), "utf8");

/**
 * The rows of the last table: a class of attack, and the files that test it.
 */
const rows = [...text.matchAll(/^\| (T\d+) ([^|]*?) *\|(.*)\|$/gm)].map(
  ([, id = "", name = "", rest = ""]) => ({
    id,
    name,
    files: [...rest.matchAll(/`(tests\/[^`]+)`/g)].map(([, file = ""]) => file),
  }),
);

describe("SECURITY.md", () => {
  it("has each class of attack once, in order", () => {
    const numbers = [
      ...Array.from({ length: 19 }, (_, at) => at + 1),
      20,
      21,
      22,
      23,
      24,
    ];
    assertEquals(rows.map(({ id }) => id), numbers.map((n) => `T${n}`));
  });

  it("names tests that are there, each class by its name", () => {
    for (const { id, name, files } of rows) {
      assertEquals(files.filter((file) => !existsSync(join(root, file))), []);
      const [first = ""] = files;
      assertMatch(first, /^tests\/threats\//, id);
      const source = readFileSync(join(root, first), "utf8");
      assertMatch(source, new RegExp(`^describe\\("${id} ${name}\\b`, "m"));
    }
  });

  it("names all of tests/threats/", () => {
    const named = rows.flatMap(({ files }) => files);
    const there = globSync("tests/threats/*_test.ts", { cwd: root })
      .map((file) => file.replaceAll("\\", "/"));
    assertEquals(there.filter((file) => !named.includes(file)), []);
  });

  it("names every limit", () => {
    const named = [...text.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name);
    assertEquals(named.sort(), Object.keys(resolveLimits()).sort());
  });

  it("has an example that runs", async () => {
    const { exitCode, output } = await execute(installed("deno") ?? "deno", [
      "test",
      "--doc",
      "--no-prompt",
      "--import-map=tests/runtimes/check_imports.json",
      "SECURITY.md",
    ]);
    assertEquals(exitCode, 0, output);
    assertMatch(output, /ok \| 1 passed/);
  });
});
