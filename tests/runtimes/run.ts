/**
 * Runs the tests:
 *
 *     node tests/runtimes/run.ts [suite ...] [--all] [--filter text] [--tests folder]
 *
 * The neutral tests run unchanged on Deno, Bun, Node, workerd, Chromium and
 * WebKit, and each must run the same number of tests. The suites that drive
 * other processes run only on Node. Without names and without `--all`, only the
 * suites run that need nothing but npm packages.
 */
import { globSync } from "node:fs";
import { availableParallelism } from "node:os";
import process from "node:process";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { root } from "./names.ts";
import { Progress } from "./progress.ts";
import type { RunReport } from "./report.ts";
import { type Runtime, runtimes } from "./runtimes.ts";

const { values: options, positionals: chosen } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: "boolean", default: false },
    filter: { type: "string", default: "" },
    tests: { type: "string", default: "tests" },
    // The most seconds that a suite may take, in total and without progress.
    limit: { type: "string", default: "1200" },
    stall: { type: "string", default: "300" },
  },
});

const progressInterval = 10_000;
const filter = options.filter.replace(/[/\\^$.*+?()[\]{}|]/g, "\\$&");
const total = { passed: 0, failed: 0, skipped: 0 };
const begun = performance.now();

/** The suites that are running. */
const running = new Map<string, Progress>();

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
  const title = `${runtime.name} ${version}`.padEnd(28);
  console.log(`${title} begins: ${files.length} files`);
  const started = performance.now();
  const report = await runWithin(runtime, files);
  const seconds = (performance.now() - started) / 1000;
  const { names, skipped } = report;
  if (filter && names.length + skipped.length === 0 && !runtime.isNeutral) {
    return undefined;
  }
  if (names.length + skipped.length + report.failed === 0) {
    report.failed = 1;
    report.details += "\nNo test ran.";
  }
  total.passed += report.passed;
  total.failed += report.failed;
  if (report.failed > 0) {
    const details = stripVTControlCharacters(report.details).trimEnd();
    console.log(`\n--- ${runtime.name}\n${details}\n---`);
  }
  reportSkipped(runtime, report);
  const counts = `${report.passed} passed, ${report.failed} failed`;
  console.log(`${title} ${counts}  (${seconds.toFixed(1)} s)`);
  return { runtime, report };
}

/**
 * Runs a suite. A suite that hangs is ended, and fails with the place where it
 * hung.
 */
async function runWithin(
  runtime: Runtime,
  files: readonly string[],
): Promise<RunReport> {
  const progress = new Progress(files.length);
  const failed = (details: string): RunReport => (
    { names: [], passed: 0, failed: 1, skipped: [], details }
  );
  const { promise: ended, resolve: end } = Promise.withResolvers<RunReport>();
  const abort = new AbortController();
  const limit = Number(options.limit) * 1000;
  const stall = Number(options.stall) * 1000;
  const deadline = performance.now() + limit;
  let reason = "";
  const watch = setInterval(() => {
    if (reason) return;
    if (performance.now() > deadline) reason = `it took ${limit / 1000} s`;
    else if (progress.idle > stall) reason = `it stood for ${stall / 1000} s`;
    else return;
    const where = `Cannot finish ${runtime.name}: ${reason}. It was at ` +
      `${progress}.`;
    abort.abort(new Error(where));
    // Leaves time for the output so far to arrive.
    setTimeout(() => end(failed(where)), 5_000).unref();
  }, 500);
  running.set(runtime.name, progress);
  runtime.run(files, filter, { signal: abort.signal, progress })
    .catch((error: unknown) => failed(describeError(error)))
    .then(end);
  const report = await ended;
  clearInterval(watch);
  running.delete(runtime.name);
  if (abort.signal.aborted) {
    const { message }: Error = abort.signal.reason;
    report.failed = Math.max(1, report.failed);
    if (!report.details.includes(message)) report.details += `\n${message}`;
  }
  return report;
}

function reportMissing(runtime: Runtime): void {
  // A machine that builds the project must have every runtime.
  const isFailure = Boolean(process.env["CI"]);
  if (isFailure) total.failed++;
  else total.skipped++;
  const state = isFailure ? "FAILED" : "SKIPPED";
  console.log(`${state} ${runtime.name}: not found. ${runtime.hint}`);
}

/** Prints what a suite left out, and why. */
function reportSkipped({ name }: Runtime, report: RunReport): void {
  const counts = new Map<string, number>();
  for (const reason of report.skipped) {
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
    total.skipped++;
  }
  for (const [reason, count] of counts) {
    const tests = count === 1 ? "1 test" : `${count} tests`;
    console.log(`SKIPPED ${name}: ${tests}. ${reason}`);
  }
  // A test file may also print that it leaves something out.
  for (const line of report.details.match(/^SKIPPED .*$/gm) ?? []) {
    total.skipped++;
    console.log(line);
  }
}

/**
 * Prints the progress of the suites, so that a log shows what is slow or hangs.
 */
function reportProgress(): void {
  const seconds = Math.round((performance.now() - begun) / 1000);
  for (const [name, progress] of running) {
    const line = `[${String(seconds).padStart(4)} s] ${name}: ${progress}`;
    console.log(line.length > 160 ? `${line.slice(0, 157)}...` : line);
  }
}

/** Checks that every runtime ran the same tests. */
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

const isChosen = ({ name, needsNpmAlone }: Runtime) =>
  chosen.length > 0 ? chosen.includes(name) : options.all || needsNpmAlone;
const ticking = setInterval(reportProgress, progressInterval);
compareCounts(await runAll(runtimes.filter(isChosen)));
clearInterval(ticking);
if (chosen.length === 0 && !options.all) {
  const left = runtimes.filter((runtime) => !runtime.needsNpmAlone);
  total.skipped += left.length;
  const names = left.map(({ name }) => name).join(", ");
  console.log(`SKIPPED ${names}: npm run test:all runs these suites too.`);
}
if (total.passed + total.failed + total.skipped === 0) {
  total.failed++;
  console.log("No test ran.");
}
console.log(
  `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`,
);
process.exitCode = total.failed > 0 ? 1 : 0;
// A suite that was ended may have left resources open.
setTimeout(() => process.exit(), 2_000).unref();
