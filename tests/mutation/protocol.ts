/** The messages between the pool and its processes. */

/** A test without an active mutant. Its index is that in the bundle. */
export interface ExploredTest {
  readonly name: string;
  /** The elapsed time in milliseconds, on a machine that may be busy. */
  readonly milliseconds: number;
  /** The CPU time in milliseconds. */
  readonly cost: number;
  /** The mutants that the test reaches, and how often. */
  readonly hits: readonly (readonly [mutant: number, count: number])[];
  /**
   * Why it cannot be used: it is slow, it fails, or it fails when run again.
   */
  readonly failure: string | undefined;
}

export interface Exploration {
  readonly tests: readonly ExploredTest[];
  /** Mutants that are reached while the modules are loaded. */
  readonly whileLoading: readonly number[];
}

/** A test to try a mutant with. */
export interface Trial {
  readonly test: number;
  readonly timeLimit: number;
  readonly hitLimit: number;
}

export interface Job {
  readonly mutant: number;
  readonly trials: readonly Trial[];
}

/**
 * The result for a mutant. `stale` means that the test also failed without the
 * mutant in the same process.
 */
export type Verdict = "killed" | "timeout" | "survived" | "stale";

export interface Outcome {
  readonly verdict: Verdict;
  /** The test that gave the result. */
  readonly test?: number;
}

export type ToProcess = { explore: true } | { job: Job };

export type FromProcess =
  | { ready: true }
  | { running: Trial }
  | { outcome: Outcome }
  | { exploration: Exploration };
