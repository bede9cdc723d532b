import type { Timing } from "./measure.ts";

/** How a worker is to measure. */
export interface MeasureSettings {
  /** Whether small bodies and few rounds will do. */
  readonly isQuick: boolean;
  /** Whether a contender of that name takes part. */
  isWanted(name: string): boolean;
}

/** What a worker prints. */
export interface Measured {
  readonly title: string;
  /** What its speed is counted in. */
  readonly unit: "bytes" | "parts" | "requests";
  /** Of the whole body. */
  readonly bytes: number;
  readonly parts: number;
  readonly timings: readonly Timing[];
  /** Figures that are no times of contenders. */
  readonly values?: Readonly<Record<string, number>>;
}
