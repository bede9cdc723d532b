/** A program that answers each line with a line. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { questionOf, verdictOf } from "./questions.ts";
import type { Judge, Verdict } from "./verdict.ts";

export class LineProgram {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(command: string, ...args: string[]) {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#child = child;
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  }

  readonly judge: Judge = async (samples) => {
    for (const sample of samples) {
      this.#child.stdin?.write(`${JSON.stringify(questionOf(sample))}\n`);
    }
    const verdicts: Verdict[] = [];
    for (const _ of samples) {
      const { done, value } = await this.#lines.next();
      if (done) throw new Error("Cannot ask the peer: it has ended");
      verdicts.push(verdictOf(JSON.parse(value)));
    }
    return verdicts;
  };

  async stop(): Promise<void> {
    const closed = once(this.#child, "close");
    this.#child.stdin?.end();
    await closed;
  }
}
