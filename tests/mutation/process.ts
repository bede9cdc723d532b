/**
 * A process of the pool: it loads a bundle, and tries mutants or explores the
 * tests.
 *
 *     node process.ts <bundle> [mutant to load it with]
 */
import process from "node:process";
import { setImmediate } from "node:timers";
import { pathToFileURL } from "node:url";
import type {
  Exploration,
  ExploredTest,
  FromProcess,
  Job,
  Outcome,
  ToProcess,
  Trial,
} from "./protocol.ts";

/** The exports of the bundle's entry: see `build.ts`. */
type Bundle =
  & typeof import("./registry.ts")
  & typeof import("./switch.ts");

const [path = "", initialMutant] = process.argv.slice(2);

/** The most milliseconds that a test may cost to be tried with mutants. */
const slowest = 2_000;

interface Failure {
  readonly error: unknown;
}

/** The first unhandled rejection or uncaught error. */
let uncaught: Failure | undefined;
const note = (error: unknown): void => {
  uncaught ??= { error };
};
process.on("uncaughtException", note);
process.on("unhandledRejection", note);

if (initialMutant) globalThis.initialMutant = Number(initialMutant);
const bundle: Bundle = await import(pathToFileURL(path).href)
  .catch(() => process.exit(1));

function send(message: FromProcess): void {
  process.send?.(message);
}

/** Runs a test. Returns its failure, if there is one. */
async function failureOf(test: number): Promise<Failure | undefined> {
  uncaught = undefined;
  try {
    await bundle.tests[test].run();
  } catch (error) {
    return { error };
  }
  // Unhandled rejections are reported after the microtasks.
  await new Promise((resolve) => setImmediate(resolve));
  return uncaught;
}

async function explore(): Promise<Exploration> {
  const whileLoading = bundle.takeCounts().map(([mutant]) => mutant);
  const tests: ExploredTest[] = [];
  for (const [index, { name }] of bundle.tests.entries()) {
    const started = performance.now();
    const usage = process.cpuUsage();
    const first = await failureOf(index);
    const milliseconds = performance.now() - started;
    const { user, system } = process.cpuUsage(usage);
    const cost = (user + system) / 1000;
    const hits = bundle.takeCounts();
    const isSlow = cost > slowest;
    const failed = first ?? (isSlow ? undefined : await failureOf(index));
    bundle.takeCounts();
    const failure = failed
      ? String(failed.error)
      : isSlow
      ? "it is too slow"
      : undefined;
    tests.push({ name, milliseconds, cost, hits, failure });
  }
  return { tests, whileLoading };
}

/** Returns how a test ends with a mutant, or nothing if the test passes. */
async function tryOne(
  mutant: number,
  trial: Trial,
): Promise<Outcome | undefined> {
  const { test, timeLimit, hitLimit } = trial;
  bundle.activate(mutant, hitLimit);
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), timeLimit);
  const failure = await Promise.race([failureOf(test), late]);
  clearTimeout(timer);
  const isExhausted = bundle.isExhausted();
  bundle.activate(undefined);
  if (failure === "late" || isExhausted) return { verdict: "timeout", test };
  if (failure === undefined) return undefined;
  // In a process that was loaded with the mutant, no other mutant follows.
  if (initialMutant) return { verdict: "killed", test };
  // Something that the mutant left behind may fail a later test. So a test has
  // killed the mutant only if it passes without it directly afterwards.
  const isStale = await failureOf(test) !== undefined;
  return { verdict: isStale ? "stale" : "killed", test };
}

async function tryAll({ mutant, trials }: Job): Promise<Outcome> {
  for (const trial of trials) {
    send({ running: trial });
    const outcome = await tryOne(mutant, trial);
    if (outcome) return outcome;
  }
  return { verdict: "survived" };
}

process.on("message", async (message: ToProcess) => {
  if ("explore" in message) send({ exploration: await explore() });
  else send({ outcome: await tryAll(message.job) });
});
process.on("disconnect", () => process.exit());

send({ ready: true });
