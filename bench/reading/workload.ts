import type { Expected, Upload } from "./upload.ts";

/** What has been made for a workload. */
export interface Made {
  readonly upload: Upload;
  readonly expected: readonly Expected[];
  /** Of the whole body. */
  readonly bytes: number;
  /** One of the same size and parts that is not hostile, to compare with. */
  readonly plain?: Upload;
  /** A small one of the kind, which shows who is too slow for the whole. */
  readonly trial?: Made;
}

/** A body to read, made when it is needed. */
export interface ReadWorkload {
  readonly name: string;
  title(isQuick: boolean): string;
  /** What its speed is counted in. */
  readonly unit: "bytes" | "parts";
  /** Whether the stream itself costs so much that its share is measured too. */
  readonly hasFloor?: boolean;
  /**
   * Makes the body.
   *
   * @param isQuick Whether a smaller one will do.
   */
  make(isQuick: boolean): Made;
}
