/**
 * Measures a cold import of the npm package, as installed, and of a bundle of
 * the library in one file:
 *
 *     node bench/run.ts --job cold-import
 *
 * Each run imports both in fresh processes, in turns. The times are those of
 * the import alone.
 */
import { build } from "esbuild";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildPackage } from "../scripts/build_npm.ts";
import { root } from "../scripts/compile.ts";
import { OWN_FAMILY } from "./contender.ts";
import type { Measured } from "./measured.ts";
import type { BenchRuntime } from "./runtimes.ts";

const run = promisify(execFile);

const PACKAGE = "@tributary/multipart";

/** The imported modules, by the names of their programs. */
const programs = [
  {
    file: "package.mjs",
    specifier: PACKAGE,
    name: "the package, as npm installs it",
    family: OWN_FAMILY,
  },
  {
    file: "bundle.mjs",
    specifier: "./library.mjs",
    name: "one bundle of it",
    family: "bundle",
  },
] as const;

/** A program that prints how long an import takes. */
const program = (specifier: string) =>
  `const start = performance.now();
const library = await import("${specifier}");
if (typeof library.MultipartReader !== "function") throw new Error("missing");
console.log(performance.now() - start);
`;

/** A folder with both programs and what they import. */
export class PreparedImports implements AsyncDisposable {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  static async make(): Promise<PreparedImports> {
    const folder = await mkdtemp(join(tmpdir(), "tributary-import-"));
    const imports = new PreparedImports(folder);
    await buildPackage(join(folder, "node_modules", PACKAGE));
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
    for (const { file, specifier } of programs) {
      await writeFile(join(folder, file), program(specifier));
    }
    return imports;
  }

  async measure(
    { name, command }: BenchRuntime,
    runs: number,
  ): Promise<Measured> {
    if (!command) throw new Error("it is not installed; run npm install");
    const args = name === "deno" ? ["run", "--no-prompt"] : [];
    const timings = programs.map(({ name, family }) => ({
      name,
      family,
      times: new Array<number>(),
    }));
    for (let round = 0; round < runs; round++) {
      for (const [index, { file }] of programs.entries()) {
        const { stdout } = await run(command, [...args, file], {
          cwd: this.#folder,
        });
        timings[index].times.push(Number(stdout));
      }
    }
    return {
      title: "A cold import",
      unit: "imports",
      bytes: 0,
      parts: 1,
      timings,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
