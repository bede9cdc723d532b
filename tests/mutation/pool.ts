/** Processes that each try one mutant at a time. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { root } from "../runtimes/names.ts";
import type { MutationRuntime } from "./runtimes.ts";
import type {
  Exploration,
  FromProcess,
  Job,
  Outcome,
  ToProcess,
} from "./protocol.ts";

/**
 * In milliseconds. How long a process may take to load the bundle, mutated or
 * not.
 */
const loadingTime = 20_000;

/**
 * In milliseconds. How long a process may take to report a test that exceeded
 * its time.
 */
const grace = 2_000;

/**
 * In milliseconds. The limit for a run of all tests without time limits of
 * their own.
 */
const explorationTime = 30 * 60_000;

/** A process, and the messages that it sends. */
class Tester {
  readonly #child: ChildProcess;
  readonly #words: AsyncIterator<FromProcess>;

  constructor(runtime: MutationRuntime, bundle: string, mutant?: number) {
    const args = mutant === undefined ? [bundle] : [bundle, String(mutant)];
    this.#child = fork(join(root, "tests/mutation/process.ts"), args, {
      execPath: runtime.command,
      execArgv: [...runtime.args],
      // A mutant may print anything.
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    this.#words = wordsOf(this.#child);
  }

  say(message: ToProcess): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /**
   * Waits for its next message. Returns "gone" if the process has ended, and
   * "late" if it sends nothing in time.
   */
  async hear(timeLimit: number): Promise<FromProcess | "late" | "gone"> {
    const { promise, resolve } = Promise.withResolvers<"late">();
    const timer = setTimeout(() => resolve("late"), timeLimit);
    const next = this.#words.next();
    const word = await Promise.race([next, promise]);
    clearTimeout(timer);
    if (word === "late") return word;
    return word.done ? "gone" : word.value;
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }
}

async function* wordsOf(child: ChildProcess): AsyncGenerator<FromProcess> {
  const words: FromProcess[] = [];
  let gone = false;
  let wake = (): void => {};
  child.on("message", (word: FromProcess) => {
    words.push(word);
    wake();
  });
  child.on("exit", () => {
    gone = true;
    wake();
  });
  for (;;) {
    const word = words.shift();
    if (word !== undefined) yield word;
    else if (gone) return;
    else await new Promise<void>((resolve) => wake = resolve);
  }
}

/** Tries one mutant after another, in as few processes as possible. */
export class Lane {
  readonly #runtime: MutationRuntime;
  readonly #bundle: string;
  #tester: Tester | undefined;

  constructor(runtime: MutationRuntime, bundle: string) {
    this.#runtime = runtime;
    this.#bundle = bundle;
  }

  /** Tries a mutant that is not reached while the modules are loaded. */
  async try(job: Job): Promise<Outcome> {
    const isFresh = this.#tester === undefined;
    const tester = this.#tester ??= new Tester(this.#runtime, this.#bundle);
    const outcome = await attempt(tester, job, isFresh);
    if (outcome.verdict === "killed" || outcome.verdict === "survived") {
      return outcome;
    }
    this.close();
    if (outcome.verdict !== "stale") return outcome;
    // In a fresh process, only this mutant can have left something behind.
    return isFresh ? { ...outcome, verdict: "killed" } : await this.try(job);
  }

  /** Tries a mutant that must be active from the beginning. */
  async tryFromTheFirst(job: Job): Promise<Outcome> {
    const tester = new Tester(this.#runtime, this.#bundle, job.mutant);
    try {
      return await attempt(tester, job, true);
    } finally {
      tester.end();
    }
  }

  close(): void {
    this.#tester?.end();
    this.#tester = undefined;
  }
}

async function attempt(
  tester: Tester,
  job: Job,
  isFresh: boolean,
): Promise<Outcome> {
  if (isFresh) {
    const word = await tester.hear(loadingTime);
    if (word === "late") return { verdict: "timeout" };
    if (word === "gone") return { verdict: "killed" };
  }
  tester.say({ job });
  let test: number | undefined;
  let timeLimit = grace;
  for (;;) {
    const word = await tester.hear(timeLimit);
    if (word === "late") return { verdict: "timeout", test };
    // Most likely it ran out of memory, or an earlier mutant caused it.
    if (word === "gone") return { verdict: "stale", test };
    if ("outcome" in word) return word.outcome;
    if (!("running" in word)) continue;
    test = word.running.test;
    timeLimit = word.running.timeLimit + grace;
  }
}

/** Runs all tests of a bundle that counts hits. */
export async function explore(
  runtime: MutationRuntime,
  bundle: string,
): Promise<Exploration> {
  const tester = new Tester(runtime, bundle);
  try {
    await tester.hear(loadingTime);
    tester.say({ explore: true });
    const word = await tester.hear(explorationTime);
    if (typeof word === "object" && "exploration" in word) {
      return word.exploration;
    }
    throw new Error(`Cannot explore the tests: their process is ${word}`);
  } finally {
    tester.end();
  }
}
