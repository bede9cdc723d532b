/**
 * Properties, and how often they are tried.
 *
 * `FUZZ_RUNS` in the environment is how many times each is tried, and
 * `FUZZ_SEED` where the random input begins; both are for runtimes that let a
 * test see its environment. A failure names its seed and its path.
 */
import * as fc from "fast-check";

/** Something that holds for every input. */
export interface Property {
  readonly name: string;
  /** Tries, where the environment does not say otherwise. */
  readonly runs: number;
  /** Tries it, and fails with the smallest input for which it does not hold. */
  check(budget: Budget): Promise<void>;
}

/** How long and from where. */
export interface Budget {
  readonly runs: number;
  readonly seed: number;
  /** Milliseconds after which no new try begins; none if it is not given. */
  readonly timeLimit?: number;
}

/** The same in every run of the tests, so that what fails there fails here. */
const SEED = 2046;

/** A test may take 30 s. */
const TIME_LIMIT = 20_000;

/** Declares that `holds` throws for no input. */
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
          // Not every runner tells an error's cause.
          includeErrorInReport: true,
          ...(timeLimit === undefined ? {} : {
            interruptAfterTimeLimit: timeLimit,
            markInterruptAsFailure: false,
          }),
        },
      ),
  };
}

/** What the environment asks for, or else the property's own short budget. */
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

/** A variable of the environment, where there is one and it may be seen. */
function environment(name: string): string | undefined {
  if (!mayLook(name)) return undefined;
  const value = get(get(get(globalThis, "process"), "env"), name);
  return typeof value === "string" ? value : undefined;
}

/** Deno asks the user, unless it is asked first whether it would. */
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
