/** Proves that the matrix lists the existing peers. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { kinds } from "../interop/composer.ts";
import { root } from "../runtimes/names.ts";
import { runtimes } from "../runtimes/runtimes.ts";

const page = readFileSync(join(root, "docs/peers.md"), "utf8");
const [, matrix = ""] = page.split(/<!-- \/?interop -->/);

const [columns = [], , ...rows] = matrix.trim().split("\n").map((line) =>
  line.split("|").slice(1, -1).map((cell) => cell.trim())
);

/** Returns the names in the peers' files, and the runtimes. */
function declaredPeers(): string[] {
  const names = globSync("tests/interop/peers/*_test.ts", { cwd: root })
    .map((file) => readFileSync(join(root, file), "utf8"))
    .flatMap((text) =>
      /^interop\(\{\n {2}name: "(.*)",$/m.exec(text)?.[1] ?? []
    );
  const natives = runtimes.filter(({ isNeutral }) => isNeutral)
    .map(({ name }) => `${name}'s FormData`);
  return [...names, ...natives].sort();
}

describe("the matrix of peers", () => {
  it("has a row for each peer, and none for another", () => {
    // A version follows the name.
    const named = rows.map(([peer = ""]) => peer.replace(/ \S+$/, ""));
    assertEquals([...new Set(named)].sort(), declaredPeers());
  });

  it("knows the name of every peer's file", () => {
    const files = globSync("tests/interop/peers/*_test.ts", { cwd: root })
      .filter((file) =>
        readFileSync(join(root, file), "utf8").includes("interop({")
      );
    const natives = runtimes.filter(({ isNeutral }) => isNeutral);
    assertEquals(files.length + natives.length, declaredPeers().length);
  });

  it("has a column for each kind of multipart, and no failure", () => {
    assertEquals(columns, ["peer", "direction", ...kinds]);
    const cells = rows.flatMap(([, , ...cells]) => cells);
    const odd = cells.filter((cell) => !/^(–|\d+(, \d+ differ)?)$/.test(cell));
    assertEquals(odd, []);
  });
});
