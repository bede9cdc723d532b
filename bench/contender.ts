/** A stream that is read, or chunks that are at hand. */
export type ByteOrigin = "stream" | "chunks";

/** One side of a comparison. */
export interface Contender<Input, Result> {
  /** As the report names it. */
  readonly name: string;
  /** Contenders of one family are not compared with each other. */
  readonly family: string;
  /**
   * Where it takes its bytes from, which can cost more than all it does; a bar
   * compares like with like.
   */
  readonly source?: ByteOrigin;
  /** Whether it can do that workload at all. */
  accepts?(input: Input): boolean;
  /** Loads what it needs; throws where the runtime cannot. */
  load(): Promise<(input: Input) => Result | Promise<Result>>;
}

/** The family of all that this project brings itself. */
export const OWN_FAMILY = "tributary";
