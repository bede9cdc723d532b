/** What has to be reached, and whether it is. */
import { OWN_FAMILY } from "./contender.ts";
import type { Timing } from "./measure.ts";
import type { Measured } from "./measured.ts";
import type { Row } from "./report.ts";
import { formatFigure } from "./table.ts";

/** A bar, as one runtime stands to it. */
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
  /** By runtime; undefined where there is no such bar. */
  required(runtime: string): number | undefined;
  /** Undefined where a contender that it needs has no figures. */
  reach(measured: Measured, runtime: string): number | undefined;
}

/** The shortest time of the first contender of that name. */
function timeOf({ timings }: Measured, name: string): number | undefined {
  const times = timings.find((timing) => timing.name === name)?.times ?? [];
  return times.length > 0 ? Math.min(...times) : undefined;
}

/** The shortest time of all that `accepts` takes. */
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

/** So many times as fast as the fastest peer. */
function fasterThanPeers(
  name: string,
  title: string,
  own: string,
  required: Bar["required"],
  isPeer: (family: string, runtime: string) => boolean = () => true,
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
          timing.family !== OWN_FAMILY && timing.source === source &&
          isPeer(timing.family, runtime),
      );
      return divide(peers, timeOf(measured, own));
    },
  };
}

/** So many times another's time at most. */
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

/** One of the values, or one by another. */
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
    required: () => required,
    reach: ({ values }) => reach(Object.values(values ?? {})),
  };
}

const READER = "MultipartReader";
const WRITER = "MultipartWriter";
const always = (ratio: number) => () => ratio;
const lastByFirst = (values: readonly number[]) =>
  divide(values.at(-1), values[0]);

const bars: readonly Bar[] = [
  fasterThanPeers(
    "large-file",
    "one large file, times the fastest peer",
    READER,
    (runtime) => runtime === "bun" ? 1.5 : 2,
  ),
  fasterThanPeers(
    "small-chunks",
    "chunks of 1 KiB, times the fastest peer",
    READER,
    always(1.2),
  ),
  fasterThanPeers(
    "small-chunks",
    "the same, with the parser alone",
    "MultipartParser",
    always(1.2),
  ),
  fasterThanPeers(
    "100-files",
    "100 files of 1 MiB, times the fastest peer",
    READER,
    always(2),
  ),
  fasterThanPeers(
    "20000-fields",
    "20,000 fields, times the fastest peer",
    READER,
    always(2),
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
    ["short-boundary", "short boundary"],
  ].map(([kind, title]) =>
    withinTimesOf(
      `hostile-${kind}`,
      `hostile, ${title}: time of random bytes`,
      READER,
      (measured) => timeOf(measured, `${READER}, random bytes`),
      always(1.5),
    )
  ),
  withinTimesOf(
    "write-stream",
    "writing one stream: time of an identity stream",
    WRITER,
    (measured) => timeOf(measured, "identity ReadableStream"),
    always(1.2),
  ),
  fasterThanPeers(
    "write-fields",
    "writing 20,000 fields, times the fastest peer (on Bun: in JavaScript)",
    WRITER,
    always(3),
    // Bun's own is C++, and has a bar for itself.
    (family, runtime) => runtime !== "bun" || family !== "native",
  ),
  withinTimesOf(
    "write-fields",
    "writing 20,000 fields: time of native",
    WRITER,
    (measured) => timeOf(measured, "native FormData"),
    (runtime) => runtime === "bun" ? 2 : undefined,
  ),
  ofValues(
    "write-bytes",
    "bytes(): memory, in sizes of the result",
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
  withinTimesOf(
    "loopback-upload",
    "upload over loopback: time of draining",
    READER,
    (measured) => timeOf(measured, "draining alone"),
    always(1.1),
  ),
  ofValues(
    "loopback-upload",
    "upload over loopback: MiB more than draining",
    32,
    ([drain, reader]) => reader - drain,
  ),
];

/** Every bar, on every runtime that was measured. */
export function judge(rows: readonly Row[]): Verdict[] {
  return bars.flatMap((bar) =>
    rows.filter(({ name }) => name === bar.name)
      .flatMap((row) => judgeOne(bar, row))
  );
}

function judgeOne(
  { name, title, limit, required, reach }: Bar,
  { runtime, measured }: Row,
): Verdict[] {
  const limitFigure = required(runtime);
  if (limitFigure === undefined) return [];
  const reached = reach(measured, runtime);
  const isMet = reached !== undefined &&
    (limit === "at least" ? reached >= limitFigure : reached <= limitFigure);
  return [{
    name,
    title,
    runtime,
    required: `${limit} ${limitFigure}`,
    reached: reached === undefined ? "?" : formatFigure(reached),
    isMet,
  }];
}
