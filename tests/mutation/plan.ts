/** Which tests a mutant is tried with, and in which order. */
import type { Mutant } from "./mutants.ts";
import type { Exploration, ExploredTest, Job, Trial } from "./protocol.ts";

/**
 * The time that a test may take with a mutant: this, plus a multiple of its
 * time without.
 */
const leastTime = 2_000;
const slowdown = 5;

/**
 * From this many times the normal hits on, a loop counts as endless, as in
 * Stryker.
 */
const hitFactor = 100;
const leastHits = 1_000;

/** More hits than any test has time for. */
const MANY = 1e12;

/**
 * The most milliseconds that all slow tests together may cost for one mutant.
 */
const slowTime = 1_500;

/** How many tests that killed other mutants of a file come first. */
const MAX_KILLERS = 30;

export class Plan {
  readonly #tests: readonly ExploredTest[];
  /**
   * The fast tests, fastest first. Those that reach a mutant are tried with it.
   */
  readonly #fast: number[] = [];
  readonly #slow: number[] = [];
  readonly #coverage = new Map<number, Map<number, number>>();
  readonly #whileLoading: ReadonlySet<number>;
  readonly #keeping: ReadonlySet<string>;
  /**
   * For each file that caches values, the tests that reach any of its mutants.
   */
  readonly #byFile = new Map<string, Set<number>>();
  /** For each file, the tests that killed its mutants, the latest first. */
  readonly #killers = new Map<string, number[]>();

  /**
   * @param keeping The files whose modules cache values for the lifetime of the
   *   process.
   * @param fastest The most milliseconds that a test may cost to be tried with
   *   all mutants that it reaches.
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

  /** The number of tests that are used. */
  get size(): number {
    return this.#fast.length + this.#slow.length;
  }

  /**
   * Whether a mutant must be active before anything has run, because it is
   * reached while modules are loaded, or while they compute values that they
   * cache.
   */
  needsNewProcess({ id, file }: Mutant): boolean {
    return this.#whileLoading.has(id) || this.#keeping.has(file);
  }

  /**
   * Returns the tests to try a mutant with. There are none if no test reaches
   * it.
   */
  jobFor(mutant: Mutant): Job {
    const covering = this.#coverage.get(mutant.id);
    const related = this.#keeping.has(mutant.file)
      ? this.#byFile.get(mutant.file)
      : covering;
    // A value that is computed while loading may affect any test.
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

  /** Records that `test` killed a mutant. It may well kill others nearby. */
  note(mutant: Mutant, test: number): void {
    const others = (this.#killers.get(mutant.file) ?? [])
      .filter((killer) => killer !== test);
    this.#killers.set(mutant.file, [test, ...others].slice(0, MAX_KILLERS));
  }

  /** Selects the slow tests that reach a mutant most often for their cost. */
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
