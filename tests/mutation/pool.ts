/** Processes that try mutants, one each at a time. */
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

/** How long a process may take to load the bundle, mutated or not. */
const loadingTime = 20_000;

/** What a process needs to tell of a test that went over its time. */
const grace = 2_000;

/** The tests run for so long where none has to be in time. */
const explorationTime = 30 * 60_000;

/** A process, and who waits for its next word. */
class Tester {
  readonly #child: ChildProcess;
  readonly #words: AsyncIterator<FromProcess>;

  constructor(runtime: MutationRuntime, bundle: string, mutant?: number) {
    const args = mutant === undefined ? [bundle] : [bundle, String(mutant)];
    this.#child = fork(join(root, "tests/mutation/process.ts"), args, {
      execPath: runtime.command,
      execArgv: [...runtime.args],
      // A mutant may print whatever it likes.
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    this.#words = wordsOf(this.#child);
  }

  say(message: ToProcess): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** Its next word; `undefined` if the process is gone, or says nothing in time. */
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

/** Tries one mutant after another, in as few processes as will do. */
export class Lane {
  readonly #runtime: MutationRuntime;
  readonly #bundle: string;
  #tester: Tester | undefined;

  constructor(runtime: MutationRuntime, bundle: string) {
    this.#runtime = runtime;
    this.#bundle = bundle;
  }

  /** Tries a mutant that the loading of the modules does not come by. */
  async try(job: Job): Promise<Outcome> {
    const isFresh = this.#tester === undefined;
    const tester = this.#tester ??= new Tester(this.#runtime, this.#bundle);
    const outcome = await attempt(tester, job, isFresh);
    if (outcome.verdict === "killed" || outcome.verdict === "survived") {
      return outcome;
    }
    this.close();
    if (outcome.verdict !== "stale") return outcome;
    // In a fresh process it is the mutant alone that leaves anything behind.
    return isFresh ? { ...outcome, verdict: "killed" } : await this.try(job);
  }

  /** Tries a mutant that has to be in force from the first on. */
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
    // Out of memory, most likely; or else of an earlier mutant's doing.
    if (word === "gone") return { verdict: "stale", test };
    if ("outcome" in word) return word.outcome;
    if (!("running" in word)) continue;
    test = word.running.test;
    timeLimit = word.running.timeLimit + grace;
  }
}

/** Runs all tests of a bundle that counts. */
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
