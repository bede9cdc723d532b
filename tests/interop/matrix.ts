/**
 * Runs the interop tests, and prints the results as a Markdown table: peer by
 * direction by kind of multipart.
 *
 *     npm run test:interop [-- --write]
 *
 * With `--write`, it also updates docs/peers.md.
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { run } from "node:test";
import { parseArgs } from "node:util";
import { root } from "../runtimes/names.ts";
import { execute, installed } from "../runtimes/processes.ts";
import { type Runtime, runtimes } from "../runtimes/runtimes.ts";
import { type Kind, kinds } from "./composer.ts";
import { deviations } from "./native/deviations.ts";

const directions = ["writer to peer", "peer to reader"];

/**
 * The number of tests that passed, that passed with a known difference, and
 * that failed.
 */
interface Cell {
  passed: number;
  differing: number;
  failed: number;
}

const cells = new Map<string, Cell>();
const peers = new Map<string, string>();
const failures: string[] = [];

/** The reasons for skipped tests. */
const skipped = new Set<string>();

function count(title: string, passed: boolean): void {
  const [peer = "", direction = "", kind = ""] = title.split(" > ");
  const key = `${peer}|${direction}|${kind}`;
  const cell = cells.get(key) ?? { passed: 0, differing: 0, failed: 0 };
  cells.set(key, cell);
  if (!passed) {
    cell.failed++;
    failures.push(title);
  } else if (title.endsWith(", differs")) cell.differing++;
  else cell.passed++;
}

/** Runs the tests of the peers that this machine has. */
async function runPeers(): Promise<void> {
  const files = globSync("tests/interop/peers/*_test.ts", { cwd: root });
  const events = run({
    cwd: root,
    files: files.sort(),
    execArgv: ["--import=./tests/runtimes/node_hooks.ts"],
  });
  for await (const { type, data } of events) {
    if (type === "test:stdout") {
      for (const line of data.message.split("\n")) {
        const [, peer, version] = /^PEER (.*) (\S+)$/.exec(line) ?? [];
        if (peer && version) peers.set(peer, version);
      }
    }
    if (type === "test:pass" && typeof data.skip === "string") {
      skipped.add(data.skip);
    } else if (type === "test:pass" && data.name.includes(" > ")) {
      count(data.name, true);
    } else if (type === "test:fail") count(data.name, false);
  }
}

/** Runs the tests of a runtime, whose own FormData is the peer. */
async function runNative(runtime: Runtime): Promise<void> {
  const version = await runtime.version();
  if (version === undefined) {
    const text = `${runtime.name}: not found. ${runtime.hint}`;
    if (process.env["CI"]) failures.push(text);
    else console.log(`SKIPPED ${text}`);
    return;
  }
  const file = "./tests/interop/native/form_data_test.ts";
  const signal = AbortSignal.timeout(120_000);
  const report = await runtime.run([file], "", { signal });
  const peer = `${runtime.name}'s FormData`;
  peers.set(peer, version);
  for (const name of report.names) {
    const known = deviations[name.split(" > ")[3] ?? ""] ?? [];
    const differs = known.some(({ of }) => of.includes(runtime.name));
    const title = name.replace(/^[^>]* > /, `${peer} > `);
    count(differs ? `${title}, differs` : title, report.failed === 0);
  }
  if (report.failed > 0) failures.push(`${peer}\n${report.details}`);
}

function show(peer: string, direction: string, kind: Kind): string {
  const cell = cells.get(`${peer}|${direction}|${kind}`);
  if (cell === undefined) return "–";
  const { passed, differing, failed } = cell;
  if (failed > 0) return `**${failed} failed**`;
  return differing > 0 ? `${passed}, ${differing} differ` : `${passed}`;
}

function matrix(): string {
  const rows = [
    ["peer", "direction", ...kinds],
    ["---", "---", ...kinds.map(() => "---")],
  ];
  const byName = (a: string, b: string) =>
    a.toLowerCase() < b.toLowerCase() ? -1 : 1;
  for (const peer of [...peers.keys()].sort(byName)) {
    for (const direction of directions) {
      const shown = kinds.map((kind) => show(peer, direction, kind));
      if (shown.every((text) => text === "–")) continue;
      rows.push([`${peer} ${peers.get(peer)}`, direction, ...shown]);
    }
  }
  return rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** Writes the table between the page's marks, and formats the page. */
async function writePage(text: string): Promise<void> {
  const path = join(root, "docs/peers.md");
  const marks = /(<!-- interop -->\n)[^]*(<!-- \/interop -->)/;
  const page = readFileSync(path, "utf8");
  if (!marks.test(page)) throw new Error("docs/peers.md has no marks for it");
  writeFileSync(path, page.replace(marks, `$1\n${text}\n\n$2`));
  const { exitCode, output } = await execute(installed("deno") ?? "deno", [
    "fmt",
    "docs/peers.md",
  ]);
  if (exitCode !== 0) throw new Error(output);
}

const { values: options } = parseArgs({
  options: { write: { type: "boolean", default: false } },
});

await runPeers();
for (const reason of skipped) console.log(`SKIPPED ${reason}`);
for (const runtime of runtimes) {
  if (runtime.isNeutral) await runNative(runtime);
}
console.log(`\n${matrix()}\n`);
for (const failure of failures) console.log(`FAILED ${failure}`);
if (options.write && failures.length === 0) await writePage(matrix());
process.exitCode = failures.length > 0 ? 1 : 0;
