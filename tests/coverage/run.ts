/**
 * Reports which branches of the library the neutral tests reach, on Node and on
 * Deno together: one runtime may have what the other lacks.
 *
 *     npm run coverage -- [--tests text] [--profiles folder]
 *
 * A branch that no test reaches must be listed in `exceptions.json` with the
 * reason, and a listed branch must not be reached. Otherwise the command fails.
 * `--tests` runs only the files whose names contain the text, and then accepts
 * unreached branches. With `--profiles`, V8's profiles are kept in that folder
 * and added to those already there, which is valid as long as no source of the
 * library changes.
 */
import { mkdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { type Branch, readBranches } from "./branches.ts";
import { countBranches } from "./profiles.ts";
import { countOnDeno, countOnNode, libraryFiles, testFiles } from "./runs.ts";

/** A branch that no test can reach here, and the reason. */
interface Exception {
  readonly file: string;
  readonly within: string;
  readonly code: string;
  readonly outcome: string;
  readonly reason: string;
  /** Whether a run may reach it after all, because it depends on timing. */
  readonly sometimes?: true;
}

const { values: options } = parseArgs({
  options: {
    tests: { type: "string", default: "" },
    profiles: { type: "string" },
  },
});

const exceptions: Exception[] = JSON.parse(
  readFileSync(new URL("exceptions.json", import.meta.url), "utf8"),
);

const scratch = await mkdtemp(join(tmpdir(), "tributary-coverage-"));
try {
  report(
    await countAll(options.profiles ? resolve(options.profiles) : scratch),
  );
} finally {
  await rm(scratch, { recursive: true, force: true });
}

async function countAll(folder: string): Promise<Map<Branch, number>> {
  const branches = libraryFiles().flatMap(readBranches);
  const node = join(folder, "node");
  const deno = join(folder, "deno");
  // Deno's profiles name the files of the copy.
  const copy = join(folder, "copy");
  for (const path of [node, deno, copy]) mkdirSync(path, { recursive: true });
  const runs = await Promise.all([
    countOnNode(testFiles("node", options.tests), node),
    countOnDeno(testFiles("deno", options.tests), deno, copy),
  ]);
  for (const { failure } of runs) {
    if (failure === undefined) continue;
    console.log(stripVTControlCharacters(failure));
    process.exitCode = 1;
  }
  const [onNode, onDeno] = runs;
  const counts = countBranches(branches, node, onNode.fileOf);
  for (const [branch, count] of countBranches(branches, deno, onDeno.fileOf)) {
    counts.set(branch, (counts.get(branch) ?? 0) + count);
  }
  return counts;
}

function report(counts: ReadonlyMap<Branch, number>): void {
  const missed = outermost(
    [...counts].flatMap(([branch, count]) => count === 0 ? [branch] : []),
  );
  const explained = new Map(
    missed.map((branch) =>
      [
        branch,
        exceptions.find((exception) => isFor(exception, branch)),
      ] as const
    ),
  );
  const stale = exceptions.filter((exception) => {
    const possible = exception.sometimes ? [...counts.keys()] : missed;
    return !possible.some((branch) => isFor(exception, branch));
  });

  printTable(counts);
  for (const [branch, exception] of explained) {
    if (exception) continue;
    console.log(`NOT REACHED: ${describe(branch)}`);
  }
  for (const exception of stale) {
    const { file, within, code, outcome } = exception;
    console.log(`REACHED, or gone: ${file}, ${within}: ${code} (${outcome})`);
  }
  const open = [...explained.values()].filter((exception) => !exception);
  console.log(
    `\n${missed.length} not reached, ${missed.length - open.length} of them ` +
      `explained; ${stale.length} explained for nothing`,
  );
  // A part of the tests cannot reach everything.
  if (options.tests) return;
  if (open.length > 0 || stale.length > 0) process.exitCode = 1;
}

/** Leaves out branches within an unreached branch. */
function outermost(missed: readonly Branch[]): Branch[] {
  return missed.filter((inner) =>
    !missed.some((outer) =>
      outer !== inner && outer.file === inner.file &&
      outer.start <= inner.start && inner.end <= outer.end &&
      outer.end - outer.start > inner.end - inner.start
    )
  );
}

function isFor(exception: Exception, branch: Branch): boolean {
  return exception.file === branch.file && exception.within === branch.within &&
    exception.code === branch.code && exception.outcome === branch.outcome;
}

function describe({ file, line, within, code, outcome }: Branch): string {
  return `${file}:${line}, in ${within || "the module"}: ${code} (${outcome})`;
}

function printTable(counts: ReadonlyMap<Branch, number>): void {
  const rows = new Map<string, { all: number; reached: number }>();
  for (const [{ file }, count] of counts) {
    const folder = `${file.slice(0, file.indexOf("/"))}/`;
    for (const name of [file, folder, "all"]) {
      const row = rows.get(name) ?? { all: 0, reached: 0 };
      row.all++;
      if (count > 0) row.reached++;
      rows.set(name, row);
    }
  }
  const isSum = (name: string) => name === "all" || name.endsWith("/");
  const sorted = [...rows].sort(([a], [b]) =>
    Number(isSum(a)) - Number(isSum(b))
  );
  console.log(`${"branches".padEnd(34)} reached of all`);
  for (const [name, { all, reached }] of sorted) {
    const percent = (Math.floor(reached / all * 1000) / 10).toFixed(1);
    console.log(
      `${name.padEnd(34)} ${`${reached}`.padStart(7)} ${
        `${all}`.padStart(6)
      } ` +
        `${percent.padStart(6)} %`,
    );
  }
}
