/**
 * Measures this library and its peers on Node, Deno and Bun:
 *
 *     node bench/run.ts [--quick] [--only workload,...] [--runtimes node,deno,bun]
 *         [--contenders name,...]
 *
 * Each workload has a process of its own on each runtime, so that no workload
 * finds another's garbage or another's compiled code. A full run writes
 * results.md and chart.svg; with any option it only prints.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { formatChart } from "./chart.ts";
import { jobGroups, loopbackNames } from "./jobs.ts";
import { compareLoopback } from "./loopback/compare.ts";
import type { Measured } from "./measured.ts";
import { formatReport, type Row } from "./report.ts";
import { type BenchRuntime, runtimes } from "./runtimes.ts";
import { formatTable } from "./table.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", default: "" },
    runtimes: { type: "string", default: "node,deno,bun" },
    contenders: { type: "string", default: "" },
    /** Where the report goes; a full run has its own place. */
    output: { type: "string", default: "" },
  },
});

const TIME_LIMIT_MS = 180_000;
const execute = promisify(execFile);
const folder = fileURLToPath(new URL(".", import.meta.url));

async function installPeers(): Promise<void> {
  if (existsSync(`${folder}node_modules`)) return;
  console.log("Installing the peers: npm ci --prefix bench");
  await execute("npm", ["ci", "--ignore-scripts", "--prefix", folder]);
}

async function measureInProcess(
  { command, args }: BenchRuntime,
  name: string,
): Promise<Measured> {
  if (!command) throw new Error("it is not installed; run npm install");
  const flags = options.quick ? ["--quick"] : [];
  const { stdout } = await execute(command, [
    ...args,
    `${folder}worker.ts`,
    name,
    ...flags,
    `--contenders=${options.contenders}`,
  ], { cwd: folder, maxBuffer: 2 ** 24, timeout: TIME_LIMIT_MS });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

function measureOn(runtime: BenchRuntime, name: string): Promise<Measured> {
  if (!loopbackNames.includes(name)) return measureInProcess(runtime, name);
  return compareLoopback(name, runtime, {
    isQuick: options.quick,
    isWanted: () => true,
  });
}

/** The part of a failed process's output that says why. */
function reasonOf(error: unknown): string {
  const lines = String(error).split("\n");
  return lines.find((line) => /^\w*Error: /.test(line) && line !== lines[0]) ??
    lines[0];
}

async function measureAll(): Promise<Row[]> {
  const only = options.only.split(",");
  const names = [...jobGroups.flatMap((group) => group.names), ...loopbackNames]
    .filter((name) => only.some((part) => name.includes(part)));
  const rows: Row[] = [];
  for (const name of names) {
    for (const runtime of runtimes) {
      if (!options.runtimes.includes(runtime.name)) continue;
      try {
        const measured = await measureOn(runtime, name);
        rows.push({ name, runtime: runtime.name, measured });
        console.log(`\n${name}: ${measured.title}, ${runtime.title}`);
        console.log(formatTable(measured));
      } catch (error) {
        const reason = reasonOf(error);
        console.log(`Cannot measure ${name} on ${runtime.title}: ${reason}`);
        process.exitCode = 1;
      }
    }
  }
  return rows;
}

await installPeers();
const started = performance.now();
const rows = await measureAll();
const seconds = (performance.now() - started) / 1000;
console.log(`\n${seconds.toFixed(0)} s`);
const isFull = process.argv.length === 2;
const output = options.output || (isFull ? folder : "");
if (output) {
  await writeFile(`${output}/results.md`, await formatReport(rows, seconds));
  await writeFile(`${output}/chart.svg`, formatChart(rows));
  const deno = runtimes.find(({ name }) => name === "deno")?.command;
  const files = ["results.md", "chart.svg"].map((file) => `${output}/${file}`);
  if (deno) await execute(deno, ["fmt", ...files]);
}
