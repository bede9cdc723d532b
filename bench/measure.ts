import { type ByteOrigin, type Contender, OWN_FAMILY } from "./contender.ts";

/** How long one contender took. */
export interface Timing {
  readonly name: string;
  readonly family: string;
  readonly source?: ByteOrigin;
  /** Milliseconds of each round that counts; none where `problem` is set. */
  readonly times: number[];
  /** Why it has no times. */
  readonly problem?: string;
}

/** What is measured, and how its result is judged. */
export interface Comparison<Input, Result> {
  readonly input: Input;
  readonly contenders: readonly Contender<Input, Result>[];
  /** Says what is wrong with a result, if anything is. */
  check(result: Result): string | undefined;
  /** What those that matter may take in all rounds but the fewest, in ms. */
  readonly budget: number;
  /** Rounds at most, after the one that warms up. */
  readonly rounds?: number;
  /** Whether all is warm already, so that the first round counts too. */
  readonly isWarm?: boolean;
  /** The time that a result states, where the clock here would be wrong. */
  timeOf?(result: Result): number;
  /** A smaller input: who is slow with it is not asked for the whole. */
  readonly trial?: { readonly input: Input; readonly bytes: number };
}

interface Runner<Input, Result> {
  readonly contender: Contender<Input, Result>;
  readonly run: (input: Input) => Result | Promise<Result>;
  readonly times: number[];
  /** The shortest time, warm or not. */
  least: number;
  problem?: string;
}

const MIN_ROUNDS = 3;
const MAX_ROUNDS = 200;
/** Until then code may still be compiled. */
const WARM_UP_MS = 200;
/** Who takes so many times as long as the fastest is out after those. */
const MAX_LAG = 2.5;
/** What takes as long is no matter of a warm-up, and runs once more at most. */
const LONG_RUN_MS = 1500;
/** Less is too slow for the whole: MiB a second. */
const MIN_SPEED = 6;

/** What the contenders of a workload that matter may take, in milliseconds. */
export function budgetOf(isQuick: boolean): number {
  return isQuick ? 500 : 800;
}

/**
 * Measures contenders in turn, round by round, so that a machine whose speed
 * drifts slows all of them. The first round warms up and is checked; a result
 * that is wrong takes its contender out. Those that matter, this project's and
 * the fastest others, come to the same number of rounds: more of them would be
 * more chances for a short one.
 *
 * Garbage is collected when the runtime sees fit: asked to between the runs, V8
 * shrinks the space for what is new, and all contenders slow down.
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
      // Who comes first changes, since each leaves garbage to the next.
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

/** Throws if a small input takes long each time, the cold first one or not. */
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

/** Whether more rounds of it would tell nothing. */
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
