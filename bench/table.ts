import type { Timing } from "./measure.ts";
import type { Measured } from "./measured.ts";

/** Figures computed from the times of one contender. */
export interface Figures {
  readonly name: string;
  readonly family: string;
  /** In milliseconds. */
  readonly min: number;
  readonly median: number;
  readonly rounds: number;
  /** How many times as fast as the fastest contender of another family. */
  readonly ratio: number;
}

/** Returns the figures, fastest first. */
export function figuresOf(timings: readonly Timing[]): Figures[] {
  const figures = timings.filter(({ times }) => times.length > 0).map(
    ({ name, family, times }) => {
      const sorted = times.toSorted((a, b) => a - b);
      const [min] = sorted;
      const median = sorted[sorted.length >> 1];
      return { name, family, min, median, rounds: times.length };
    },
  ).sort((a, b) => a.min - b.min);
  return figures.map((one) => {
    const fastest = figures.find(({ family }) => family !== one.family);
    return { ...one, ratio: fastest ? fastest.min / one.min : NaN };
  });
}

/** The work per second, with its unit. */
export function speedOf(
  { bytes, parts, unit }: Measured,
  milliseconds: number,
): string {
  if (unit === "bytes") {
    return `${formatFigure(bytes / 2 ** 20 / milliseconds * 1000)} MiB/s`;
  }
  if (unit === "parts") return `${formatFigure(parts / milliseconds)} parts/ms`;
  return `${formatFigure(1000 / milliseconds)} ${unit}/s`;
}

/** Rounds to three digits, or to a whole number. */
export function formatFigure(figure: number): string {
  const size = Math.abs(figure);
  const digits = size < 1 ? 3 : size < 10 ? 2 : size < 100 ? 1 : 0;
  return figure.toFixed(digits).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Formats a table for the terminal. */
export function formatTable(measured: Measured): string {
  const rows = figuresOf(measured.timings).map((one) => [
    one.name,
    formatFigure(one.min),
    formatFigure(one.median),
    speedOf(measured, one.min),
    String(one.rounds),
    Number.isNaN(one.ratio) ? "" : one.ratio.toFixed(2),
  ]);
  const head = [
    "",
    "min ms",
    "median ms",
    "speed",
    "rounds",
    "ratio",
  ];
  const lines = [head, ...rows].map((row) =>
    row.map((cell, column) =>
      column === 0 ? cell.padEnd(38) : cell.padStart(column === 3 ? 17 : 11)
    ).join("")
  );
  for (const { name, problem } of measured.timings) {
    if (problem) lines.push(`${name.padEnd(38)} ${problem}`);
  }
  for (const [name, value] of Object.entries(measured.values ?? {})) {
    lines.push(`${name.padEnd(38)} ${formatFigure(value)}`);
  }
  return lines.join("\n");
}
