/**
 * Builds the npm package from the sources, which JSR publishes unchanged:
 *
 *     node scripts/build_npm.ts [folder]
 *
 * The folder is replaced. The default is `dist`.
 */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { absoluteLinks } from "./absolute_links.ts";
import {
  bundlesFolder,
  compileBundles,
  compileDeclarations,
  compileModules,
  entries,
  readSources,
  root,
} from "./compile.ts";

/** The files of the package besides the compiled library. */
const texts = ["CHANGELOG.md", "LICENSE", "README.md"];

async function readJson(name: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(root, name), "utf8"));
}

/** The package's own package.json. The repository's is for development. */
async function manifest(): Promise<Record<string, unknown>> {
  const { name, version, license } = await readJson("deno.json");
  const { description, keywords, author, homepage, bugs, repository, funding } =
    await readJson("package.json");
  const exports = Object.entries(entries).map(([entry, path]) => [
    entry,
    // The first condition that applies counts, so types come first. Bundlers
    // set `module`, and leave out unused modules. Node, Deno and Bun do not set
    // it. Within one program all imports get the same files, whichever these
    // are, so that each class exists once.
    {
      types: `./${path}.d.ts`,
      module: `./${path}.js`,
      default: `./${bundlesFolder}/${path}.js`,
    },
  ]);
  return {
    name,
    version,
    description,
    keywords,
    license,
    author,
    homepage,
    bugs,
    repository,
    funding,
    type: "module",
    sideEffects: false,
    engines: { node: ">=20" },
    exports: {
      ...Object.fromEntries(exports),
      "./package.json": "./package.json",
    },
  };
}

export interface PackageOptions {
  /**
   * Whether to include declarations and the sources that they are mapped to.
   * These take ten times as long to make as the JavaScript.
   */
  types?: boolean;
}

/** Builds the package in a folder, from which everything else is removed. */
export async function buildPackage(
  folder: string,
  { types = true }: PackageOptions = {},
): Promise<void> {
  const declarations = types
    ? await compileDeclarations({ declarationMap: true })
    : new Map<string, string>();
  const files = new Map([
    ...declarations,
    ...await readSources(declarations.keys()),
    ...await compileModules(),
    ...await compileBundles(),
  ]);
  for (const name of texts) {
    const text = await readFile(join(root, name), "utf8");
    files.set(name, await absoluteLinks(text));
  }
  files.set("package.json", `${JSON.stringify(await manifest(), null, 2)}\n`);
  await rm(folder, { recursive: true, force: true });
  for (const [path, text] of files) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
  }
}

if (import.meta.main) {
  const folder = resolve(root, process.argv[2] ?? "dist");
  await buildPackage(folder);
  console.log(`Made the package in ${folder}`);
}
