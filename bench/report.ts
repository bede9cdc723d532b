import { availableParallelism, cpus, release, totalmem } from "node:os";
import process from "node:process";
import { readFile } from "node:fs/promises";
import { firstVersion } from "../tests/runtimes/processes.ts";
import { judge, type Verdict } from "./bars.ts";
import type { Measured } from "./measured.ts";
import { noteOn } from "./notes.ts";
import { runtimes } from "./runtimes.ts";
import { figuresOf, formatFigure, speedOf } from "./table.ts";

/** One workload on one runtime. */
export interface Row {
  readonly name: string;
  /** The runtime's name. */
  readonly runtime: string;
  readonly measured: Measured;
}

/** All that was measured, as Markdown. */
export async function formatReport(
  rows: readonly Row[],
  seconds: number,
): Promise<string> {
  const verdicts = judge(rows);
  const sections = [
    await formatHead(seconds),
    formatBars(verdicts),
    ...formatNotes(verdicts),
    "## All figures",
    `Times are milliseconds. The ratio says how many times as fast a contender is
as the fastest of the others; this library's own are not compared with each
other. A contender that is named without figures cannot do that workload, or
gave a wrong result, or was too slow to be measured.`,
    ...formatWorkloads(rows),
  ];
  return `${sections.join("\n\n")}\n`;
}

async function formatHead(seconds: number): Promise<string> {
  const versions = await Promise.all(
    runtimes.map(async ({ title, command }) =>
      `${title} ${await firstVersion(command) ?? "(missing)"}`
    ),
  );
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const manifest: { dependencies: Record<string, string> } = JSON.parse(
    await readFile(new URL("package.json", import.meta.url), "utf8"),
  );
  const peers = Object.entries(manifest.dependencies)
    .map(([name, version]) => `${name} ${version}`);
  return `# Results

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}, in ${
    Math.round(seconds / 60)
  } minutes.

- Machine: ${
    cpu?.model.trim() ?? "unknown"
  }, ${availableParallelism()} cores, ${memory} GiB, ${process.platform} ${release()}
- Runtimes: ${versions.join(", ")}
- Peers: ${peers.join(", ")}

Every reader reads the name and the size of each part (with fields: the whole
value, as text), and every result is checked. Contenders take turns, round by
round; times are the shortest and the median. Bodies lie in memory, in chunks of
64 KiB unless said. All read them from the same \`ReadableStream\` (formidable and
multiparty from a \`Readable\` of Node); a row that says "no stream" is given the
chunks themselves, where a contender has a way for that. A bar compares those
that read a stream.`;
}

function formatBars(verdicts: readonly Verdict[]): string {
  const lines = verdicts.map((
    { title, runtime, required, reached, isMet },
  ) =>
    `| ${title} | ${runtime} | ${required} | ${reached} | ${
      isMet ? "met" : "**missed**"
    } |`
  );
  return [
    "## The bar",
    "",
    "| what | runtime | required | reached | |",
    "| --- | --- | --- | --- | --- |",
    ...lines,
  ].join("\n");
}

/** What is known about the bars that are missed. */
function formatNotes(verdicts: readonly Verdict[]): string[] {
  const missed = verdicts.filter(({ isMet }) => !isMet);
  const names = [...new Set(missed.map(({ name }) => name))];
  const notes = names.flatMap((name) => {
    const of = missed.filter((verdict) => verdict.name === name);
    const text = of.map(({ runtime }) => noteOn(name, runtime))
      .find((note) => note !== undefined) ?? "Not looked into.";
    const where = [...new Set(of.map(({ runtime }) => runtime))].join(", ");
    return [`- **${name}** (${where}): ${text.replaceAll("\n", " ")}`];
  });
  return notes.length === 0 ? [] : ["### Where it is missed", notes.join("\n")];
}

function formatWorkloads(rows: readonly Row[]): string[] {
  const names = [...new Set(rows.map(({ name }) => name))];
  return names.flatMap((name) => {
    const own = rows.filter((row) => row.name === name);
    return [`### ${own[0].measured.title}`, ...own.map(formatTable)];
  });
}

function formatTable({ runtime, measured }: Row): string {
  const title = runtimes.find(({ name }) => name === runtime)?.title ?? runtime;
  const { timings, values = {} } = measured;
  const lines: string[] = [];
  if (timings.length > 0) {
    lines.push(
      `| ${title} | min | median | speed | ratio |`,
      "| --- | --: | --: | --: | --: |",
    );
  }
  for (const figures of figuresOf(timings)) {
    const { name, min, median, ratio } = figures;
    const cells = [
      name,
      formatFigure(min),
      formatFigure(median),
      speedOf(measured, min),
      Number.isNaN(ratio) ? "" : ratio.toFixed(2),
    ];
    lines.push(`| ${cells.join(" | ")} |`);
  }
  for (const { name, problem } of timings) {
    if (problem) lines.push(`| ${name} | | | ${problem} | |`);
  }
  const entries = Object.entries(values);
  if (entries.length === 0) return lines.join("\n");
  const table = [
    `| ${title} | |`,
    "| --- | --: |",
    ...entries.map(([name, value]) => `| ${name} | ${formatFigure(value)} |`),
  ];
  return [...lines, ...(lines.length > 0 ? [""] : []), ...table].join("\n");
}
