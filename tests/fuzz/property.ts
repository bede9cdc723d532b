/**
 * Properties, and how often they are tried.
 *
 * In the environment, `FUZZ_RUNS` is the number of tries per property, and
 * `FUZZ_SEED` the seed of the random input. Both work on runtimes where a test
 * can read its environment. A failure prints its seed and its path.
 */
import * as fc from "fast-check";

/** Something that holds for every input. */
export interface Property {
  readonly name: string;
  /** The number of tries, unless the environment says otherwise. */
  readonly runs: number;
  /** Tries it, and fails with the smallest input for which it does not hold. */
  check(budget: Budget): Promise<void>;
}

/** The number of tries, their seed, and their time limit. */
export interface Budget {
  readonly runs: number;
  readonly seed: number;
  /**
   * In milliseconds. After it, no new try begins. Without it, there is no
   * limit.
   */
  readonly timeLimit?: number;
}

/**
 * The same in every run, so that a failure in one place can be repeated in
 * another.
 */
const SEED = 2046;

/** In milliseconds. A test may take 30 s. */
const TIME_LIMIT = 20_000;

/** Declares that `holds` does not throw for any input. */
export function property<T>(
  name: string,
  runs: number,
  input: fc.Arbitrary<T>,
  holds: (input: T) => void | Promise<void>,
): Property {
  return {
    name,
    runs,
    check: ({ runs, seed, timeLimit }) =>
      fc.assert(
        fc.asyncProperty(input, async (value) => {
          const held = holds(value);
          if (held !== undefined) await held;
        }),
        {
          numRuns: runs,
          seed,
          // Some runners do not print an error's cause.
          includeErrorInReport: true,
          ...(timeLimit === undefined ? {} : {
            interruptAfterTimeLimit: timeLimit,
            markInterruptAsFailure: false,
          }),
        },
      ),
  };
}

/** The budget of the environment, or the property's own short one. */
export function budgetFor(runs: number): Budget {
  const asked = numberFrom("FUZZ_RUNS");
  const seed = numberFrom("FUZZ_SEED") ?? SEED;
  if (asked === undefined) return { runs, seed };
  return { runs: asked, seed, timeLimit: TIME_LIMIT };
}

function numberFrom(name: string): number | undefined {
  const text = environment(name);
  return text !== undefined && /^[0-9]+$/.test(text) ? Number(text) : undefined;
}

/** Returns a variable of the environment, if it exists and may be read. */
function environment(name: string): string | undefined {
  if (!mayLook(name)) return undefined;
  const value = get(get(get(globalThis, "process"), "env"), name);
  return typeof value === "string" ? value : undefined;
}

/** Without this query, Deno would prompt the user. */
function mayLook(variable: string): boolean {
  const permissions = get(get(globalThis, "Deno"), "permissions");
  const query = get(permissions, "querySync");
  if (typeof query !== "function") return true;
  const descriptor = { name: "env", variable };
  return get(Reflect.apply(query, permissions, [descriptor]), "state") ===
    "granted";
}

function get(object: unknown, name: string): unknown {
  const isObject = typeof object === "object" && object !== null;
  return isObject || typeof object === "function"
    ? Reflect.get(object, name)
    : undefined;
}
