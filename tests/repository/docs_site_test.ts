/** Builds the site of the guides and the reference, and follows its links. */
import { assert, assertEquals } from "@std/assert";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
// Its test may take as long as a compiler.
import { it } from "node:test";
import { inFolder } from "../driving/folders.ts";
import { root } from "../runtimes/names.ts";
import { execute, nodePath } from "../runtimes/processes.ts";

const isInstalled = existsSync(join(root, "docs/site/node_modules/typedoc"));

it("the site has a page for each guide and entry, and no broken link", async (t) => {
  if (!isInstalled && !process.env["CI"]) {
    t.skip("typedoc is not installed: run npm run docs");
    return;
  }
  if (!isInstalled) {
    const args = ["ci", "--prefix", "docs/site", "--no-audit", "--no-fund"];
    const { exitCode, output } = await execute("npm", args);
    assertEquals(exitCode, 0, output);
  }
  await inFolder(assertSite);
});

async function assertSite(folder: string): Promise<void> {
  const { exitCode, output } = await execute(nodePath() ?? "node", [
    "docs/site/build.ts",
    folder,
  ]);
  assertEquals(exitCode, 0, output);

  const pages = globSync("**/*.html", { cwd: folder });
  const count = (kind: string) =>
    pages.filter((page) => dirname(page) === kind).length;
  assertEquals(count("modules"), 5);
  const guides = globSync("docs/*.md", { cwd: root });
  assertEquals(count("documents"), guides.length + 4);
  assert(
    existsSync(join(folder, "interfaces/_tributary_multipart.PartReader.html")),
  );

  const broken: string[] = [];
  for (const page of pages) {
    const html = readFileSync(join(folder, page), "utf8");
    // typedoc's name for a parameter without a name.
    assert(!html.includes("__namedParameters"), page);
    const ids = idsOf(html);
    for (
      const [, target = ""] of html.matchAll(/ (?:href|src)="([^"]*)"/g)
    ) {
      if (/^([a-z]+:|#$)/.test(target)) continue;
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : join(
        dirname(page),
        decodeURIComponent(path),
        path.endsWith("/") ? "index.html" : "",
      );
      if (!existsSync(join(folder, file))) broken.push(`${page}: ${target}`);
      else if (anchor) {
        const found = path === ""
          ? ids
          : idsOf(readFileSync(join(folder, file), "utf8"));
        if (!found.has(decodeURIComponent(anchor).toLowerCase())) {
          broken.push(`${page}: ${target}`);
        }
      }
    }
  }
  assertEquals([...new Set(broken)], []);
}

function idsOf(html: string): Set<string> {
  return new Set(
    [...html.matchAll(/ id="([^"]*)"/g)].map(([, id = ""]) => id.toLowerCase()),
  );
}
