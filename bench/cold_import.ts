/**
 * Measures a cold import of npm's package, as it is installed, against a bundle
 * of the library in one file:
 *
 *     node bench/cold_import.ts [runs]
 *
 * Each run imports both in fresh processes, in turns, and the table has the
 * medians of their times in ms. The bar is 1.5 times the bundle.
 */
import { build } from "esbuild";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { buildPackage } from "../scripts/build_npm.ts";
import { root } from "../scripts/compile.ts";
import { installed, nodePath } from "../tests/runtimes/processes.ts";

const run = promisify(execFile);

/** What is imported, by what it is called in the table. */
const contenders = {
  package: "@tributary/multipart",
  bundle: "./library.mjs",
} as const;
type Contender = keyof typeof contenders;

/** A program that prints how long an import takes. */
const program = (specifier: string) =>
  `const start = performance.now();
await import("${specifier}");
console.log(performance.now() - start);
`;

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

async function measure(
  folder: string,
  command: string,
  args: readonly string[],
  runs: number,
): Promise<Record<Contender, number>> {
  const times: Record<Contender, number[]> = { package: [], bundle: [] };
  for (let round = 0; round < runs; round++) {
    for (const name of ["package", "bundle"] as const) {
      const { stdout } = await run(command, [...args, `${name}.mjs`], {
        cwd: folder,
      });
      times[name].push(Number(stdout));
    }
  }
  return { package: median(times.package), bundle: median(times.bundle) };
}

const runs = Number(process.argv[2] ?? 15);
const folder = await mkdtemp(join(tmpdir(), "tributary-import-"));
try {
  await buildPackage(join(folder, "node_modules", contenders.package));
  await build({
    absWorkingDir: root,
    entryPoints: ["mod.ts"],
    bundle: true,
    format: "esm",
    target: "es2022",
    tsconfigRaw: {},
    outfile: join(folder, "library.mjs"),
  });
  await writeFile(join(folder, "package.json"), `{ "type": "module" }\n`);
  for (const [name, specifier] of Object.entries(contenders)) {
    await writeFile(join(folder, `${name}.mjs`), program(specifier));
  }
  const commands = [
    ["Node", nodePath(), []],
    ["Deno", installed("deno"), ["run", "--no-prompt"]],
    ["Bun", installed("bun"), []],
  ] as const;
  console.log("runtime  package  bundle  ratio");
  for (const [runtime, command, args] of commands) {
    if (!command) continue;
    const times = await measure(folder, command, args, runs);
    const cells = [times.package, times.bundle].map((ms) => ms.toFixed(1));
    const ratio = (times.package / times.bundle).toFixed(2);
    console.log(
      `${runtime.padEnd(7)} ${cells[0]?.padStart(8)} ${cells[1]?.padStart(7)}` +
        ` ${ratio.padStart(6)}`,
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
