import { assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { lstatSync, readFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { git, pathOf } from "../driving/commands.ts";
import { root } from "../runtimes/names.ts";
import { execute } from "../runtimes/processes.ts";

/** Returns folders of this machine that no file should name. */
function foldersOfThisMachine(): string[] {
  const checkout = resolve(root);
  // A checkout may be in a folder that any text may name, such as /tmp.
  const common = ["/", resolve(tmpdir()), "/usr", "/home", "/opt", "/srv"];
  const folders = [dirname(checkout), homedir()].map((path) => resolve(path))
    .filter((folder) => !common.includes(folder));
  return [checkout, ...folders.map((folder) => `${folder}/`)];
}

it("no file of the repository names a folder of this machine", async () => {
  const { output } = await execute(pathOf(git), [
    "ls-files",
    "--cached",
    "--others",
    "--exclude-standard",
    "-z",
  ]);
  const folders = foldersOfThisMachine();
  const found = output.split("\0").filter((file) => {
    const path = join(root, file);
    if (!lstatSync(path, { throwIfNoEntry: false })?.isFile()) return false;
    const text = readFileSync(path, "utf8");
    return folders.some((folder) => text.includes(folder));
  });
  assertEquals(found, []);
});
