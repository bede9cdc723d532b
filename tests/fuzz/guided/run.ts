/**
 * Fuzzes the parser and the grammar of parameters, guided by coverage:
 *
 *     npm ci --prefix tests/fuzz/guided
 *     npm run fuzz:guided -- [parser | parameters ...] [--seconds 600] [--keep]
 *
 * It begins with `corpus.json`. With `--keep`, inputs that cover more are added
 * to it, so that the tests try them from then on. An input that fails is
 * written to the folder that is printed.
 */
import { build } from "esbuild";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { testNames } from "../../runtimes/names.ts";
import { latin1 } from "../../bytes.ts";
import { byteString } from "../outcome.ts";
import { targets } from "./targets.ts";

const here = fileURLToPath(new URL("./", import.meta.url));
const corpusPath = join(here, "corpus.json");

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "60" },
    keep: { type: "boolean", default: false },
  },
});

const folder = await mkdtemp(join(tmpdir(), "tributary-fuzz-"));

/**
 * Jazzer instruments only CommonJS modules, so everything is bundled into one.
 */
async function bundle(target: string): Promise<string> {
  const outfile = join(folder, `${target}.cjs`);
  await build({
    stdin: {
      resolveDir: here,
      contents: `import { targets } from "./targets.ts";
        export const fuzz = (data) => targets.${target}(new Uint8Array(data));`,
    },
    alias: testNames("node"),
    tsconfigRaw: {},
    bundle: true,
    format: "cjs",
    platform: "node",
    outfile,
    logLevel: "error",
  });
  return outfile;
}

async function jazzer(...args: string[]): Promise<number> {
  const command = join(here, "node_modules/.bin/jazzer");
  const child = spawn(command, args, { cwd: folder, stdio: "inherit" });
  const [code] = await once(child, "close");
  return code ?? 1;
}

async function fuzz(target: string, kept: string[]): Promise<string[]> {
  const file = await bundle(target);
  const corpus = join(folder, target);
  const smallest = join(folder, `${target}-smallest`);
  await mkdir(corpus);
  await mkdir(smallest);
  for (const [index, text] of kept.entries()) {
    await writeFile(join(corpus, `kept-${index}`), latin1(text));
  }
  const base = ["--sync", "-i", folder];
  const code = await jazzer(
    file,
    corpus,
    ...base,
    "--",
    `-max_total_time=${options.seconds}`,
    "-max_len=400",
    "-print_final_stats=1",
  );
  if (code !== 0) {
    process.exitCode = 1;
    console.log(`FAILED ${target}: the input is in ${folder}`);
    return kept;
  }
  if (!options.keep) return kept;
  // Keeps the fewest inputs that cover the same code.
  await jazzer(file, smallest, corpus, ...base, "--", "-merge=1");
  const names = (await readdir(smallest)).sort();
  return await Promise.all(
    names.map(async (name) => byteString(await readFile(join(smallest, name)))),
  );
}

const corpus: Record<string, string[]> = JSON.parse(
  await readFile(corpusPath, "utf8"),
);
const chosen = positionals.length > 0 ? positionals : Object.keys(targets);
for (const target of chosen) {
  corpus[target] = await fuzz(target, corpus[target] ?? []);
}
if (options.keep) {
  await writeFile(corpusPath, `${JSON.stringify(corpus, null, 2)}\n`);
}
