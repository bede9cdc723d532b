/**
 * Whether the bytes come from a stream that is read, or are available as
 * chunks.
 */
export type ByteOrigin = "stream" | "chunks";

/** One side of a comparison. */
export interface Contender<Input, Result> {
  /** The name in the report. */
  readonly name: string;
  /** Contenders of the same family are not compared with each other. */
  readonly family: string;
  /**
   * The source of its bytes, which can cost more than everything else. A bar
   * compares only contenders with the same source.
   */
  readonly source?: ByteOrigin;
  /** Whether it supports the workload. */
  accepts?(input: Input): boolean;
  /** Loads what it needs. Throws if the runtime does not support it. */
  load(): Promise<(input: Input) => Result | Promise<Result>>;
}

/** The family of everything in this project. */
export const OWN_FAMILY = "tributary";
