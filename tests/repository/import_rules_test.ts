/** Proves the import rules that keep the halves of the library apart. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { build } from "esbuild";
import { globSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../runtimes/names.ts";
import { execute, installed } from "../runtimes/processes.ts";

const library = globSync("{mod.ts,{wire,reader,writer}/**/*.ts}", {
  cwd: root,
}).map(normalize).sort();

interface Import {
  from: string;
  /** The path in the repository, or the name of what lies outside. */
  to: string;
}

function normalize(path: string): string {
  return path.replaceAll("\\", "/");
}

/** Every import of the library, those of types too, which bundlers leave out. */
async function readImports(): Promise<Import[]> {
  const imports: Import[] = [];
  const seen = new Set<string>();
  // One call covers all that the file reaches: mod.ts comes first.
  for (const file of ["mod.ts", ...library]) {
    if (seen.has(file)) continue;
    const { exitCode, output } = await execute(installed("deno") ?? "deno", [
      "info",
      "--json",
      file,
    ]);
    if (exitCode !== 0) throw new Error(output);
    const { modules } = JSON.parse(output) as ModuleGraph;
    for (const { specifier, dependencies = [] } of modules) {
      const from = place(specifier);
      if (seen.has(from)) continue;
      seen.add(from);
      for (const { code, type, specifier } of dependencies) {
        const target = code?.specifier ?? type?.specifier ?? specifier;
        imports.push({ from, to: place(target) });
      }
    }
  }
  return imports;
}

interface ModuleGraph {
  modules: {
    specifier: string;
    dependencies?: {
      specifier: string;
      code?: { specifier?: string };
      type?: { specifier?: string };
    }[];
  }[];
}

function place(specifier: string): string {
  if (!specifier.startsWith("file:")) return specifier;
  return normalize(relative(root, fileURLToPath(specifier)));
}

const folderOf = (path: string) => path.split("/", 1)[0];

/** A file's source without its comments, which may speak of anything. */
function codeOf(file: string): string {
  return readFileSync(join(root, file), "utf8")
    .replaceAll(/\/\*[^]*?\*\//g, "")
    .replaceAll(/(^|\s)\/\/.*$/gm, "");
}

function linesWith(pattern: RegExp, files: readonly string[]): string[] {
  return files.flatMap((file) =>
    codeOf(file).split("\n")
      .filter((line) => pattern.test(line))
      .map((line) => `${file}: ${line.trim()}`)
  );
}

/** Which of the library's files a bundle of one entry holds. */
async function bundled(entry: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    platform: "browser",
    tsconfigRaw: {},
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  return Object.keys(metafile.inputs);
}

describe("the library's imports", () => {
  let imports: Promise<Import[]> | undefined;

  async function offenders(rule: (edge: Import) => boolean): Promise<string[]> {
    imports ??= readImports();
    return (await imports).filter((edge) => !rule(edge))
      .map(({ from, to }) => `${from} imports ${to}`);
  }

  it("name no module outside the library", async () => {
    assertEquals(await offenders(({ to }) => library.includes(to)), []);
  });

  it("of wire/ stay in wire/", async () => {
    const rule = ({ from, to }: Import) =>
      folderOf(from) !== "wire" || folderOf(to) === "wire";
    assertEquals(await offenders(rule), []);
  });

  it("of reader/ and writer/ stay there or go to wire/", async () => {
    const rule = ({ from, to }: Import) => {
      const own = folderOf(from);
      if (own !== "reader" && own !== "writer") return true;
      return [own, "wire"].includes(folderOf(to) ?? "");
    };
    assertEquals(await offenders(rule), []);
  });

  it("go to a mod.ts from the root's mod.ts alone", async () => {
    const rule = ({ from, to }: Import) =>
      from === "mod.ts" || !to.endsWith("mod.ts");
    assertEquals(await offenders(rule), []);
  });
});

describe("the library's sources", () => {
  it("re-export in a mod.ts alone", () => {
    const internal = library.filter((file) => !file.endsWith("mod.ts"));
    const pattern = /^export (type )?\{[^}]*\} from /m;
    const found = internal.filter((file) => pattern.test(codeOf(file)));
    assertEquals(found, []);
  });

  it("list what they export, never export *", () => {
    assertEquals(linesWith(/\bexport\s*\*/, library), []);
  });

  it("of the scanner and the parser know no streams and no promises", () => {
    const core = library.filter((file) =>
      ["reader/scanner.ts", "reader/parser.ts"].includes(file)
    );
    const pattern =
      /\b(ReadableStream|WritableStream|TransformStream|Promise|async|await)\b/;
    assertEquals(linesWith(pattern, core), []);
  });

  it("name no runtime and write no log", () => {
    assertEquals(linesWith(/\b(Deno|Bun|navigator|console)\b/, library), []);
  });
});

describe("a bundle", () => {
  for (const [own, other] of [["writer", "reader"], ["reader", "writer"]]) {
    it(`of ${own}/mod.ts holds nothing of ${other}/`, async () => {
      const files = await bundled(`${own}/mod.ts`);
      assertEquals(files.filter((file) => folderOf(file) === other), []);
    });
  }
});
