/** Compiles the library for the npm package, to JavaScript and declarations. */
import { build, transform } from "esbuild";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, posix, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const root: string = dirname(dirname(fileURLToPath(import.meta.url)));

/** The entries, by the path in an import after the package's name. */
export const entries = {
  ".": "mod",
  "./disk": "storage/disk",
  "./form": "reader/form/mod",
  "./reader": "reader/mod",
  "./writer": "writer/mod",
} as const;

/** The package's folder of bundles. */
export const bundlesFolder = "bundled";

/** The package's folder of sources, which the declarations are mapped to. */
export const sourcesFolder = "src";

/** The syntax that Node 20 runs. */
const target = "es2022";

const compilerOptions = {
  rootDir: root,
  target,
  module: "nodenext",
  lib: ["esnext", "dom", "dom.iterable", "dom.asynciterable"],
  // Only for storage/, which imports node: modules.
  types: ["node"],
  typeRoots: [join(root, "node_modules/@types")],
  strict: true,
  erasableSyntaxOnly: true,
  noImplicitOverride: true,
  rewriteRelativeImportExtensions: true,
  declaration: true,
  emitDeclarationOnly: true,
  newLine: "lf",
};

export interface DeclarationOptions {
  /** Skips checking the types, to get the declarations faster. */
  noCheck?: boolean;
  /** Removes the documentation. */
  removeComments?: boolean;
  /** Makes a source map for each file. */
  declarationMap?: boolean;
}

/**
 * Returns the declarations by their paths in the package, with forward slashes.
 *
 * TypeScript runs as a command: version 7 has no JavaScript API.
 */
export async function compileDeclarations(
  options: DeclarationOptions = {},
): Promise<Map<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-types-"));
  try {
    const outDir = join(folder, "out");
    const config = join(folder, "tsconfig.json");
    const files = Object.values(entries).map((path) =>
      join(root, `${path}.ts`)
    );
    await writeFile(
      config,
      JSON.stringify({
        compilerOptions: { ...compilerOptions, ...options, outDir },
        files,
      }),
    );
    await runCompiler("-p", config);
    return await readDeclarations(outDir);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs `tsc`. If it fails, throws its output. */
async function runCompiler(...args: string[]): Promise<void> {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve("typescript/package.json");
  const tsc = join(dirname(manifest), "bin/tsc");
  await promisify(execFile)(process.execPath, [tsc, ...args], { cwd: root })
    .catch(({ stdout, stderr }) => {
      throw new Error(`Cannot make declarations:\n${stdout}${stderr}`);
    });
}

async function readDeclarations(
  folder: string,
): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of found.filter((entry) => entry.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).replaceAll("\\", "/");
    const text = await readFile(path, "utf8");
    if (name.endsWith(".d.ts")) files.set(name, finishDeclarations(text));
    else {
      const declarations = await readFile(path.slice(0, -".map".length));
      const isShifted = namesDisposables(declarations.toString());
      files.set(name, finishMap(name, text, isShifted));
    }
  }
  return files;
}

/**
 * Types that only the DOM library has, and their replacements elsewhere. With
 * only Node's types, a declaration that names them would not compile.
 */
const domTypes = new Map([
  ["BlobPart", "(string | Blob | ArrayBuffer | ArrayBufferView<ArrayBuffer>)"],
  ["HeadersInit", 'NonNullable<RequestInit["headers"]>'],
]);

/** Whether a declaration file uses a type that older libraries lack. */
const namesDisposables = (text: string) => /\bAsyncDisposable\b/.test(text);

/**
 * Completes a declaration file. A file that names disposables refers to their
 * library, because most projects name an older one. JSR does not allow such a
 * line, so the sources do not have it.
 */
function finishDeclarations(text: string): string {
  const names = [...domTypes.keys()].join("|");
  const rewritten = rewriteImports(text)
    .split("\n")
    .map((line) =>
      /^\s*(\/?\*|\/\/)/.test(line) ? line : line.replaceAll(
        RegExp(`(?<![\\w.])(${names})\\b`, "g"),
        (name) => domTypes.get(name) ?? name,
      )
    )
    .join("\n");
  return namesDisposables(text)
    ? `/// <reference lib="esnext.disposable" />\n${rewritten}`
    : rewritten;
}

/** Points a declaration file's map at the package's copy of the source. */
function finishMap(name: string, text: string, isShifted: boolean): string {
  const source = name.replace(/[.]d[.]ts[.]map$/, ".ts");
  const map: { mappings: string } = JSON.parse(text);
  return JSON.stringify({
    ...map,
    sources: [posix.relative(dirname(name), `${sourcesFolder}/${source}`)],
    // A line for the reference to the library of disposables.
    mappings: `${isShifted ? ";" : ""}${map.mappings}`,
  });
}

/**
 * Returns the sources that the declarations' maps point to, by their paths in
 * the package. "Go to definition" in an editor opens them. Nothing imports
 * them.
 */
export async function readSources(
  declarations: Iterable<string>,
): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const declaration of declarations) {
    if (!declaration.endsWith(".d.ts")) continue;
    const path = declaration.replace(/[.]d[.]ts$/, ".ts");
    const text = await readFile(join(root, path), "utf8");
    files.set(`${sourcesFolder}/${path}`, text);
  }
  return files;
}

/** Replaces the sources in a file's imports by the compiled files. */
function rewriteImports(text: string): string {
  return text.replaceAll(
    /\b(from |import\(|import )"([.]{1,2}\/[^"]+)[.]ts"/g,
    '$1"$2.js"',
  );
}

/**
 * Returns the library's JavaScript, with a module for each source, by their
 * paths in the package. The comments remain in the declarations, where editors
 * show them.
 */
export async function compileModules(): Promise<Map<string, string>> {
  const { metafile } = await bundleEntries();
  const files = new Map<string, string>();
  for (const path of Object.keys(metafile.inputs)) {
    const source = await readFile(join(root, path), "utf8");
    const { code } = await transform(source, {
      loader: "ts",
      target,
      tsconfigRaw: {},
      sourcefile: path,
    });
    const name = path.replace(/[.]ts$/, ".js");
    files.set(name, withoutDocs(rewriteImports(code)));
  }
  return files;
}

/**
 * Returns the library's JavaScript bundled, with a file for each entry and
 * shared chunks, by their paths in the package. A runtime loads them in a third
 * of the time of a hundred modules.
 */
export async function compileBundles(): Promise<Map<string, string>> {
  const { outputFiles } = await bundleEntries();
  return new Map(
    outputFiles.map(({ path, text }) => [
      relative(root, path).replaceAll("\\", "/"),
      withoutDocs(text),
    ]),
  );
}

/** Removes the documentation that esbuild leaves in classes. */
function withoutDocs(code: string): string {
  return code.replaceAll(/^[ \t]*\/\*\*[^]*?\*\/\n/gm, "");
}

async function bundleEntries() {
  return await build({
    absWorkingDir: root,
    entryPoints: Object.values(entries).map((path) => `${path}.ts`),
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "neutral",
    external: ["node:*"],
    target,
    tsconfigRaw: {},
    outbase: root,
    outdir: bundlesFolder,
    chunkNames: "chunk-[hash]",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
}
