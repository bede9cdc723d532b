/**
 * Makes the site of the guides and the reference, in the folder `site`:
 *
 *     npm run docs
 *
 * The guides are copied first: in the copies, links to what is not on the site
 * lead to the repository.
 */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { globSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, posix, resolve } from "node:path";
import process from "node:process";
import { inspectorPage } from "../../examples/inspector/build.ts";
import { absoluteLinks, tagUrl } from "../../scripts/absolute_links.ts";
import { root } from "../../scripts/compile.ts";
import { execute, nodePath } from "../../tests/runtimes/processes.ts";

const readme = "README.md";

/** What is read first; the rest of `docs/` follows by name. */
const first = [
  "quick_starts",
  "forms",
  "reading",
  "writing",
  "sending",
  "frameworks",
  "limits_and_errors",
  "live_pictures",
  "ranges",
  "protocols",
  "recipes",
  "examples",
].map((name) => `docs/${name}.md`);
const last = [
  "SECURITY.md",
  "CONTRIBUTING.md",
  "CODE_OF_CONDUCT.md",
  "CHANGELOG.md",
];
const found = globSync("docs/*.md", { cwd: root })
  .map((path) => path.replaceAll("\\", "/")).sort();
const guides = [
  ...new Set([...first.filter((path) => found.includes(path)), ...found]),
  ...last,
];
const pictures = [
  ...globSync("docs/**/*.{webp,png,svg}", { cwd: root }),
  "bench/chart.svg",
].map((path) => path.replaceAll("\\", "/"));

/** Copies the guides, with links that are right on the site. */
async function copyGuides(folder: string): Promise<void> {
  const kept = new Set([readme, ...guides, ...pictures]);
  for (const path of [readme, ...guides, ...pictures]) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    if (!path.endsWith(".md")) {
      await cp(join(root, path), join(folder, path));
      continue;
    }
    const text = await absoluteLinks(await readFile(join(root, path), "utf8"), {
      from: posix.dirname(path),
      isKept: (target) => kept.has(target),
    });
    await writeFile(
      join(folder, path),
      path === readme ? withoutTitle(text) : withTitle(text, path),
    );
  }
}

/** The site puts the project's name on top of this page. */
function withoutTitle(text: string): string {
  return text.replace(/^# .*\n/, "");
}

/** Says what a document is called in the navigation, and where it stands. */
function withTitle(text: string, path: string): string {
  const [, title = ""] = /^# (.*)$/m.exec(text) ?? [];
  const head = `title: ${JSON.stringify(title)}\nplace: ${
    guides.indexOf(path)
  }`;
  return `---\n${head}\n---\n${text}`;
}

/** Makes the site anew. */
export async function buildSite(out: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-docs-"));
  try {
    await copyGuides(folder);
    const require = createRequire(import.meta.url);
    const typedoc = join(
      dirname(require.resolve("typedoc/package.json")),
      "bin/typedoc",
    );
    const options = join(folder, "typedoc.json");
    await writeFile(
      options,
      JSON.stringify({
        extends: [join(root, "docs/site/typedoc.json")],
        readme,
        projectDocuments: guides,
        sourceLinkTemplate: `${await tagUrl()}/{path}#L{line}`,
        gitRevision: "unused",
        out,
      }),
    );
    const { exitCode, output } = await execute(nodePath() ?? "node", [
      typedoc,
      "--options",
      options,
    ]);
    if (exitCode !== 0) throw new Error(output);
    await writeFile(join(out, "inspector.html"), await inspectorPage());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const out = resolve(root, process.argv[2] ?? "site");
  await buildSite(out);
  console.log(`Made the site in ${out}`);
}
