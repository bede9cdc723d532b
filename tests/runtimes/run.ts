/**
 * Runs the tests on every runtime:
 *
 *     node tests/runtimes/run.ts [runtime ...] [--filter text] [--tests folder]
 *
 * The neutral tests run unchanged on Deno, Bun, Node, workerd and Chromium, and
 * have to come to the same number of tests on each. The suites that drive other
 * processes run on Node alone.
 */
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import process from "node:process";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { root } from "./names.ts";
import type { RunReport } from "./report.ts";
import { type Runtime, runtimes } from "./runtimes.ts";

const { values: options, positionals: chosen } = parseArgs({
  allowPositionals: true,
  options: {
    filter: { type: "string", default: "" },
    tests: { type: "string", default: "tests" },
  },
});

const timeLimit = 10 * 60_000;
const filter = options.filter.replace(/[/\\^$.*+?()[\]{}|]/g, "\\$&");
const total = { passed: 0, failed: 0, skipped: 0 };

interface Finished {
  runtime: Runtime;
  report: RunReport;
}

async function runOne(runtime: Runtime): Promise<Finished | undefined> {
  const files = globSync(
    runtime.folders.map((folder) => `${options.tests}/${folder}/**/*_test.ts`),
    { cwd: root },
  ).map((file) => `./${file.replaceAll("\\", "/")}`).sort();
  if (files.length === 0 && !runtime.isNeutral) return undefined;
  const version = await runtime.version();
  if (version === undefined) {
    reportMissing(runtime);
    return undefined;
  }
  const started = performance.now();
  const report = await runtime.run(
    files,
    filter,
    AbortSignal.timeout(timeLimit),
  )
    .catch((error: unknown): RunReport => ({
      names: [],
      passed: 0,
      failed: 1,
      details: describeError(error),
    }));
  const seconds = (performance.now() - started) / 1000;
  if (filter && report.names.length === 0 && !runtime.isNeutral) {
    return undefined;
  }
  if (report.names.length === 0 && report.failed === 0) {
    report.failed = 1;
    report.details += "\nNo test ran.";
  }
  total.passed += report.passed;
  total.failed += report.failed;
  if (report.failed > 0) {
    const details = stripVTControlCharacters(report.details).trimEnd();
    console.log(`\n--- ${runtime.name}\n${details}\n---`);
  }
  // A suite that cannot run in part says so; its output is not shown otherwise.
  for (const line of report.details.match(/^SKIPPED .*$/gm) ?? []) {
    total.skipped++;
    console.log(line);
  }
  const title = `${runtime.name} ${version}`.padEnd(28);
  const counts = `${report.passed} passed, ${report.failed} failed`;
  console.log(`${title} ${counts}  (${seconds.toFixed(1)} s)`);
  return { runtime, report };
}

function reportMissing(runtime: Runtime): void {
  // A machine that builds the project has to have every runtime.
  const isFailure = Boolean(process.env["CI"]);
  if (isFailure) total.failed++;
  else total.skipped++;
  const state = isFailure ? "FAILED" : "SKIPPED";
  console.log(
    `${runtime.name.padEnd(28)} ${state}: not found. ${runtime.hint}`,
  );
}

/** The same files have to give the same tests wherever they run. */
function compareCounts(finished: Finished[]): void {
  const complete = finished.filter(({ runtime, report }) =>
    runtime.isNeutral && report.failed === 0
  );
  const counts = new Set(complete.map(({ report }) => report.names.length));
  if (counts.size < 2) return;
  total.failed++;
  console.log("\nThe runtimes did not run the same tests:");
  const everywhere = new Set(complete.flatMap(({ report }) => report.names));
  for (const { runtime, report } of complete) {
    const own = new Set(report.names);
    const missing = [...everywhere].filter((name) => !own.has(name));
    console.log(`${runtime.name}: ${report.names.length} tests`);
    for (const name of missing.slice(0, 20)) console.log(`  not: ${name}`);
  }
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined
    ? ""
    : `\ncaused by ${describeError(error.cause)}`;
  return `${error.stack ?? error}${cause}`;
}

async function runAll(queue: Runtime[]): Promise<Finished[]> {
  const finished: Finished[] = [];
  async function work(): Promise<void> {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const one = await runOne(next);
      if (one) finished.push(one);
    }
  }
  const workers = Math.min(2, availableParallelism());
  await Promise.all(Array.from({ length: workers }, work));
  return finished;
}

for (const name of chosen) {
  if (runtimes.some((runtime) => runtime.name === name)) continue;
  const known = runtimes.map((runtime) => runtime.name).join(", ");
  console.error(`Cannot run "${name}": it is none of ${known}`);
  process.exit(2);
}

const wanted = runtimes.filter(({ name }) =>
  chosen.length === 0 || chosen.includes(name)
);
compareCounts(await runAll([...wanted]));
if (total.passed + total.failed + total.skipped === 0) {
  total.failed++;
  console.log("No test ran.");
}
console.log(
  `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`,
);
process.exitCode = total.failed > 0 ? 1 : 0;
