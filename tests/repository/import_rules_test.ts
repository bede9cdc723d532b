/** Proves the import rules that keep the halves of the library separate. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { build } from "esbuild";
import { globSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../runtimes/names.ts";
import { execute, installed } from "../runtimes/processes.ts";

const library = globSync("{mod.ts,{wire,reader,writer,storage}/**/*.ts}", {
  cwd: root,
}).map(normalize).sort();

interface Import {
  from: string;
  /** The path in the repository, or the name of an external module. */
  to: string;
}

function normalize(path: string): string {
  return path.replaceAll("\\", "/");
}

/**
 * Returns every import of the library, including type imports, which bundlers
 * leave out.
 */
async function readImports(): Promise<Import[]> {
  const imports: Import[] = [];
  const seen = new Set<string>();
  // One call covers all files that this file reaches, so mod.ts comes first.
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

/**
 * The folders of the library, each with the folders that its files may import
 * from besides their own. The public files are directly in `reader/` and
 * `writer/`.
 */
const rooms: Readonly<Record<string, readonly string[]>> = {
  "wire": [],
  "wire/codec": ["wire"],
  "reader/parse": ["wire"],
  "reader/body": ["wire", "wire/codec", "reader/parse"],
  "reader": ["wire", "wire/codec", "reader/parse", "reader/body"],
  "reader/form": ["wire", "reader/parse", "reader/body", "reader"],
  "storage": ["reader", "reader/form"],
  "writer/part": ["wire", "wire/codec"],
  "writer/body": ["wire", "wire/codec", "writer/part"],
  "writer": [
    "wire",
    "wire/codec",
    "writer/part",
    "writer/body",
  ],
  "writer/ranges": ["wire", "writer/part", "writer/body", "writer"],
  "writer/live": ["wire", "writer/part", "writer/body", "writer"],
};

const roomOf = (path: string) =>
  path.slice(0, Math.max(0, path.lastIndexOf("/")));

/** The only exception: a part creates the reader of its own parts. */
const isNesting = ({ from, to }: Import) =>
  from === "reader/part_reader.ts" && to === "reader/multipart_reader.ts";

/** Returns files that import each other in a cycle of any length, or `[]`. */
function circles(edges: readonly Import[]): string[] {
  const targets = Map.groupBy(edges, ({ from }) => from);
  const reach = (start: string): Set<string> => {
    const seen = new Set<string>();
    const queue = [start];
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      for (const { to } of targets.get(file) ?? []) {
        if (seen.has(to)) continue;
        seen.add(to);
        queue.push(to);
      }
    }
    return seen;
  };
  return [...targets.keys()].filter((file) => reach(file).has(file)).sort();
}

/** Returns a file's source without its comments. */
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

/** Returns the library's files in a bundle of one entry. */
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

  it("name no module outside the library, but node: in storage/", async () => {
    const rule = ({ from, to }: Import) =>
      library.includes(to) ||
      folderOf(from) === "storage" && to.startsWith("node:");
    assertEquals(await offenders(rule), []);
  });

  it("go from room to room one way", async () => {
    const rule = ({ from, to }: Import) => {
      const [room, target] = [roomOf(from), roomOf(to)];
      if (from.endsWith("mod.ts") || room === target) return true;
      if (to.startsWith("node:")) return true;
      return rooms[room]?.includes(target) ?? false;
    };
    assertEquals(await offenders(rule), []);
  });

  it("of a mod.ts stay in its half", async () => {
    const rule = ({ from, to }: Import) => {
      const own = folderOf(from);
      if (own !== "reader" && own !== "writer") return true;
      return [own, "wire"].includes(folderOf(to) ?? "");
    };
    assertEquals(await offenders(rule), []);
  });

  it("form no circle but that of a part and its reader", async () => {
    imports ??= readImports();
    const all = await imports;
    assertEquals(circles(all.filter((edge) => !isNesting(edge))), []);
    assertEquals(all.filter(isNesting).length, 1);
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

  it("of reader/parse/ know no streams and no promises", () => {
    const core = library.filter((file) => file.startsWith("reader/parse/"));
    const pattern =
      /\b(ReadableStream|WritableStream|TransformStream|Promise|isPromise|async|await)\b/;
    assertEquals(linesWith(pattern, core), []);
  });

  it("name no runtime but to write files, and write no log", () => {
    const pattern = /\b(Deno|Bun|navigator|console)\b/;
    // A disk that stalls would block Deno's `node:fs`, and with it the server.
    const allowed = [
      'storage/disk.ts: const own = Reflect.get(globalThis, "Deno")?.open;',
    ];
    assertEquals(linesWith(pattern, library), allowed);
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
