import type { Measured, MeasureSettings } from "./measured.ts";

/** Workloads whose code is loaded together, and apart from that of others. */
interface JobGroup {
  readonly names: readonly string[];
  measure(name: string, settings: MeasureSettings): Promise<Measured>;
}

/**
 * All that is measured in one process, in the order of the report. The code is
 * loaded late: the reader's figures must not depend on what the writer loads.
 */
export const jobGroups: readonly JobGroup[] = [
  {
    names: [
      "large-file",
      "small-chunks",
      "100-files",
      "20000-fields",
      "5000-files",
      "hostile-cr",
      "hostile-crlf",
      "hostile-dashes",
      "hostile-almost",
      "hostile-tails",
      "hostile-short-boundary",
      "base64",
      "quoted-printable",
      "gzip",
      "nested",
      "mixed-replace",
    ],
    async measure(name, settings) {
      const { compareReaders } = await import("./reading/compare.ts");
      return await compareReaders(name, settings);
    },
  },
  {
    names: ["write-fields", "write-files", "write-stream", "write-bytes"],
    async measure(name, settings) {
      const { compareWriters } = await import("./writing/compare.ts");
      return await compareWriters(name, settings);
    },
  },
  {
    names: ["base64-decode", "base64-encode"],
    async measure(name, settings) {
      const { compareCodecs } = await import("./codecs/compare.ts");
      return await compareCodecs(name, settings);
    },
  },
  {
    names: ["growth-bytes", "growth-parts"],
    async measure(name, settings) {
      const { compareGrowth } = await import("./growth/compare.ts");
      return await compareGrowth(name, settings);
    },
  },
];

/** What is measured from the process that starts all: servers are its own. */
export const loopbackNames: readonly string[] = [
  "loopback-upload",
  "loopback-requests",
];
