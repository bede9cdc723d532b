/** The report that is printed. */
import type { Mutant } from "./mutants.ts";

export type Status = "killed" | "timeout" | "survived" | "uncovered";

/** A mutant, its result, and the test that gave it. */
export interface Result extends Mutant {
  readonly status: Status;
  readonly test?: string;
}

const columns: readonly Status[] = [
  "killed",
  "timeout",
  "survived",
  "uncovered",
];

/** Whether a test noticed the mutant. */
export function isCaught({ status }: Result): boolean {
  return status === "killed" || status === "timeout";
}

/**
 * The percentage of mutants that a test noticed. Mutants that no test reaches
 * count as unnoticed.
 */
export function scoreOf(results: readonly Result[]): number {
  return 100 * results.filter(isCaught).length / results.length;
}

/** A line for each file, and one for the total. */
export function table(results: readonly Result[]): string {
  const byFile = Map.groupBy(results, ({ file }) => file);
  const files = [...byFile].sort(([a], [b]) => a < b ? -1 : 1);
  const head = row("", ["mutants", ...columns, "score"]);
  return [
    head,
    ...[...files, ["all", results] as const].map(([file, some]) =>
      row(file, [
        some.length,
        ...columns.map((status) =>
          some.filter((result) => result.status === status).length
        ),
        `${scoreOf(some).toFixed(1)} %`,
      ])
    ),
  ].join("\n");
}

function row(name: string, cells: readonly (string | number)[]): string {
  return name.padEnd(30) + cells.map((cell) => `${cell}`.padStart(11)).join("");
}

/** A line for each mutant that no test noticed. */
export function survivors(results: readonly Result[]): string {
  return results.filter((result) => !isCaught(result)).map((result) => {
    const { file, line, column, id, status, mutator } = result;
    const what = `${short(result.original)}  ->  ${short(result.replacement)}`;
    return `${file}:${line}:${column} ${status} #${id} ${mutator}\n    ${what}`;
  }).join("\n");
}

function short(code: string): string {
  const line = code.replaceAll(/\s+/g, " ");
  return line.length > 90 ? `${line.slice(0, 87)}...` : line;
}
