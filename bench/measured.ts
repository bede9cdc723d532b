import type { Timing } from "./measure.ts";

/** The options of a worker. */
export interface MeasureSettings {
  /** Whether to use small bodies and few rounds. */
  readonly isQuick: boolean;
  /** The most rounds, if fewer than usual are enough, as for a warm-up. */
  readonly rounds?: number;
  /** Whether a contender with this name takes part. */
  isWanted(name: string): boolean;
}

/** A worker's output. */
export interface Measured {
  readonly title: string;
  /** The unit of its speed. */
  readonly unit: "bytes" | "parts" | "requests" | "imports";
  /** The size of the whole body. */
  readonly bytes: number;
  readonly parts: number;
  readonly timings: readonly Timing[];
  /** Figures other than contenders' times. */
  readonly values?: Readonly<Record<string, number>>;
}

/** One workload on one runtime. */
export interface Row {
  readonly name: string;
  /** The runtime's name. */
  readonly runtime: string;
  readonly measured: Measured;
}

/** A workload that could not be measured on a runtime. */
export interface Failure {
  readonly name: string;
  readonly runtime: string;
  readonly reason: string;
}
