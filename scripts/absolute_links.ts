/**
 * Makes the relative links in documents absolute, in place:
 *
 *     node scripts/absolute_links.ts README.md ...
 *
 * In the repository, relative links are right: they lead to the same commit.
 * The registries show the documents without the files around them, so there the
 * links lead to the version's tag in the repository.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join, posix } from "node:path";
import process from "node:process";
import { root } from "./compile.ts";

/** Returns the repository's address, as the manifest states it. */
async function location(): Promise<{ web: string; version: string }> {
  const { repository, version } = JSON.parse(
    await readFile(join(root, "package.json"), "utf8"),
  );
  const web = repository.url.replace(/^git[+]/, "").replace(/[.]git$/, "");
  return { web, version };
}

/** Returns the address of this version's files in a browser. */
export async function tagUrl(): Promise<string> {
  const { web, version } = await location();
  return `${web}/blob/v${version}`;
}

/** Matches a target within the repository, from a document in its root. */
const relative = /(?!#|[a-z][a-z0-9+.-]*:|\/)[^\s"'<>()]+/.source;

export interface LinkOptions {
  /** The document's folder in the repository. The default is the root. */
  from?: string;
  /** Whether a link to this path in the repository stays relative. */
  isKept?: (path: string) => boolean;
}

/** Makes a document's links into the repository absolute. */
export async function absoluteLinks(
  text: string,
  { from = "", isKept = () => false }: LinkOptions = {},
): Promise<string> {
  const { web, version } = await location();
  const raw = web.replace("//github.com/", "//raw.githubusercontent.com/");
  const absolute = (target: string, isShown: boolean): string => {
    const path = posix.join(from, target);
    if (isKept(path.replace(/#.*/, ""))) return target;
    if (isShown) return `${raw}/v${version}/${path}`;
    const isFolder = path.endsWith("/");
    return `${web}/${isFolder ? "tree" : "blob"}/v${version}/${path}`;
  };
  // A link's text may itself be a picture. A picture's text is plain.
  const link = RegExp(`(!\\[[^\\]]*\\]\\(|\\]\\()(${relative})(?=[ )])`, "g");
  const attribute = RegExp(` (href|src|srcset)="(${relative})"`, "g");
  const blocks = /(^```[^]*?^```$)/m;
  return text.split(blocks).map((piece) =>
    blocks.test(piece) ? piece : piece
      .replaceAll(
        link,
        (_, open: string, target: string) =>
          open + absolute(target, open.startsWith("!")),
      )
      .replaceAll(
        attribute,
        (_, name: string, target: string) =>
          ` ${name}="${absolute(target, name !== "href")}"`,
      )
  ).join("");
}

if (import.meta.main) {
  for (const name of process.argv.slice(2)) {
    const path = join(root, name);
    await writeFile(path, await absoluteLinks(await readFile(path, "utf8")));
  }
}
