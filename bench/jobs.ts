/** Everything that can be measured, in the order of the report. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { measureBundles } from "./bundle_size.ts";
import { PreparedImports } from "./cold_import.ts";
import { processGroups } from "./in_process.ts";
import {
  compareMemory,
  compareShared,
  sharedJobs,
} from "./loopback/compare.ts";
import type { Failure, Measured, MeasureSettings, Row } from "./measured.ts";
import type { BenchRuntime } from "./runtimes.ts";

const execute = promisify(execFile);
const folder = fileURLToPath(new URL(".", import.meta.url));
const TIME_LIMIT_MS = 300_000;

/** The options of `run.ts`. */
export interface RunSettings extends MeasureSettings {
  readonly runtimes: readonly BenchRuntime[];
  /** The contenders to run, as an option for the worker. */
  readonly contenders: string;
}

/** Workloads that are prepared and measured together. */
export interface JobGroup {
  readonly names: readonly string[];
  /** Whether it is a real job, not a workload in memory. */
  readonly isJob: boolean;
  /** Measures the named workloads of the group on all runtimes. */
  measure(
    names: readonly string[],
    settings: RunSettings,
  ): AsyncGenerator<Row | Failure>;
}

/** The line of a failed process's output that has the reason. */
function reasonOf(error: unknown): string {
  const lines = String(error).split("\n");
  return lines.find((line) => /^\w*Error: /.test(line) && line !== lines[0]) ??
    lines[0];
}

/**
 * Yields the results of `measure` for each runtime, and a failure for each
 * missing workload.
 */
async function* onEach(
  names: readonly string[],
  { runtimes }: RunSettings,
  measure: (
    runtime: BenchRuntime,
  ) => AsyncIterable<readonly [name: string, measured: Measured]>,
): AsyncGenerator<Row | Failure> {
  for (const runtime of runtimes) {
    const missing = new Set(names);
    let reason = "it gave no figures";
    try {
      for await (const [name, measured] of measure(runtime)) {
        missing.delete(name);
        yield { name, runtime: runtime.name, measured };
      }
    } catch (error) {
      reason = reasonOf(error);
    }
    for (const name of missing) yield { name, runtime: runtime.name, reason };
  }
}

/** One worker measures all the named workloads on a runtime. */
async function* measureInProcess(
  { command, args, gcArgs }: BenchRuntime,
  names: readonly string[],
  { isQuick, contenders }: RunSettings,
): AsyncGenerator<[name: string, measured: Measured]> {
  if (!command) throw new Error("it is not installed; run npm install");
  const needsGc = names.includes("open-uploads");
  const failed: unknown[] = [];
  const { stdout } = await execute(command, [
    ...args,
    ...(needsGc ? gcArgs : []),
    `${folder}worker.ts`,
    ...names,
    ...(isQuick ? ["--quick"] : []),
    `--contenders=${contenders}`,
  ], { cwd: folder, maxBuffer: 2 ** 24, timeout: TIME_LIMIT_MS })
    .catch((error: { stdout: string }) => {
      failed.push(error);
      return error;
    });
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  for (const [index, line] of lines.entries()) {
    yield [names[index], JSON.parse(line)];
  }
  if (failed.length > 0) throw failed[0];
}

const inProcess: readonly JobGroup[] = processGroups.map((group, index) => ({
  names: group.names,
  isJob: index < 2,
  measure: (names, settings) =>
    onEach(
      names,
      settings,
      (runtime) => measureInProcess(runtime, names, settings),
    ),
}));

const loopback: readonly JobGroup[] = [
  {
    names: sharedJobs,
    isJob: true,
    measure: (names, settings) =>
      onEach(
        names,
        settings,
        (runtime) => compareShared(runtime, names, settings),
      ),
  },
  {
    names: ["upload-memory"],
    isJob: true,
    measure: (names, settings) =>
      onEach(names, settings, async function* (runtime) {
        yield ["upload-memory", await compareMemory(runtime, settings)];
      }),
  },
];

const coldImport: JobGroup = {
  names: ["cold-import"],
  isJob: true,
  async *measure(names, settings) {
    await using imports = await PreparedImports.make();
    yield* onEach(names, settings, async function* (runtime) {
      const runs = settings.isQuick ? 3 : 15;
      yield ["cold-import", await imports.measure(runtime, runs)];
    });
  },
};

/** Bundles do not depend on a runtime. */
const bundleSize: JobGroup = {
  names: ["bundle-size"],
  isJob: true,
  async *measure() {
    const sizes = await measureBundles();
    const measured: Measured = {
      title: "What an import adds to a bundle, minified and gzipped, in bytes",
      unit: "bytes",
      bytes: 0,
      parts: 0,
      timings: [],
      values: Object.fromEntries(
        sizes.map(({ entry, gzipped }) => [entry, gzipped]),
      ),
    };
    yield { name: "bundle-size", runtime: "any", measured };
  },
};

export const jobGroups: readonly JobGroup[] = [
  ...loopback,
  ...inProcess.filter(({ isJob }) => isJob),
  coldImport,
  bundleSize,
  ...inProcess.filter(({ isJob }) => !isJob),
];
