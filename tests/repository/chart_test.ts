/** Proves that the chart's figures fit into their space. */
import { assert, assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";

const chart = readFileSync(
  new URL("../../bench/chart.svg", import.meta.url),
  "utf8",
);

/** The width of a bold sans-serif letter of 10 pixels, rounded up. */
const LETTER = 6.6;

it("no figure of the chart runs into the next column's bars", () => {
  const bars = [...chart.matchAll(/<rect x="([\d.]+)"/g)]
    .map(([, x]) => Number(x));
  const columns = [...new Set(bars)].toSorted((a, b) => a - b);
  assertEquals(columns.length, 3);
  const [, width] = /viewBox="0 0 (\d+) /.exec(chart) ?? [];
  const ends = [...columns.slice(1), Number(width)];
  const figures = [
    ...chart.matchAll(/<text x="([\d.]+)"[^>]*>([\d.,]+ [a-zA-Z]+\/m?s)</g),
  ];
  assert(figures.length > 60, String(figures.length));
  for (const [, x, text = ""] of figures) {
    const end = ends.find((end) => Number(x) < end) ?? 0;
    const right = Number(x) + text.length * LETTER;
    assert(right <= end, `${text} ends at ${right}, the room at ${end}`);
  }
});
