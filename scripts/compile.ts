/** Compiles the library to what npm's package holds: JavaScript and declarations. */
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

export const root: string = dirname(dirname(fileURLToPath(import.meta.url)));

/** The entries, as an import names them behind the package's name. */
export const entries = {
  ".": "mod",
  "./reader": "reader/mod",
  "./writer": "writer/mod",
} as const;

const options: ts.CompilerOptions = {
  rootDir: root,
  outDir: root,
  // What Node 20 runs as it is.
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  lib: [
    "lib.esnext.d.ts",
    "lib.dom.d.ts",
    "lib.dom.iterable.d.ts",
    "lib.dom.asynciterable.d.ts",
  ],
  types: [],
  strict: true,
  erasableSyntaxOnly: true,
  noImplicitOverride: true,
  rewriteRelativeImportExtensions: true,
  declaration: true,
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

/**
 * Ends a declaration file. Its imports are rewritten as those of the JavaScript
 * are, which the compiler leaves out. One that names disposables asks for their
 * library: most projects name an older one. JSR allows no such line, so that the
 * sources have none.
 */
function finishDeclarations(text: string): string {
  const rewritten = text.replaceAll(
    /\b(from |import\()"([.]{1,2}\/[^"]+)[.]ts"/g,
    '$1"$2.js"',
  );
  return /\bAsyncDisposable\b/.test(text)
    ? `/// <reference lib="esnext.disposable" />\n${rewritten}`
    : rewritten;
}

export interface CompileOptions {
  /** Leaves the types unchecked, for who wants the declarations soon. */
  noCheck?: boolean;
}

/** The compiled files by their paths in the package, with forward slashes. */
export function compile(
  { noCheck = false }: CompileOptions = {},
): Map<string, string> {
  const files = new Map<string, string>();
  const sources = Object.values(entries).map((path) =>
    join(root, `${path}.ts`)
  );
  const program = ts.createProgram(sources, { ...options, noCheck });
  const write: ts.WriteFileCallback = (path, text) => {
    const name = relative(root, path).replaceAll("\\", "/");
    files.set(name, name.endsWith(".d.ts") ? finishDeclarations(text) : text);
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

/** What the compiler found, as it prints it. */
function describe(problems: readonly ts.Diagnostic[]): string {
  return ts.formatDiagnostics(problems, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => root,
    getNewLine: () => "\n",
  });
}
