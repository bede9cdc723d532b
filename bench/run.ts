/**
 * Measures this library and its peers on Node, Deno and Bun: real multipart
 * jobs, and then workloads in memory.
 *
 *     node bench/run.ts [--quick] [--job name,...] [--runtimes node,deno,bun]
 *         [--contenders name,...] [--output folder]
 *
 * A part of its name selects a job. A full run writes results.md and chart.svg.
 * With any option except `--output`, it only prints.
 */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { formatVerdicts, judge } from "./bars.ts";
import { formatChart } from "./chart.ts";
import { jobGroups } from "./jobs.ts";
import type { Failure, Row } from "./measured.ts";
import { formatReport } from "./report.ts";
import { runtimes } from "./runtimes.ts";
import { formatTable } from "./table.ts";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    job: { type: "string", default: "" },
    runtimes: { type: "string", default: "node,deno,bun" },
    contenders: { type: "string", default: "" },
    /** The folder of the report. A full run has its own. */
    output: { type: "string", default: "" },
  },
});

const execute = promisify(execFile);
const folder = fileURLToPath(new URL(".", import.meta.url));

/** Installs the peers, unless the required versions are installed. */
async function installPeers(): Promise<void> {
  const [manifest, lock] = await Promise.all(
    ["package.json", "node_modules/.package-lock.json"].map(async (name) =>
      JSON.parse(await readFile(`${folder}${name}`, "utf8").catch(() => "{}"))
    ),
  );
  const isInstalled = Object.entries(manifest.dependencies).every((
    [name, version],
  ) => lock.packages?.[`node_modules/${name}`]?.version === version);
  if (isInstalled) return;
  console.log("Installing the peers: npm ci --prefix bench");
  await execute("npm", ["ci", "--ignore-scripts", "--prefix", folder]);
}

function show(result: Row | Failure): result is Row {
  const { name, runtime } = result;
  const title = runtimes.find((one) => one.name === runtime)?.title ?? runtime;
  if ("reason" in result) {
    console.log(`Cannot measure ${name} on ${title}: ${result.reason}`);
    process.exitCode = 1;
    return false;
  }
  console.log(`\n${name}: ${result.measured.title}, ${title}`);
  console.log(formatTable(result.measured));
  return true;
}

async function measureAll(): Promise<Row[]> {
  const wanted = (list: string, name: string) =>
    list.split(",").some((part) => name.includes(part));
  const settings = {
    isQuick: options.quick,
    contenders: options.contenders,
    runtimes: runtimes.filter(({ name }) => wanted(options.runtimes, name)),
    isWanted: (name: string) => wanted(options.contenders, name),
  };
  const rows: Row[] = [];
  for (const group of jobGroups) {
    const names = group.names.filter((name) => wanted(options.job, name));
    if (names.length === 0) continue;
    const started = performance.now();
    for await (const result of group.measure(names, settings)) {
      if (show(result)) rows.push(result);
    }
    const seconds = (performance.now() - started) / 1000;
    console.log(`\n${names.join(", ")}: ${seconds.toFixed(0)} s`);
  }
  return rows;
}

await installPeers();
const started = performance.now();
const rows = await measureAll();
const seconds = (performance.now() - started) / 1000;
const isFull = process.argv.length === 2;
console.log(`\n${formatVerdicts(judge(rows, isFull))}`);
console.log(`\n${seconds.toFixed(0)} s`);
const output = options.output || (isFull ? folder : "");
if (output) {
  await writeFile(`${output}/results.md`, await formatReport(rows, seconds));
  await writeFile(`${output}/chart.svg`, formatChart(rows));
  const deno = runtimes.find(({ name }) => name === "deno")?.command;
  const files = ["results.md", "chart.svg"].map((file) => `${output}/${file}`);
  if (deno) await execute(deno, ["fmt", ...files]);
}
