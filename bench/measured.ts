import type { Timing } from "./measure.ts";

/** How a worker is to measure. */
export interface MeasureSettings {
  /** Whether small bodies and few rounds will do. */
  readonly isQuick: boolean;
  /** Rounds at most, where fewer than usual will do: to warm up. */
  readonly rounds?: number;
  /** Whether a contender of that name takes part. */
  isWanted(name: string): boolean;
}

/** What a worker prints. */
export interface Measured {
  readonly title: string;
  /** What its speed is counted in. */
  readonly unit: "bytes" | "parts" | "requests" | "imports";
  /** Of the whole body. */
  readonly bytes: number;
  readonly parts: number;
  readonly timings: readonly Timing[];
  /** Figures that are no times of contenders. */
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
