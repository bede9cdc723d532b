import type { Measured, MeasureSettings } from "./measured.ts";

/**
 * Workloads that share a process, and therefore its compiled code and its
 * garbage.
 */
export interface ProcessGroup {
  readonly names: readonly string[];
  /** Whether all workloads run before the first of them is measured. */
  readonly isWarmed: boolean;
  measure(name: string, settings: MeasureSettings): Promise<Measured>;
}

/**
 * The workloads that run in a process of their own, in the order of the report.
 * Code is loaded late, so that the reader's figures do not depend on what the
 * writer loads. The speed of code depends on what it has done before. So most
 * groups run all their workloads before one is measured, as a server has when
 * it is measured.
 */
export const processGroups: readonly ProcessGroup[] = [
  {
    names: ["small-form-memory", "part-body", "part-bytes", "forward"],
    isWarmed: true,
    async measure(name, settings) {
      if (name === "small-form-memory") {
        const { compareSmallForms } = await import("./usage/small_form.ts");
        return await compareSmallForms(settings);
      }
      const { comparePartBody } = await import("./usage/part_body.ts");
      return await comparePartBody(name, settings);
    },
  },
  {
    names: ["open-uploads"],
    isWarmed: false,
    async measure(_name, settings) {
      const { compareOpenUploads } = await import("./usage/open_uploads.ts");
      return await compareOpenUploads(settings);
    },
  },
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
    isWarmed: true,
    async measure(name, settings) {
      const { compareReaders } = await import("./reading/compare.ts");
      return await compareReaders(name, settings);
    },
  },
  {
    names: ["write-fields", "write-files", "write-stream"],
    isWarmed: true,
    async measure(name, settings) {
      const { compareWriters } = await import("./writing/compare.ts");
      return await compareWriters(name, settings);
    },
  },
  {
    // It measures memory, which earlier workloads would change.
    names: ["write-bytes"],
    isWarmed: false,
    async measure(_name, { isQuick }) {
      const { compareBytes } = await import("./writing/bytes.ts");
      return await compareBytes(isQuick ? 64 : 256);
    },
  },
  {
    names: ["base64-decode", "base64-encode"],
    isWarmed: true,
    async measure(name, settings) {
      const { compareCodecs } = await import("./codecs/compare.ts");
      return await compareCodecs(name, settings);
    },
  },
  {
    names: ["growth-bytes", "growth-parts"],
    isWarmed: false,
    async measure(name, settings) {
      const { compareGrowth } = await import("./growth/compare.ts");
      return await compareGrowth(name, settings);
    },
  },
];
