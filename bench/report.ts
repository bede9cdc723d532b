import { availableParallelism, cpus, release, totalmem } from "node:os";
import process from "node:process";
import { readFile } from "node:fs/promises";
import { firstVersion } from "../tests/runtimes/processes.ts";
import { judge, type Verdict } from "./bars.ts";
import { jobGroups } from "./jobs.ts";
import type { Row } from "./measured.ts";
import { noteOn } from "./notes.ts";
import { runtimes } from "./runtimes.ts";
import { figuresOf, formatFigure, speedOf } from "./table.ts";

/** Formats everything that was measured as Markdown. */
export async function formatReport(
  rows: readonly Row[],
  seconds: number,
): Promise<string> {
  const verdicts = judge(rows, true);
  const namesOf = (isJob: boolean) =>
    jobGroups.filter((group) => group.isJob === isJob)
      .flatMap(({ names }) => names);
  const sections = [
    await formatHead(seconds),
    ...formatJobs(rows, namesOf(true)),
    formatBars(verdicts),
    ...formatNotes(verdicts),
    "## Workloads in memory",
    `Bodies lie in memory, in chunks of 64 KiB unless said. All readers read them
from the same \`ReadableStream\` (formidable and multiparty from a \`Readable\` of
Node); a row that says "no stream" is given the chunks themselves, where a
contender has a way for that. A bar compares those that read a stream.`,
    `Times are milliseconds. The ratio says how many times as fast a contender is
as the fastest of the others; this library's own are not compared with each
other. A contender that is named without figures cannot do that workload, or
gave a wrong result, or was too slow to be measured.`,
    ...formatWorkloads(rows, namesOf(false)),
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
value, as text), and every result is checked. Each contender has run all
workloads before it is measured with one, since its speed depends on what its
process has done before. Contenders take turns, round by round; times are the
shortest and the median.`;
}

/** The text before a job's table. */
const introductions: Readonly<Record<string, string>> = {
  "small-form":
    `Most forms are small, and what they cost is what a server does for a
request. Each contender stands behind the server that is its own: Node's,
\`Deno.serve\`, \`Bun.serve\`, or a framework's.`,
  "upload-sink": `For one large upload the disk and the network decide: a reader
that takes a fifth of a second for half a gigabyte waits for either. The library
decides how much of the processor is left for other requests, which this table
shows, and how much memory an upload takes.`,
  "upload-disk": `The same file, saved: each contender in the way that its
documentation shows. The disk decides here. \`readForm()\` saves with \`saveTo()\`,
which syncs the file before it answers, as none of the others does.`,
  "small-form-memory": `What is left of a small form without the server. Native
\`formData()\` is asked of a \`Response\` of the same bytes.`,
  "open-uploads": `What each upload holds while its reader waits for more, after
a chunk of 64 KiB: heap and buffers, with the garbage collected.`,
};

/** The jobs come first, with all runtimes side by side. */
function formatJobs(rows: readonly Row[], names: readonly string[]): string[] {
  return [
    "## What people do",
    "![The jobs, on Node, Deno and Bun](chart.svg)",
    ...names.flatMap((name) => {
      const own = rows.filter((row) => row.name === name);
      if (own.length === 0) return [];
      const introduction = introductions[name];
      return [
        `### ${own[0].measured.title}`,
        ...(introduction ? [introduction] : []),
        formatMatrix(own),
      ];
    }),
  ];
}

/** A table with a row for each contender, and a column for each runtime. */
function formatMatrix(rows: readonly Row[]): string {
  const { unit, timings, values = {} } = rows[0].measured;
  const unitName = unit === "requests" ? "requests/s" : "ms";
  const hasTimes = timings.length > 0;
  const columns = rows.map(({ runtime, measured }) => ({
    title: titleOf(runtime),
    cells: new Map([
      ...figuresOf(measured.timings).map(({ name, min }) =>
        [name, formatFigure(unit === "requests" ? 1000 / min : min)] as const
      ),
      ...measured.timings.filter(({ problem }) => problem)
        .map(({ name, problem = "" }) => [name, problem] as const),
      ...Object.entries(measured.values ?? {})
        .map(([name, value]) => [name, formatFigure(value)] as const),
    ]),
  }));
  const names = new Set([
    ...rows.flatMap(({ measured }) =>
      figuresOf(measured.timings).map(({ name }) => name)
    ),
    ...columns.flatMap(({ cells }) => [...cells.keys()]),
    ...Object.keys(values),
  ]);
  const lines = [
    [hasTimes ? unitName : "", ...columns.map(({ title }) => title)],
    ["---", ...columns.map(() => "--:")],
    ...[...names].map((
      name,
    ) => [name, ...columns.map(({ cells }) => cells.get(name) ?? "")]),
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function titleOf(runtime: string): string {
  return runtimes.find(({ name }) => name === runtime)?.title ?? "";
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

/** Returns the notes about missed bars, each with the runtimes that it is about. */
function formatNotes(verdicts: readonly Verdict[]): string[] {
  const missed = verdicts.filter(({ isMet }) => !isMet);
  const notes = [...Map.groupBy(missed, ({ name }) => name)]
    .flatMap(([name, all]) => {
      const byNote = Map.groupBy(
        all,
        ({ runtime }) => noteOn(name, runtime) ?? "Not looked into.",
      );
      return [...byNote].map(([note, some]) => {
        const where = [...new Set(some.map(({ runtime }) => runtime))];
        return `- **${name}** (${where.join(", ")}): ${
          note.replaceAll("\n", " ")
        }`;
      });
    });
  return notes.length === 0 ? [] : ["### Where it is missed", notes.join("\n")];
}

function formatWorkloads(
  rows: readonly Row[],
  names: readonly string[],
): string[] {
  return names.flatMap((name) => {
    const own = rows.filter((row) => row.name === name);
    if (own.length === 0) return [];
    return [`### ${own[0].measured.title}`, ...own.map(formatTable)];
  });
}

function formatTable({ runtime, measured }: Row): string {
  const title = titleOf(runtime);
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
