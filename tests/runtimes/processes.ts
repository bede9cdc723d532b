/** The runtimes with a test runner of their own, each run as a process. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Buffer } from "node:buffer";
import process from "node:process";
import { root } from "./names.ts";
import { fromJUnit, type RunReport } from "./report.ts";

const isWindows = process.platform === "win32";

/** A command that npm installed in this repository, if it is there. */
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

/** Runs a command in the repository, and ends its whole process group if told to. */
export function execute(
  command: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<Ended> {
  const child = spawn(command, args, {
    cwd: root,
    detached: !isWindows,
    shell: isWindows,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NO_COLOR: "1",
      DENO_NO_UPDATE_CHECK: "1",
      // Node runs no tests in a process that its own test runner started.
      NODE_TEST_CONTEXT: undefined,
    },
  });
  const chunks: Uint8Array[] = [];
  child.stdout.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  signal?.addEventListener("abort", () => {
    if (child.pid === undefined || child.exitCode !== null) return;
    if (isWindows) child.kill();
    else process.kill(-child.pid, "SIGKILL");
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode) => {
      resolve({ exitCode, output: Buffer.concat(chunks).toString() });
    });
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
  signal: AbortSignal,
): Promise<RunReport> {
  if (!command) throw new Error("Cannot run the tests: not installed");
  const folder = await mkdtemp(join(tmpdir(), "tributary-tests-"));
  const reportPath = join(folder, "junit.xml");
  try {
    const { exitCode, output } = await execute(
      command,
      [...args(reportPath), ...files],
      signal,
    );
    // No report is written when a module does not load.
    const xml = await readFile(reportPath, "utf8").catch(() => "");
    return fromJUnit(xml, exitCode, output, files);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function runDeno(
  files: readonly string[],
  filter: string,
  signal: AbortSignal,
): Promise<RunReport> {
  // No permission at all: the library needs none, and neither do its tests.
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
    signal,
  );
}

export function runBun(
  files: readonly string[],
  filter: string,
  signal: AbortSignal,
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
    signal,
  );
}

export function runNode(
  files: readonly string[],
  filter: string,
  signal: AbortSignal,
): Promise<RunReport> {
  return runWithReport(
    nodePath(),
    (reportPath) => [
      "--import=./tests/runtimes/node_hooks.ts",
      "--test",
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
      "--test-reporter=junit",
      `--test-reporter-destination=${reportPath}`,
      ...(filter ? [`--test-name-pattern=${filter}`] : []),
    ],
    files,
    signal,
  );
}

/** The Node of the devDependencies, or the one that runs this if it will do. */
export function nodePath(): string | undefined {
  const own = Number(process.versions.node.split(".")[0]) >= 24;
  return installed("node") ?? (own ? process.execPath : undefined);
}
