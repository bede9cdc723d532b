/** What the pool and its processes tell each other. */

/** A test, numbered as the bundle has it, when no mutant is in force. */
export interface ExploredTest {
  readonly name: string;
  /** Milliseconds that pass, on a machine that may be busy. */
  readonly milliseconds: number;
  /** Milliseconds of computing. */
  readonly cost: number;
  /** What it comes by, and how often. */
  readonly hits: readonly (readonly [mutant: number, count: number])[];
  /** Why it cannot be used: it is slow, fails, or does when it is run again. */
  readonly failure: string | undefined;
}

export interface Exploration {
  readonly tests: readonly ExploredTest[];
  /** Mutants that are come by while the modules are loaded. */
  readonly whileLoading: readonly number[];
}

/** One test to try a mutant with. */
export interface Trial {
  readonly test: number;
  readonly timeLimit: number;
  readonly hitLimit: number;
}

export interface Job {
  readonly mutant: number;
  readonly trials: readonly Trial[];
}

/** How a mutant fared. `stale`: so did the code without it, in that process. */
export type Verdict = "killed" | "timeout" | "survived" | "stale";

export interface Outcome {
  readonly verdict: Verdict;
  /** The test that told. */
  readonly test?: number;
}

export type ToProcess = { explore: true } | { job: Job };

export type FromProcess =
  | { ready: true }
  | { running: Trial }
  | { outcome: Outcome }
  | { exploration: Exploration };
