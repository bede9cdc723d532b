/**
 * Loads servers for a long time, and reads a very large part, on each runtime:
 *
 *     npm run soak -- [--uploads 10000] [--gib 10] [--seed 1] [--runtimes node,deno,bun]
 *
 * It prints the measurements as two tables, and fails if something is wrong.
 * The suite `soak` is its short form.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import {
  heapGrowth,
  problemsOfPart,
  problemsOfUploads,
  sumOf,
} from "./bounds.ts";
import { type SoakRuntime, soakRuntimes } from "./programs.ts";
import { CONTROL, readingWays } from "./reading_ways.ts";
import { type PartSoak, soakLargeUpload, soakPart } from "./soak_part.ts";
import { soakUploads } from "./soak_uploads.ts";

const { values: options } = parseArgs({
  options: {
    uploads: { type: "string", default: "10000" },
    gib: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    runtimes: { type: "string", default: "node,deno,bun" },
  },
});

const WARM_UP = 500;
const CONCURRENCY = 50;
const SHOWN_PROBLEMS = 20;

type Row = Record<string, string | number>;

const uploadRows: Row[] = [];
const partRows: Row[] = [];

function inMib(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(1);
}

function report(name: string, problems: readonly string[]): void {
  for (const problem of problems.slice(0, SHOWN_PROBLEMS)) {
    console.log(`${name}: ${problem}`);
  }
  if (problems.length > 0) process.exitCode = 1;
}

async function addUploads(runtime: SoakRuntime): Promise<void> {
  const { name } = runtime;
  const soak = await soakUploads(runtime, {
    seed: Number(options.seed),
    warmUp: WARM_UP,
    uploads: Number(options.uploads),
    concurrency: CONCURRENCY,
  });
  report(name, problemsOfUploads(soak));
  const { sent, milliseconds, wrong, unheard, states } = soak;
  const [before] = states;
  const after = states.at(-1);
  uploadRows.push({
    "runtime": name,
    "complete": sent.complete,
    "malformed": sumOf(sent.malformed),
    "aborted": sent.aborted,
    "wrong": wrong.length,
    "unheard": unheard,
    "MiB": inMib(sent.bytes),
    "seconds": (milliseconds / 1000).toFixed(1),
    "heap MiB": states.map(({ heap }) => inMib(heap)).join(" "),
    "growth": inMib(heapGrowth(soak)),
    "RSS MiB": states.map(({ resident }) => inMib(resident)).join(" "),
    "descriptors": `${before?.descriptors} ${after?.descriptors}`,
    "files": after?.files ?? "",
  });
}

async function addParts(runtime: SoakRuntime): Promise<void> {
  const bytes = Number(options.gib) * 1024 ** 3;
  for (const { name, makesGarbage } of readingWays) {
    addPart(runtime, name, await soakPart(runtime, bytes, name), makesGarbage);
  }
  const copied = await soakPart(runtime, bytes, CONTROL);
  addPart(runtime, "(copies alone)", copied, true);
  for (const path of ["large", "drain"] as const) {
    const title = path === "large" ? "upload" : "(upload, drained)";
    const sent = await soakLargeUpload(runtime, bytes, path);
    addPart(runtime, title, sent, true);
  }
}

function addPart(
  { name }: SoakRuntime,
  title: string,
  part: PartSoak,
  makesGarbage: boolean,
): void {
  report(`${name}, ${title}`, problemsOfPart(part, makesGarbage));
  const { milliseconds, idle, most, mostLive } = part;
  partRows.push({
    "runtime": name,
    "read by": title,
    "seconds": (milliseconds / 1000).toFixed(1),
    "idle MiB": inMib(idle),
    "most over idle": inMib(most - idle),
    "without garbage": inMib(mostLive - idle),
    "RSS idle": inMib(part.residentBefore),
    "RSS most": inMib(part.residentMost),
  });
}

for (const runtime of soakRuntimes) {
  const { name, command } = runtime;
  if (!options.runtimes.split(",").includes(name)) continue;
  if (command === undefined) {
    console.log(`${name}: not found. Run npm install.`);
    process.exitCode = 1;
    continue;
  }
  await addUploads(runtime);
  await addParts(runtime);
}

console.log(
  `\nUploads, ${CONCURRENCY} at a time; the first ${WARM_UP} warm up:`,
);
console.table(uploadRows);
console.log(
  `One part of ${options.gib} GiB; in parentheses, without this library:`,
);
console.table(partRows);
