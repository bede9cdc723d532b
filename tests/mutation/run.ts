/**
 * Puts faults into `wire/` and the parser, one at a time, and counts those that
 * the tests notice:
 *
 *     npm ci --ignore-scripts --prefix tests/mutation
 *     npm run mutation -- [--files text] [--mutants 1,2] [--output file]
 *
 * `--files` tries only the mutants of files whose names contain the text.
 * `--tests` uses only the test files whose names contain one of the texts,
 * separated by commas. `--mutants` tries only the mutants with these numbers.
 * Every test that costs at most `--fast` milliseconds is used for each mutant
 * that it reaches. Of the slower tests, only some are used, those that reach
 * the mutant most often. `--jobs` is the number of processes. The result of
 * each mutant is written to the file `--output` as soon as it is known, one
 * line of JSON per mutant. The command fails if the score is below 85.
 */
import { globSync } from "node:fs";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { root } from "../runtimes/names.ts";
import { bundle, mutatedFiles } from "./build.ts";
import { instrument, type Mutant } from "./mutants.ts";
import { Plan } from "./plan.ts";
import { explore, Lane } from "./pool.ts";
import type { Exploration } from "./protocol.ts";
import { isCaught, type Result, scoreOf, survivors, table } from "./report.ts";
import { findRuntimes, type MutationRuntime } from "./runtimes.ts";

const leastScore = 85;

/**
 * Left out are tests with random input, and tests that compare times: they
 * would find a mutant only in some runs.
 */
const testFolders =
  "tests/{wire,reader,writer,conformance,faults,threats,fuzz}/**/*_test.ts";
const leftOut = new Set([
  "tests/fuzz/fuzz_test.ts",
  "tests/threats/t03_quadratic_scan_test.ts",
  "tests/threats/t04_header_cpu_test.ts",
  "tests/threats/t16_base64_cpu_test.ts",
  "tests/threats/t19_ranges_test.ts",
  "tests/threats/t24_parameter_redos_test.ts",
  "tests/writer/round_trip_test.ts",
]);

const { values: options } = parseArgs({
  options: {
    files: { type: "string", default: "" },
    tests: { type: "string", default: "" },
    mutants: { type: "string", default: "" },
    fast: { type: "string", default: "20" },
    jobs: { type: "string", default: String(availableParallelism()) },
    output: { type: "string" },
  },
});

/** Whether the command line selects this mutant. */
function isChosen({ id, file }: Mutant): boolean {
  const ids = options.mutants.split(",").filter(Boolean).map(Number);
  return file.includes(options.files) && (ids.length === 0 || ids.includes(id));
}

/** Tries mutants on a runtime, in parallel lanes that share one queue. */
async function tryAll(
  runtime: MutationRuntime,
  mutants: readonly Mutant[],
  path: string,
  { tests }: Exploration,
  plan: Plan,
): Promise<Result[]> {
  const left = mutants.values();
  const results: Result[] = [];

  async function runLane(): Promise<void> {
    const lane = new Lane(runtime, path);
    for (const mutant of left) {
      const job = plan.jobFor(mutant);
      const { verdict, test } = job.trials.length === 0
        ? { verdict: "uncovered" as const }
        : plan.needsNewProcess(mutant)
        ? await lane.tryFromTheFirst(job)
        : await lane.try(job);
      // A new process that ends or fails by itself was killed by the mutant.
      const status = verdict === "stale" ? "killed" : verdict;
      if (status === "killed" && test !== undefined) plan.note(mutant, test);
      const result: Result = {
        ...mutant,
        status,
        test: test === undefined ? undefined : tests[test].name,
      };
      results.push(result);
      if (options.output) {
        const line = { runtime: runtime.name, ...result };
        await appendFile(options.output, `${JSON.stringify(line)}\n`);
      }
      if (results.length % 100 === 0) {
        console.error(`${results.length} of ${mutants.length}`);
      }
    }
    lane.close();
  }

  await Promise.all(Array.from({ length: Number(options.jobs) }, runLane));
  return results;
}

const started = performance.now();
const folder = await mkdtemp(join(tmpdir(), "tributary-mutation-"));
if (options.output) await writeFile(options.output, "");
try {
  const testFiles = globSync(testFolders, { cwd: root })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => !leftOut.has(file))
    .filter((file) =>
      options.tests.split(",").some((text) => file.includes(text))
    )
    .sort();
  const { mutants, sources, keeping } = await instrument(await mutatedFiles());
  const chosen = mutants.filter(isChosen);
  const counting = join(folder, "counting.mjs");
  const plain = join(folder, "plain.mjs");
  await bundle(counting, testFiles, sources, true);
  await bundle(plain, testFiles, sources, false);

  const byId = new Map<number, Result>();
  for (const runtime of findRuntimes()) {
    const worth = chosen.filter((mutant) => {
      const before = byId.get(mutant.id);
      return runtime.isWorth(mutant) && !(before && isCaught(before));
    });
    if (worth.length === 0) continue;
    const exploration = await explore(runtime, counting);
    for (const { name, failure } of exploration.tests) {
      if (failure) console.log(`NOT USED ${name}: ${failure}`);
    }
    const plan = new Plan(exploration, mutants, keeping, Number(options.fast));
    console.log(
      `${runtime.name}: ${worth.length} mutants, ` +
        `${plan.size} tests of ${exploration.tests.length}`,
    );
    for (
      const result of await tryAll(runtime, worth, plain, exploration, plan)
    ) {
      const before = byId.get(result.id);
      // A mutant that is reached on any runtime is covered.
      const isWorse = result.status === "uncovered" && before;
      if (!isWorse) byId.set(result.id, result);
    }
  }

  const results = [...byId.values()].sort((a, b) => a.id - b.id);
  console.log(`\n${survivors(results)}\n\n${table(results)}`);
  const minutes = (performance.now() - started) / 60_000;
  console.log(`\n${minutes.toFixed(1)} minutes`);
  if (!(scoreOf(results) >= leastScore)) {
    console.log(`FAILED: the score is under ${leastScore} %`);
    process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
