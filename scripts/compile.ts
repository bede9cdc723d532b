/** Compiles the library to what npm's package holds: JavaScript and declarations. */
import { build, transform } from "esbuild";
import { readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

export const root: string = dirname(dirname(fileURLToPath(import.meta.url)));

/** The entries, as an import names them behind the package's name. */
export const entries = {
  ".": "mod",
  "./disk": "storage/disk",
  "./form": "reader/form/mod",
  "./reader": "reader/mod",
  "./writer": "writer/mod",
} as const;

/** The package's folder of bundles. */
export const bundlesFolder = "bundled";

/** What Node 20 runs as it is. */
const target = "es2022";

const options: ts.CompilerOptions = {
  rootDir: root,
  outDir: root,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  lib: [
    "lib.esnext.d.ts",
    "lib.dom.d.ts",
    "lib.dom.iterable.d.ts",
    "lib.dom.asynciterable.d.ts",
  ],
  // For storage/ alone, which imports node: modules.
  types: ["node"],
  strict: true,
  erasableSyntaxOnly: true,
  noImplicitOverride: true,
  rewriteRelativeImportExtensions: true,
  declaration: true,
  emitDeclarationOnly: true,
  newLine: ts.NewLineKind.LineFeed,
};

/**
 * Types that only the DOM's library has, and what they are where it is not: with
 * Node's types alone a declaration that names them would not compile.
 */
const domTypes = new Map([
  ["BlobPart", "(string | Blob | ArrayBuffer | ArrayBufferView<ArrayBuffer>)"],
  ["HeadersInit", 'NonNullable<RequestInit["headers"]>'],
]);

const writeOutDomTypes: ts.TransformerFactory<ts.SourceFile | ts.Bundle> = (
  context,
) => {
  function visit(node: ts.Node): ts.Node {
    if (ts.isTypeReferenceNode(node) && ts.isIdentifier(node.typeName)) {
      const text = domTypes.get(node.typeName.text);
      // An identifier is printed as it is, whatever it holds.
      if (text) return context.factory.createTypeReferenceNode(text);
    }
    return ts.visitEachChild(node, visit, context);
  }
  return (file) =>
    ts.isSourceFile(file) ? ts.visitNode(file, visit, ts.isSourceFile) : file;
};

/** Names the compiled files in a file's imports, instead of their sources. */
function rewriteImports(text: string): string {
  return text.replaceAll(
    /\b(from |import\(|import )"([.]{1,2}\/[^"]+)[.]ts"/g,
    '$1"$2.js"',
  );
}

/**
 * Completes a declaration file. A file that names disposables refers to their
 * library, because most projects name an older one. JSR does not allow such a
 * line, so the sources do not have it.
 */
function finishDeclarations(text: string): string {
  const rewritten = rewriteImports(text);
  return /\bAsyncDisposable\b/.test(text)
    ? `/// <reference lib="esnext.disposable" />\n${rewritten}`
    : rewritten;
}

export interface CompileOptions {
  /** Leaves the types unchecked, to get the declarations sooner. */
  noCheck?: boolean;
}

/** The declarations by their paths in the package, with forward slashes. */
export function compileDeclarations(
  { noCheck = false }: CompileOptions = {},
): Map<string, string> {
  const files = new Map<string, string>();
  const sources = Object.values(entries).map((path) =>
    join(root, `${path}.ts`)
  );
  const program = ts.createProgram(sources, { ...options, noCheck });
  const write: ts.WriteFileCallback = (path, text) => {
    const name = relative(root, path).replaceAll("\\", "/");
    files.set(name, finishDeclarations(text));
  };
  const { diagnostics } = program.emit(
    undefined,
    write,
    undefined,
    false,
    { afterDeclarations: [writeOutDomTypes] },
  );
  const problems = noCheck
    ? diagnostics
    : [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (problems.length > 0) throw new Error(describe(problems));
  return files;
}

/**
 * The library's JavaScript, a module for each source, by their paths in the
 * package. The comments stay in the declarations, where editors show them.
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
 * The library's JavaScript in one file for each entry, over shared chunks, by
 * their paths in the package. A runtime loads them in a third of the time that
 * a hundred modules take.
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

/** Removes the documentation that esbuild leaves within classes. */
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

/** What the compiler found, as it prints it. */
function describe(problems: readonly ts.Diagnostic[]): string {
  return ts.formatDiagnostics(problems, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => root,
    getNewLine: () => "\n",
  });
}
