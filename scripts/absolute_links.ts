/**
 * Makes the relative links of documents absolute, in place:
 *
 *     node scripts/absolute_links.ts README.md ...
 *
 * In the repository relative links are right: they lead to the same commit. The
 * registries show the documents without the files around them, so there the
 * links lead to the version's tag in the repository.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { root } from "./compile.ts";

/** Where the repository is, by its manifest. */
async function location(): Promise<{ web: string; version: string }> {
  const { repository, version } = JSON.parse(
    await readFile(join(root, "package.json"), "utf8"),
  );
  const web = repository.url.replace(/^git[+]/, "").replace(/[.]git$/, "");
  return { web, version };
}

/** A target within the repository, from a document in its root. */
const relative = /(?!#|[a-z][a-z0-9+.-]*:|\/)[^\s"'<>()]+/.source;

/** Makes the links of a document that stands in the repository's root absolute. */
export async function absoluteLinks(text: string): Promise<string> {
  const { web, version } = await location();
  const page = (path: string) =>
    `${web}/${path.endsWith("/") ? "tree" : "blob"}/v${version}/${path}`;
  const raw = web.replace("//github.com/", "//raw.githubusercontent.com/");
  const file = (path: string) => `${raw}/v${version}/${path}`;
  const link = RegExp(`(!?\\[[^\\]]*\\]\\()(${relative})(?=[ )])`, "g");
  const attribute = RegExp(` (href|src|srcset)="(${relative})"`, "g");
  const blocks = /(^```[^]*?^```$)/m;
  return text.split(blocks).map((piece) =>
    blocks.test(piece) ? piece : piece
      .replaceAll(
        link,
        (_, open: string, path: string) =>
          open + (open.startsWith("!") ? file(path) : page(path)),
      )
      .replaceAll(
        attribute,
        (_, name: string, path: string) =>
          ` ${name}="${name === "href" ? page(path) : file(path)}"`,
      )
  ).join("");
}

if (import.meta.main) {
  for (const name of process.argv.slice(2)) {
    const path = join(root, name);
    await writeFile(path, await absoluteLinks(await readFile(path, "utf8")));
  }
}
