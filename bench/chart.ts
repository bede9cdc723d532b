import type { Row } from "./report.ts";
import { runtimes } from "./runtimes.ts";
import { type Figures, figuresOf, speedOf } from "./table.ts";

/** The workloads that are shown, and how they are called there. */
const PANELS: readonly (readonly [name: string, title: string])[] = [
  ["large-file", "One file of 256 MiB"],
  ["small-chunks", "32 MiB in chunks of 1 KiB"],
  ["100-files", "100 files of 1 MiB"],
  ["20000-fields", "20,000 fields, names and values"],
  ["5000-files", "5,000 files of 4 KiB"],
];

/** The readers that are shown, and their label. */
const READERS: readonly (readonly [name: string, label: string])[] = [
  ["MultipartReader", "Tributary"],
  ["multipasta", "multipasta"],
  ["@remix-run/multipart-parser", "@remix-run"],
  ["busboy", "busboy"],
  ["@fastify/busboy", "@fastify/busboy"],
  ["native formData()", "formData()"],
];

const LABEL_WIDTH = 96;
const CELL_WIDTH = 240;
const BAR_HEIGHT = 9;
const BAR_STEP = 12;
const TOP = 52;
const PANEL_STEP = READERS.length * BAR_STEP + 32;
/** Room behind the longest bar, for its figure. */
const FIGURE_WIDTH = 82;

const OWN_COLOR = "#0b7a75";
const PEER_COLOR = "#b3bcc6";

/** A chart for the README: how fast each reads a stream; longer is faster. */
export function formatChart(rows: readonly Row[]): string {
  const width = LABEL_WIDTH + runtimes.length * CELL_WIDTH + 12;
  const height = TOP + PANELS.length * PANEL_STEP + 4;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="10">`,
    `<title>Speed of multipart readers on ${
      runtimes.map(({ title }) => title).join(", ")
    }; longer is faster</title>`,
    `<rect width="${width}" height="${height}" rx="6" fill="#fff"/>`,
    text(
      12,
      20,
      "Reading multipart from a stream: longer is faster",
      "bold",
      13,
    ),
    ...runtimes.map(({ title }, column) =>
      text(LABEL_WIDTH + column * CELL_WIDTH, 40, title, "bold", 12)
    ),
    ...PANELS.flatMap((panel, index) => formatPanel(rows, panel, index)),
    "</svg>\n",
  ].join("\n");
}

function formatPanel(
  rows: readonly Row[],
  [name, title]: readonly [string, string],
  index: number,
): string[] {
  const top = TOP + index * PANEL_STEP;
  const labels = READERS.map(([, label], line) => {
    const y = top + 18 + line * BAR_STEP + BAR_HEIGHT - 1;
    return text(12, y, label, line === 0 ? "bold" : "normal", 10);
  });
  const cells = runtimes.flatMap((runtime, column) => {
    const row = rows.find((row) =>
      row.name === name && row.runtime === runtime.name
    );
    return row ? formatCell(row, LABEL_WIDTH + column * CELL_WIDTH, top) : [];
  });
  return [text(12, top + 10, title, "normal", 11), ...labels, ...cells];
}

function formatCell({ measured }: Row, left: number, top: number): string[] {
  const all = figuresOf(measured.timings);
  const shown = READERS.map(([name]) => all.find((one) => one.name === name));
  const least = Math.min(...shown.map((one) => one?.min ?? Infinity));
  return shown.flatMap((figures: Figures | undefined, line) => {
    if (!figures) return [];
    const y = top + 18 + line * BAR_STEP;
    const length = (CELL_WIDTH - FIGURE_WIDTH) * least / figures.min;
    const color = line === 0 ? OWN_COLOR : PEER_COLOR;
    return [
      `<rect x="${left}" y="${y}" width="${
        Math.max(1, length).toFixed(1)
      }" height="${BAR_HEIGHT}" fill="${color}"/>`,
      text(
        left + length + 4,
        y + BAR_HEIGHT - 1,
        speedOf(measured, figures.min),
        line === 0 ? "bold" : "normal",
        9,
      ),
    ];
  });
}

function text(
  x: number,
  y: number,
  content: string,
  weight: "bold" | "normal",
  size: number,
): string {
  return `<text x="${
    x.toFixed(1)
  }" y="${y}" font-weight="${weight}" font-size="${size}" fill="#1c2733">${content}</text>`;
}
