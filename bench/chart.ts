import type { Row } from "./measured.ts";
import { runtimes } from "./runtimes.ts";
import { type Figures, figuresOf, speedOf } from "./table.ts";

/** A contender, and its label. */
type Contender = readonly [name: string, label: string];

/** A job, its title in the chart, and the contenders that are shown. */
interface Panel {
  readonly name: string;
  readonly title: string;
  readonly contenders: readonly Contender[];
}

/** The ways to handle an upload, with this library's first. */
const SERVERS: readonly Contender[] = [
  ["MultipartReader", "Tributary"],
  ["busboy", "busboy"],
  ["multer", "multer"],
  ["formidable", "formidable"],
  ["@fastify/multipart", "@fastify/multipart"],
  ["Hono", "Hono"],
  ["Elysia", "Elysia"],
  ["native formData()", "formData()"],
];

const PANELS: readonly Panel[] = [
  {
    name: "small-form",
    title: "A form of 5 fields, requests a second over loopback",
    contenders: SERVERS,
  },
  {
    name: "upload-sink",
    title: "An upload of 512 MiB over loopback, dropped",
    contenders: SERVERS,
  },
  {
    name: "upload-disk",
    title: "An upload of 512 MiB over loopback, saved to disk",
    contenders: SERVERS,
  },
  {
    name: "20000-fields",
    title: "20,000 fields out of memory, names and values",
    contenders: [
      ["MultipartReader", "Tributary"],
      ["multipasta", "multipasta"],
      ["@remix-run/multipart-parser", "@remix-run"],
      ["busboy", "busboy"],
      ["native formData()", "formData()"],
    ],
  },
];

const LABEL_WIDTH = 112;
const CELL_WIDTH = 240;
const BAR_HEIGHT = 9;
const BAR_STEP = 12;
const TOP = 52;
/** Space after the longest bar, for its figure. */
const FIGURE_WIDTH = 118;

const OWN_COLOR = "#0b7a75";
const PEER_COLOR = "#b3bcc6";

/**
 * A chart for the README: how fast each contender does a job. Longer is faster.
 */
export function formatChart(rows: readonly Row[]): string {
  const width = LABEL_WIDTH + runtimes.length * CELL_WIDTH + 12;
  const tops = PANELS.map((_panel, index) =>
    PANELS.slice(0, index).reduce((sum, panel) => sum + heightOf(panel), TOP)
  );
  const height = PANELS.reduce((sum, panel) => sum + heightOf(panel), TOP + 4);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="10">`,
    `<title>Speed of multipart libraries on ${
      runtimes.map(({ title }) => title).join(", ")
    }; longer is faster</title>`,
    `<rect width="${width}" height="${height}" rx="6" fill="#fff"/>`,
    text(
      12,
      20,
      "Reading multipart: longer is faster",
      "bold",
      13,
    ),
    ...runtimes.map(({ title }, column) =>
      text(LABEL_WIDTH + column * CELL_WIDTH, 40, title, "bold", 12)
    ),
    ...PANELS.flatMap((panel, index) => formatPanel(rows, panel, tops[index])),
    "</svg>\n",
  ].join("\n");
}

function heightOf({ contenders }: Panel): number {
  return contenders.length * BAR_STEP + 32;
}

function formatPanel(
  rows: readonly Row[],
  panel: Panel,
  top: number,
): string[] {
  const labels = panel.contenders.map(([, label], line) => {
    const y = top + 18 + line * BAR_STEP + BAR_HEIGHT - 1;
    return text(12, y, label, line === 0 ? "bold" : "normal", 10);
  });
  const cells = runtimes.flatMap((runtime, column) => {
    const row = rows.find((row) =>
      row.name === panel.name && row.runtime === runtime.name
    );
    const left = LABEL_WIDTH + column * CELL_WIDTH;
    return row ? formatCell(row, panel, left, top) : [];
  });
  return [text(12, top + 10, panel.title, "normal", 11), ...labels, ...cells];
}

function formatCell(
  { measured }: Row,
  { contenders }: Panel,
  left: number,
  top: number,
): string[] {
  const all = figuresOf(measured.timings);
  const shown = contenders.map(([name]) =>
    all.find((one) => one.name === name)
  );
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
