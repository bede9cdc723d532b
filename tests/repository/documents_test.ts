/** Proves that the targets of links in the documents exist. */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { git, pathOf } from "../driving/commands.ts";
import { root } from "../runtimes/names.ts";
import { execute } from "../runtimes/processes.ts";

const read = (path: string) =>
  readFileSync(join(root, path), "utf8").replaceAll("\r\n", "\n");

/** Returns all Markdown files of the repository, including uncommitted ones. */
async function documents(): Promise<string[]> {
  const { output } = await execute(pathOf(git), [
    "ls-files",
    "--cached",
    "--others",
    "--exclude-standard",
    "-z",
    "*.md",
  ]);
  return output.split("\0").filter((path) =>
    path && existsSync(join(root, path))
  );
}

const withoutBlocks = (text: string) => text.replace(/^```[^]*?^```$/gm, "");
const withoutCode = (text: string) =>
  withoutBlocks(text).replace(/`[^`\n]*`/g, "");

/** Returns the targets of a document's links and images. */
function targetsOf(text: string): string[] {
  // A link's text may be code, but not its target.
  const links = withoutBlocks(text).matchAll(
    /\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g,
  );
  const attributes = withoutCode(text)
    .matchAll(/ (?:href|src|srcset)="([^"]+)"/g);
  return [...links, ...attributes].map(([, target = ""]) => target);
}

/**
 * Returns the anchors that GitHub, JSR and npm make of a document's headings.
 */
function anchorsOf(text: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutBlocks(text).matchAll(/^#+ (.*)$/gm)]
    .map(([, title = ""]) => {
      const slug = title.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase()
        .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, "").replaceAll(" ", "-");
      let anchor = slug;
      let count = seen.get(slug) ?? 0;
      // A heading's own anchor may look like that of a repeated heading.
      while (seen.has(anchor)) anchor = `${slug}-${++count}`;
      seen.set(slug, count).set(anchor, 0);
      return anchor;
    });
}

/** Returns what is wrong with a target, or undefined if it exists. */
function problemOf(document: string, target: string): string | undefined {
  if (/^(https?|mailto):/.test(target)) return undefined;
  const [path = "", anchor] = target.split("#");
  const file = path === ""
    ? document
    : join(dirname(document), decodeURIComponent(path));
  if (!existsSync(join(root, file))) return `${document}: no file ${target}`;
  if (anchor === undefined) return undefined;
  return anchorsOf(read(file)).includes(anchor)
    ? undefined
    : `${document}: no heading ${target}`;
}

describe("the documents", () => {
  it("link to files and headings that are there", async () => {
    const links = (await documents()).flatMap((document) =>
      targetsOf(read(document)).map((target) => ({ document, target }))
    );
    assert(links.length > 50, `${links.length} links were found`);
    const problems = links.map(({ document, target }) =>
      problemOf(document, target)
    );
    assertEquals(problems.filter(Boolean), []);
  });

  it("name files and folders that are there", async () => {
    const folders =
      /(?<![\w/.-])(?:bench|docs|examples|reader|scripts|tests|wire|writer|api)\/[\w./*{},-]*/g;
    const problems: string[] = [];
    for (const document of await documents()) {
      for (const [, code = ""] of read(document).matchAll(/`([^`\n]+)`/g)) {
        for (const [path] of code.matchAll(folders)) {
          const found = globSync(path, { cwd: root });
          if (found.length === 0) problems.push(`${document}: ${path}`);
        }
      }
    }
    assertEquals(problems, []);
  });

  it("name commands that there are", async () => {
    const { scripts } = JSON.parse(read("package.json"));
    const { tasks } = JSON.parse(read("deno.json"));
    const problems: string[] = [];
    for (const document of await documents()) {
      const text = read(document);
      for (
        const [line, run, short] of text.matchAll(
          /npm (?:run ([\w:]+)|(start|test)\b)/g,
        )
      ) {
        if (!((run ?? short ?? "") in scripts)) {
          problems.push(`${document}: ${line}`);
        }
      }
      for (const [line, name = ""] of text.matchAll(/deno task (\w+)/g)) {
        if (!(name in tasks)) problems.push(`${document}: ${line}`);
      }
    }
    assertEquals(problems, []);
  });

  it("draw classes and functions that the sources have", () => {
    const sources = globSync("{reader,wire,writer}/**/*.ts", { cwd: root })
      .map(read).join("\n");
    const drawings = [
      ...read("CONTRIBUTING.md").matchAll(/^```text$[^]*?^```$/gm),
    ];
    const names = drawings.flatMap(([drawing]) =>
      drawing.match(/\b(?:[A-Z][a-z]+|[a-z]+)(?:[A-Z][a-z0-9]+)+\b/g) ?? []
    );
    assert(names.length > 20, `${names.length} names were found`);
    const missing = [...new Set(names)].filter((name) =>
      !new RegExp(`\\b(?:class|function|interface|const) ${name}\\b`).test(
        sources,
      )
    );
    assertEquals(missing, []);
  });
});
