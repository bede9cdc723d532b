/** Runs the neutral tests while V8 counts what they reach. */
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { root } from "../runtimes/names.ts";
import { execute, installed, runNode } from "../runtimes/processes.ts";
import { runtimes } from "../runtimes/runtimes.ts";

/**
 * Left out are tests with random input, which reach a branch only in some runs,
 * and tests that compare times or take long, since counting slows them several
 * times.
 */
const leftOut = new Set([
  "tests/fuzz/fuzz_test.ts",
  "tests/threats/t03_quadratic_scan_test.ts",
  "tests/threats/t04_header_cpu_test.ts",
  "tests/threats/t07_preamble_epilogue_test.ts",
  "tests/threats/t16_base64_cpu_test.ts",
  "tests/threats/t19_ranges_test.ts",
  "tests/writer/round_trip_test.ts",
]);

/** Branches that only Node's own messages reach. */
const onNodeAlone = ["tests/servers/incoming_message_test.ts"];

/**
 * In milliseconds. A loaded machine takes three times as long as an idle one.
 */
const timeLimit = 30 * 60_000;

/** The test files to count on a runtime whose names contain the text. */
export function testFiles(runtime: "node" | "deno", text: string): string[] {
  const folders = runtimes.find(({ name }) => name === runtime)?.folders ?? [];
  const files = globSync(
    folders.map((folder) => `tests/${folder}/**/*_test.ts`),
    { cwd: root },
  ).map((file) => file.replaceAll("\\", "/"));
  return [...files, ...(runtime === "node" ? onNodeAlone : [])]
    .filter((file) => file.includes(text) && !leftOut.has(file))
    .sort();
}

/** The library's files, relative to the root of the repository. */
export function libraryFiles(): string[] {
  return globSync("{wire,reader,writer}/**/*.ts", { cwd: root })
    .map((file) => file.replaceAll("\\", "/"))
    .sort();
}

/** Returns the name of the library's file for a script's URL. */
export type FileOf = (url: string) => string | undefined;

export interface Run {
  /** The runtime's output if the run failed, or undefined. */
  readonly failure: string | undefined;
  readonly fileOf: FileOf;
}

/** Node strips types in place, so V8's offsets are those of the source. */
export async function countOnNode(
  tests: readonly string[],
  profiles: string,
): Promise<Run> {
  const fileOf: FileOf = (url) => nameIn(pathToFileURL(root).href, url, ".ts");
  if (tests.length === 0) return { failure: undefined, fileOf };
  process.env["NODE_V8_COVERAGE"] = profiles;
  const signal = AbortSignal.timeout(timeLimit);
  const { failed, details } = await runNode(
    tests.map((test) => `./${test}`),
    "",
    { signal },
  );
  return { failure: failed > 0 ? details : undefined, fileOf };
}

/**
 * Deno compiles TypeScript to different JavaScript. So it runs a copy whose
 * types were stripped as Node does it: each position keeps its offset in the
 * source.
 */
export async function countOnDeno(
  tests: readonly string[],
  profiles: string,
  copy: string,
): Promise<Run> {
  const fileOf: FileOf = (url) =>
    nameIn(`${pathToFileURL(copy).href}/`, url, ".js");
  if (tests.length === 0) return { failure: undefined, fileOf };
  const importMap = writeCopy(copy);
  const deno = installed("deno");
  if (!deno) throw new Error("Cannot run the tests: Deno is not installed");
  const { exitCode, output } = await execute(deno, [
    "test",
    "--no-prompt",
    "--no-check",
    `--import-map=${importMap}`,
    `--coverage=${profiles}`,
    "--coverage-raw-data-only",
    ...tests,
  ], { signal: AbortSignal.timeout(timeLimit) });
  return { failure: exitCode === 0 ? undefined : output, fileOf };
}

function nameIn(
  base: string,
  url: string,
  extension: string,
): string | undefined {
  return url.startsWith(base) && url.endsWith(extension)
    ? `${url.slice(base.length, -extension.length)}.ts`
    : undefined;
}

/** Writes the library as JavaScript, and an import map for it. */
function writeCopy(copy: string): string {
  const original = join(root, "tests/runtimes/npm_imports.json");
  const { imports: names }: { imports: Record<string, string> } = JSON.parse(
    readFileSync(original, "utf8"),
  );
  const imports: Record<string, string> = {
    "@tributary/multipart": copyOf("mod.ts"),
    "@tributary/multipart/reader": copyOf("reader/mod.ts"),
    "@tributary/multipart/writer": copyOf("writer/mod.ts"),
  };
  for (const [name, path] of Object.entries(names)) {
    imports[name] = new URL(path, pathToFileURL(original)).href;
  }
  for (const file of ["mod.ts", ...libraryFiles()]) {
    const source = readFileSync(join(root, file), "utf8");
    const script = stripTypeScriptTypes(source)
      // Keeps the length, so that no offset changes.
      .replaceAll(/(?<=from "\.[^"]*)\.ts(?=")/g, ".js");
    if (script.length !== source.length) {
      throw new Error(`Cannot count in ${file}: without types it is shorter`);
    }
    const url = copyOf(file);
    mkdirSync(dirname(fileURLToPath(url)), { recursive: true });
    writeFileSync(new URL(url), script);
    // For tests that import a file by its path.
    imports[pathToFileURL(join(root, file)).href] = url;
  }
  const path = join(copy, "imports.json");
  writeFileSync(path, JSON.stringify({ imports }));
  return path;

  function copyOf(file: string): string {
    return pathToFileURL(join(copy, file.replace(/\.ts$/, ".js"))).href;
  }
}
