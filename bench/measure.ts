import { type ByteOrigin, type Contender, OWN_FAMILY } from "./contender.ts";

/** The times of one contender. */
export interface Timing {
  readonly name: string;
  readonly family: string;
  readonly source?: ByteOrigin;
  /** In milliseconds, for each round that counts. Empty if `problem` is set. */
  readonly times: number[];
  /** Why it has no times. */
  readonly problem?: string;
}

/** What to measure, and how to check the result. */
export interface Comparison<Input, Result> {
  readonly input: Input;
  readonly contenders: readonly Contender<Input, Result>[];
  /** Returns what is wrong with a result, if anything. */
  check(result: Result): string | undefined;
  /**
   * The time that the relevant contenders may take in total, in milliseconds.
   * The minimum number of rounds runs in any case.
   */
  readonly budget: number;
  /** The most rounds, after the one that warms up. */
  readonly rounds?: number;
  /** Whether everything is warm already, so that the first round counts too. */
  readonly isWarm?: boolean;
  /**
   * Returns the time that a result reports, if the clock here would be wrong.
   */
  timeOf?(result: Result): number;
  /**
   * A smaller input. A contender that is slow with it does not run the whole.
   */
  readonly trial?: { readonly input: Input; readonly bytes: number };
}

interface Runner<Input, Result> {
  readonly contender: Contender<Input, Result>;
  readonly run: (input: Input) => Result | Promise<Result>;
  readonly times: number[];
  /** The shortest time, including the warm-up. */
  least: number;
  problem?: string;
}

const MIN_ROUNDS = 3;
const MAX_ROUNDS = 200;
/** Until then, code may still be compiled. */
const WARM_UP_MS = 200;
/**
 * A contender that takes this many times as long as the fastest drops out after
 * its warm-up.
 */
const MAX_LAG = 2.5;
/** A run of this length needs no warm-up, and is repeated at most once. */
const LONG_RUN_MS = 1500;
/** In MiB a second. A slower contender does not run the whole input. */
const MIN_SPEED = 6;

/**
 * The time that the relevant contenders of a workload may take, in
 * milliseconds.
 */
export function budgetOf(isQuick: boolean): number {
  return isQuick ? 500 : 800;
}

/**
 * Measures contenders in turn, round by round, so that a change in the
 * machine's speed affects all of them. The first round warms up and is checked:
 * a wrong result removes its contender. The relevant contenders, which are this
 * project's and the fastest others, run the same number of rounds, since more
 * rounds would be more chances for a short time.
 *
 * The runtime decides when to collect garbage. Forced collections between the
 * runs would make V8 shrink its young generation, and slow down all contenders.
 */
export async function measure<Input, Result>(
  comparison: Comparison<Input, Result>,
): Promise<Timing[]> {
  const { input, contenders, budget, rounds = MAX_ROUNDS } = comparison;
  const timings: Timing[] = [];
  const runners: Runner<Input, Result>[] = [];
  for (const contender of contenders) {
    if (contender.accepts?.(input) === false) continue;
    const { name, family, source } = contender;
    try {
      const run = await contender.load();
      const runner = { contender, run, times: [], least: Infinity };
      await warmUp(runner, comparison);
      runners.push(runner);
    } catch (error) {
      timings.push({
        name,
        family,
        source,
        times: [],
        problem: describe(error),
      });
    }
  }
  for (let round = 0, spent = 0; round < rounds; round++) {
    if (round >= MIN_ROUNDS && spent >= budget) break;
    const fastest = Math.min(...runners.map(({ least }) => least));
    for (let turn = 0; turn < runners.length; turn++) {
      // The order changes, since each contender leaves garbage to the next.
      const runner = runners[(round + turn) % runners.length];
      if (isOut(runner, fastest)) continue;
      const time = await runOnce(runner, comparison);
      if (matters(runner, fastest)) spent += time;
    }
  }
  for (
    const { contender: { name, family, source }, times, problem } of runners
  ) {
    const counted = problem ? [] : times;
    timings.push({ name, family, source, times: counted, problem });
  }
  return timings;
}

async function warmUp<Input, Result>(
  runner: Runner<Input, Result>,
  comparison: Comparison<Input, Result>,
): Promise<void> {
  const { trial, isWarm } = comparison;
  if (trial) await tryOut(runner, trial);
  await runOnce(runner, comparison);
  if (runner.problem) throw new Error(runner.problem);
  // A run that takes seconds is as good as a warm one.
  if (!isWarm && runner.times[0] < LONG_RUN_MS) runner.times.pop();
}

/**
 * Throws if a small input takes long in each run, including the cold first one.
 */
async function tryOut<Input, Result>(
  { run }: Runner<Input, Result>,
  { input, bytes }: { input: Input; bytes: number },
): Promise<void> {
  let least = Infinity;
  for (let round = 0; round < 4; round++) {
    const start = performance.now();
    await run(input);
    least = Math.min(least, performance.now() - start);
  }
  const speed = bytes / 2 ** 20 / (least / 1000);
  if (speed < MIN_SPEED) {
    throw new Error(
      `too slow: ${speed.toFixed(1)} MiB/s on ${bytes / 1024} KiB`,
    );
  }
}

async function runOnce<Input, Result>(
  runner: Runner<Input, Result>,
  { input, check, timeOf }: Comparison<Input, Result>,
): Promise<number> {
  const start = performance.now();
  const result = await runner.run(input);
  const elapsed = performance.now() - start;
  const time = timeOf?.(result) ?? elapsed;
  runner.problem ??= check(result);
  runner.times.push(time);
  runner.least = Math.min(runner.least, time);
  return time;
}

/** Whether it is this project's, or about as fast as the fastest. */
function matters<Input, Result>(
  { contender, least }: Runner<Input, Result>,
  fastest: number,
): boolean {
  return contender.family === OWN_FAMILY || least <= MAX_LAG * fastest;
}

/** Whether more rounds of it would tell nothing new. */
function isOut<Input, Result>(
  runner: Runner<Input, Result>,
  fastest: number,
): boolean {
  const { times, least, problem } = runner;
  if (problem) return true;
  if (matters(runner, fastest)) return false;
  const spent = times.reduce((sum, time) => sum + time, 0);
  return least >= LONG_RUN_MS ||
    times.length >= MIN_ROUNDS && spent > WARM_UP_MS;
}

function describe(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0].slice(0, 120);
}
