/**
 * Runs the tests on the runtimes that have a test runner, each as a process.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { root } from "./names.ts";
import { fromJUnit, type RunOptions, type RunReport } from "./report.ts";

const isWindows = process.platform === "win32";

/**
 * Returns the path of a command that npm installed in this repository, if it is
 * there.
 */
export function installed(name: string): string | undefined {
  const path = join(
    root,
    "node_modules/.bin",
    isWindows ? `${name}.cmd` : name,
  );
  return existsSync(path) ? path : undefined;
}

interface Ended {
  exitCode: number | null;
  output: string;
}

export interface ExecuteOptions {
  /** Aborting it ends the command and its whole process group. */
  signal?: AbortSignal;
  env?: Record<string, string | undefined>;
  /** The working folder. The default is the repository's root. */
  cwd?: string;
  /**
   * Called with each line, and with the start of a line that is not complete
   * yet. The output leaves out a line for which it returns true.
   */
  onLine?: (line: string) => boolean;
}

/** Runs a command until it ends. */
export function execute(
  command: string,
  args: readonly string[],
  { signal, env, cwd = root, onLine }: ExecuteOptions = {},
): Promise<Ended> {
  const child = spawn(command, args, {
    cwd,
    detached: !isWindows,
    shell: isWindows,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NO_COLOR: "1",
      DENO_NO_UPDATE_CHECK: "1",
      // With this variable, Node would not run tests: its own test runner sets
      // it.
      NODE_TEST_CONTEXT: undefined,
      ...env,
    },
  });
  let output = "";
  const flush = [child.stdout, child.stderr].map((stream) => {
    let partial = "";
    stream.setEncoding("utf8").on("data", (text: string) => {
      const lines = (partial + text).split("\n");
      partial = lines.pop() ?? "";
      for (const line of lines) {
        if (!onLine?.(line)) output += `${line}\n`;
      }
      if (partial) onLine?.(partial);
    });
    return () => output += partial;
  });
  signal?.addEventListener("abort", () => {
    if (child.pid === undefined || child.exitCode !== null) return;
    if (isWindows) child.kill();
    else process.kill(-child.pid, "SIGKILL");
  });
  return new Promise((resolve, reject) => {
    const end = (exitCode: number | null) => {
      for (const one of flush) one();
      resolve({ exitCode, output });
    };
    child.on("error", reject);
    child.on("close", end);
    // A process that the command started may outlive it, and keep its output
    // open.
    signal?.addEventListener("abort", () => end(null));
  });
}

export async function firstVersion(
  command: string | undefined,
): Promise<string | undefined> {
  if (!command) return undefined;
  const { output } = await execute(command, ["--version"])
    .catch(() => ({ output: "" }));
  return /\d+(\.\d+)+/.exec(output)?.[0] ?? "(unknown version)";
}

async function runWithReport(
  command: string | undefined,
  args: (reportPath: string) => string[],
  files: readonly string[],
  { signal, progress }: RunOptions,
): Promise<RunReport> {
  if (!command) throw new Error("Cannot run the tests: not installed");
  const folder = await mkdtemp(join(tmpdir(), "tributary-tests-"));
  const reportPath = join(folder, "junit.xml");
  try {
    const { exitCode, output } = await execute(
      command,
      [...args(reportPath), ...files],
      {
        signal,
        onLine: (line) => progress?.read(line) ?? false,
        // Node starts a process for each file. The cache saves compiling again.
        env: { NODE_COMPILE_CACHE: join(folder, "compiled") },
      },
    );
    // There is no report if a module does not load.
    const xml = await readFile(reportPath, "utf8").catch(() => "");
    return fromJUnit(xml, exitCode, output, files);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function runDeno(
  files: readonly string[],
  filter: string,
  options: RunOptions,
): Promise<RunReport> {
  // Without any permission: the library needs none, and neither do its tests.
  return runWithReport(
    installed("deno"),
    (reportPath) => [
      "test",
      "--no-prompt",
      "--no-check",
      "--import-map=tests/runtimes/npm_imports.json",
      `--junit-path=${reportPath}`,
      ...(filter ? [`--filter=/${filter}/`] : []),
    ],
    files,
    options,
  );
}

export function runBun(
  files: readonly string[],
  filter: string,
  options: RunOptions,
): Promise<RunReport> {
  return runWithReport(
    installed("bun"),
    (reportPath) => [
      "test",
      "--preload=./tests/runtimes/bdd/bun_settle.ts",
      "--reporter=junit",
      `--reporter-outfile=${reportPath}`,
      ...(filter ? [`--test-name-pattern=${filter}`] : []),
    ],
    files,
    options,
  );
}

export function runNode(
  files: readonly string[],
  filter: string,
  options: RunOptions,
): Promise<RunReport> {
  return runWithReport(
    nodePath(),
    (reportPath) => [
      "--import=./tests/runtimes/node_hooks.ts",
      // Three reporters add more listeners than Node expects.
      "--disable-warning=MaxListenersExceededWarning",
      "--test",
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
      "--test-reporter=junit",
      `--test-reporter-destination=${reportPath}`,
      "--test-reporter=./tests/runtimes/node_progress.ts",
      "--test-reporter-destination=stderr",
      ...(filter ? [`--test-name-pattern=${filter}`] : []),
    ],
    files,
    options,
  );
}

/**
 * Returns the Node of the devDependencies, or the running one if it is new
 * enough.
 */
export function nodePath(): string | undefined {
  const own = Number(process.versions.node.split(".")[0]) >= 24;
  return installed("node") ?? (own ? process.execPath : undefined);
}
