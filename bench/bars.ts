/** The speeds and sizes to reach, and whether they are reached. */
import { OWN_FAMILY } from "./contender.ts";
import type { Timing } from "./measure.ts";
import type { Measured, Row } from "./measured.ts";
import { runtimes } from "./runtimes.ts";
import { formatFigure } from "./table.ts";

/** A bar, and the result of one runtime. */
export interface Verdict {
  /** The workload. */
  readonly name: string;
  readonly title: string;
  readonly runtime: string;
  readonly required: string;
  readonly reached: string;
  readonly isMet: boolean;
}

interface Bar {
  /** The workload. */
  readonly name: string;
  readonly title: string;
  readonly limit: "at least" | "at most";
  /** By runtime. Undefined if the runtime has no such bar. */
  required(runtime: string): number | undefined;
  /** Undefined if a contender that it needs has no figures. */
  reach(measured: Measured, runtime: string): number | undefined;
}

function timesOf({ timings }: Measured, name: string): readonly number[] {
  return timings.find((timing) => timing.name === name)?.times ?? [];
}

/** The shortest time of the first contender with this name. */
function timeOf(measured: Measured, name: string): number | undefined {
  const times = timesOf(measured, name);
  return times.length > 0 ? Math.min(...times) : undefined;
}

function medianOf(measured: Measured, name: string): number | undefined {
  const times = timesOf(measured, name).toSorted((a, b) => a - b);
  return times[times.length >> 1];
}

/** The shortest time of the contenders that `accepts` selects. */
function fastest(
  { timings }: Measured,
  accepts: (timing: Timing) => boolean,
): number | undefined {
  const times = timings.filter(accepts)
    .flatMap((timing) => timing.times);
  return times.length > 0 ? Math.min(...times) : undefined;
}

function divide(a: number | undefined, b: number | undefined) {
  return a === undefined || b === undefined ? undefined : a / b;
}

/** Whether a contender does the same job and is not part of this library. */
function isPeer({ family }: Timing): boolean {
  return family !== OWN_FAMILY && family !== "drain";
}

/** A bar: this many times as fast as the fastest peer. */
function fasterThanPeers(
  name: string,
  title: string,
  own: string,
  required: Bar["required"],
  counts: (family: string, runtime: string) => boolean = () => true,
): Bar {
  return {
    name,
    title,
    limit: "at least",
    required,
    reach(measured, runtime) {
      const source = measured.timings.find(({ name }) => name === own)?.source;
      const peers = fastest(
        measured,
        (timing) =>
          isPeer(timing) && timing.source === source &&
          counts(timing.family, runtime),
      );
      return divide(peers, timeOf(measured, own));
    },
  };
}

/** A bar: this many times as fast as one other contender. */
function fasterThan(
  name: string,
  title: string,
  own: string,
  other: string,
  required: Bar["required"],
): Bar {
  return {
    name,
    title,
    limit: "at least",
    required,
    reach: (measured) => divide(timeOf(measured, other), timeOf(measured, own)),
  };
}

/** A bar: at most this many times another's time. */
function withinTimesOf(
  name: string,
  title: string,
  own: string,
  other: (measured: Measured) => number | undefined,
  required: Bar["required"],
): Bar {
  return {
    name,
    title,
    limit: "at most",
    required,
    reach: (measured) => divide(timeOf(measured, own), other(measured)),
  };
}

/** A bar on one value, or on a figure computed from several. */
function ofValues(
  name: string,
  title: string,
  required: number,
  reach: (values: readonly number[]) => number | undefined,
): Bar {
  return {
    name,
    title,
    limit: "at most",
    required: (runtime) => runtime === ANY ? undefined : required,
    reach: ({ values }) => reach(Object.values(values ?? {})),
  };
}

/** The runtime of a row that does not depend on a runtime. */
const ANY = "any";
const READER = "MultipartReader";
const WRITER = "MultipartWriter";

/** The same figure for each runtime. */
const always = (ratio: number) => (runtime: string) =>
  runtime === ANY ? undefined : ratio;

/** A figure for each runtime that has one. */
const on = (ratios: Readonly<Record<string, number>>) => (runtime: string) =>
  ratios[runtime];

const named = (name: string) => (measured: Measured) => timeOf(measured, name);

const lastByFirst = (values: readonly number[]) =>
  divide(values.at(-1), values[0]);

/** The most bytes of each import, minified and gzipped. */
const bundles = {
  MultipartParser: 9_500,
  MultipartReader: 18_000,
  readForm: 21_000,
  MultipartWriter: 12_500,
  byteRanges: 7_000,
  sanitizeFilename: 1_200,
} as const;

const jobBars: readonly Bar[] = [
  fasterThan(
    "small-form",
    "a small form over loopback, requests a second: times busboy",
    READER,
    "busboy",
    on({ node: 1.5, bun: 1.5 }),
  ),
  fasterThan(
    "small-form",
    "a small form over loopback, requests a second: times native formData()",
    READER,
    "native formData()",
    on({ deno: 1.4, bun: 0.7 }),
  ),
  withinTimesOf(
    "small-form-memory",
    "the same out of memory: time of native formData()",
    READER,
    named("native formData()"),
    on({ node: 0.3, deno: 0.2, bun: 1.5 }),
  ),
  ...["read", "piped"].map((how) =>
    withinTimesOf(
      "part-body",
      `part.body, ${how}: time of iterating the part`,
      `part.body, ${how}`,
      named("for await (chunk of part)"),
      always(1.5),
    )
  ),
  withinTimesOf(
    "part-bytes",
    "part.bytes(), size unknown: time of Response.arrayBuffer()",
    "part.bytes()",
    named("Response.arrayBuffer()"),
    always(1.3),
  ),
  withinTimesOf(
    "forward",
    "a part forwarded, reader to writer to a sink: time of iterating",
    "MultipartReader to MultipartWriter",
    named("for await (chunk of part)"),
    always(2),
  ),
  withinTimesOf(
    "upload-disk",
    "a file of 512 MiB to disk over loopback: time of the fastest peer",
    READER,
    (measured) => fastest(measured, isPeer),
    always(1.05),
  ),
  withinTimesOf(
    "upload-sink",
    "the same to a sink that drops it: time of draining",
    READER,
    named("draining alone"),
    on({ node: 1.3, deno: 1.1, bun: 1.1 }),
  ),
  ofValues(
    "upload-memory",
    "512 MiB over loopback, by iteration: MiB more than draining",
    32,
    ([drain, reader]) => reader - drain,
  ),
  ofValues(
    "upload-memory",
    "512 MiB over loopback, by part.body: MiB more than draining",
    32,
    ([drain, , body]) => body - drain,
  ),
  ofValues(
    "open-uploads",
    "2,000 uploads open at once, by iteration: KiB each",
    24,
    ([, reader]) => reader,
  ),
  ofValues(
    "open-uploads",
    "2,000 uploads open at once, by part.body: KiB each",
    24,
    ([, , body]) => body,
  ),
  {
    name: "cold-import",
    title: "a cold import of the package: time of one bundle (medians)",
    limit: "at most",
    required: always(1.5),
    reach: (measured) =>
      divide(
        medianOf(measured, "the package, as npm installs it"),
        medianOf(measured, "one bundle of it"),
      ),
  },
  ...Object.entries(bundles).map(([entry, required]): Bar => ({
    name: "bundle-size",
    title: `a bundle of ${entry}, minified and gzipped: bytes`,
    limit: "at most",
    required: on({ [ANY]: required }),
    reach: ({ values }) => values?.[entry],
  })),
];

const memoryBars: readonly Bar[] = [
  fasterThanPeers(
    "large-file",
    "one large file, times the fastest peer",
    READER,
    on({ node: 1.5, deno: 1.5, bun: 1 }),
  ),
  fasterThanPeers(
    "small-chunks",
    "chunks of 1 KiB, times the fastest peer",
    READER,
    always(1),
  ),
  fasterThanPeers(
    "100-files",
    "100 files of 1 MiB, times the fastest peer",
    READER,
    on({ node: 1.5, deno: 1.5, bun: 1 }),
  ),
  fasterThanPeers(
    "20000-fields",
    "20,000 fields, times the fastest peer in JavaScript",
    READER,
    always(2),
    // Bun's own `formData()` is written in C++.
    (family, runtime) => runtime !== "bun" || family !== "native",
  ),
  fasterThanPeers(
    "5000-files",
    "5,000 files of 4 KiB, times the fastest peer",
    READER,
    always(1.5),
  ),
  ...[
    ["cr", "all CR"],
    ["crlf", "CRLF runs"],
    ["dashes", "CRLF and dashes"],
    ["almost", "almost delimiters"],
    ["tails", "delimiters' tails"],
  ].map(([kind, title]) =>
    withinTimesOf(
      `hostile-${kind}`,
      `hostile, ${title}: time of random bytes`,
      READER,
      named(`${READER}, random bytes`),
      always(1.6),
    )
  ),
  withinTimesOf(
    "write-stream",
    "writing one stream: time of an identity stream",
    WRITER,
    named("identity ReadableStream"),
    always(1.2),
  ),
  fasterThanPeers(
    "write-fields",
    "writing 20,000 fields, times the fastest peer in JavaScript",
    WRITER,
    always(3),
    (family, runtime) => runtime !== "bun" || family !== "native",
  ),
  ofValues(
    "write-bytes",
    "writer.bytes(): memory, in sizes of the result",
    1.1,
    ([taken]) => taken,
  ),
  ...["decode", "encode"].flatMap((direction) => {
    const own = `Base64${direction === "decode" ? "Decoder" : "Encoder"}`;
    return ["runtime", "runtime, bytes"].map((family) =>
      withinTimesOf(
        `base64-${direction}`,
        `base64, ${direction}: time of the runtime's own${
          family === "runtime" ? "" : ", bytes to bytes"
        }`,
        `${own}, 64 KiB at a time`,
        (measured) => fastest(measured, (timing) => timing.family === family),
        always(1.3),
      )
    );
  }),
  ofValues(
    "growth-bytes",
    "growth: time a byte, the largest by 1 MiB",
    1.3,
    lastByFirst,
  ),
  ofValues(
    "growth-parts",
    "growth: time a part, the most by 10",
    1.3,
    lastByFirst,
  ),
];

const bars: readonly Bar[] = [...jobBars, ...memoryBars];

/**
 * Judges every bar on each runtime that has it.
 *
 * @param isFull Whether a bar without figures counts as missed. Otherwise it is
 *   left out.
 */
export function judge(rows: readonly Row[], isFull: boolean): Verdict[] {
  const names = [...runtimes.map(({ name }) => name), ANY];
  return bars.flatMap((bar) =>
    names.flatMap((runtime) => {
      const row = rows.find((row) =>
        row.name === bar.name && row.runtime === runtime
      );
      return row || isFull ? judgeOne(bar, runtime, row?.measured) : [];
    })
  );
}

function judgeOne(
  { name, title, limit, required, reach }: Bar,
  runtime: string,
  measured: Measured | undefined,
): Verdict[] {
  const limitFigure = required(runtime);
  if (limitFigure === undefined) return [];
  const reached = measured && reach(measured, runtime);
  const isMet = reached !== undefined &&
    (limit === "at least" ? reached >= limitFigure : reached <= limitFigure);
  return [{
    name,
    title,
    runtime,
    required: `${limit} ${formatFigure(limitFigure)}`,
    reached: reached === undefined ? "not measured" : formatFigure(reached),
    isMet,
  }];
}

/** Formats the results for the terminal, one per line. */
export function formatVerdicts(verdicts: readonly Verdict[]): string {
  const lines = verdicts.map((
    { title, runtime, required, reached, isMet },
  ) =>
    [
      isMet ? "met   " : "MISSED",
      runtime.padEnd(5),
      reached.padStart(12),
      required.padEnd(14),
      title,
    ].join("  ")
  );
  return lines.join("\n");
}
