/** Which tests a mutant is tried with, and in which order. */
import type { Mutant } from "./mutants.ts";
import type { Exploration, ExploredTest, Job, Trial } from "./protocol.ts";

/** What a test may take with a mutant, beyond a multiple of what it takes without. */
const leastTime = 2_000;
const slowdown = 5;

/** As Stryker has it: how much more often than without it, before it is endless. */
const hitFactor = 100;
const leastHits = 1_000;

/** More hits than any test has time for. */
const MANY = 1e12;

/** Milliseconds that all slow tests together may cost for one mutant. */
const slowTime = 1_500;

/** How many tests of those that killed a file's other mutants come first. */
const MAX_KILLERS = 30;

export class Plan {
  readonly #tests: readonly ExploredTest[];
  /** The tests that a mutant is tried with if they come by it, the fastest first. */
  readonly #fast: number[] = [];
  readonly #slow: number[] = [];
  readonly #coverage = new Map<number, Map<number, number>>();
  readonly #whileLoading: ReadonlySet<number>;
  readonly #keeping: ReadonlySet<string>;
  /** By file that keeps something, all tests that come by any of its mutants. */
  readonly #byFile = new Map<string, Set<number>>();
  /** By file, the tests that killed last, the last one first. */
  readonly #killers = new Map<string, number[]>();

  /**
   * @param keeping The files whose modules keep for good what they work out once.
   * @param fastest What a test may cost, in milliseconds, to be used wherever it can be.
   */
  constructor(
    { tests, whileLoading }: Exploration,
    mutants: readonly Mutant[],
    keeping: ReadonlySet<string>,
    fastest: number,
  ) {
    this.#tests = tests;
    this.#keeping = keeping;
    this.#whileLoading = new Set(whileLoading);
    for (const [test, { cost, hits, failure }] of tests.entries()) {
      if (failure !== undefined) continue;
      (cost <= fastest ? this.#fast : this.#slow).push(test);
      for (const [mutant, count] of hits) {
        const covering = this.#coverage.get(mutant) ?? new Map();
        this.#coverage.set(mutant, covering.set(test, count));
      }
    }
    for (const { id, file } of mutants) {
      const all = this.#byFile.get(file) ?? new Set();
      for (const test of this.#coverage.get(id)?.keys() ?? []) all.add(test);
      this.#byFile.set(file, all);
    }
    this.#fast.sort((a, b) => tests[a].cost - tests[b].cost);
  }

  /** Tests that are used. */
  get size(): number {
    return this.#fast.length + this.#slow.length;
  }

  /**
   * Whether a mutant has to be in force before anything has run: it counts when
   * the modules are loaded, or when they work out what they keep.
   */
  needsNewProcess({ id, file }: Mutant): boolean {
    return this.#whileLoading.has(id) || this.#keeping.has(file);
  }

  /** What to try a mutant with: nothing if no test comes by it. */
  jobFor(mutant: Mutant): Job {
    const covering = this.#coverage.get(mutant.id);
    const related = this.#keeping.has(mutant.file)
      ? this.#byFile.get(mutant.file)
      : covering;
    // What is worked out while loading may count in any test.
    const isUsed = (test: number): boolean =>
      this.#whileLoading.has(mutant.id) || related?.has(test) === true;
    const killers = (this.#killers.get(mutant.file) ?? []).filter(isUsed);
    const slow = this.#slowOf(this.#slow.filter(isUsed), covering);
    const others = [...this.#fast.filter(isUsed), ...slow]
      .filter((test) => !killers.includes(test));
    return {
      mutant: mutant.id,
      trials: [...killers, ...others].map((test) =>
        this.#trial(test, covering?.get(test))
      ),
    };
  }

  /** Says that `test` killed a mutant, and may well kill those near it. */
  note(mutant: Mutant, test: number): void {
    const others = (this.#killers.get(mutant.file) ?? [])
      .filter((killer) => killer !== test);
    this.#killers.set(mutant.file, [test, ...others].slice(0, MAX_KILLERS));
  }

  /** Of slow tests those that come by a mutant most often for what they cost. */
  #slowOf(
    slow: readonly number[],
    covering: ReadonlyMap<number, number> | undefined,
  ): number[] {
    const worth = (test: number): number =>
      (covering?.get(test) ?? 1) / this.#tests[test].cost;
    let left = slowTime;
    return slow.toSorted((a, b) => worth(b) - worth(a)).filter((test) => {
      const { cost } = this.#tests[test];
      if (cost > left) return false;
      left -= cost;
      return true;
    });
  }

  #trial(test: number, hits = MANY): Trial {
    return {
      test,
      timeLimit: leastTime + slowdown * this.#tests[test].milliseconds,
      hitLimit: leastHits + hitFactor * hits,
    };
  }
}
