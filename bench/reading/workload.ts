import type { Expected, Upload } from "./upload.ts";

/** The inputs of a workload. */
export interface Made {
  readonly upload: Upload;
  readonly expected: readonly Expected[];
  /** The size of the whole body. */
  readonly bytes: number;
  /** A body of the same size and parts that is not hostile, to compare with. */
  readonly plain?: Upload;
  /**
   * A small body of the same kind, which shows which contender is too slow for
   * the whole.
   */
  readonly trial?: Made;
}

/** A body to read, made on demand. */
export interface ReadWorkload {
  readonly name: string;
  title(isQuick: boolean): string;
  /** The unit of its speed. */
  readonly unit: "bytes" | "parts";
  /** Whether to measure the stream's own share too, because it is large. */
  readonly hasFloor?: boolean;
  /**
   * Makes the body.
   *
   * @param isQuick Whether a smaller one is enough.
   */
  make(isQuick: boolean): Made;
}
