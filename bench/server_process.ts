/** A server in a separate process, and its memory. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** How to start a server. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether to discard its error output. */
  readonly isQuiet?: boolean;
}

/** A server that prints "Listening on <url>" when it is ready. */
export class ServerProcess implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #pid: number;

  constructor(url: string, child: ChildProcess, pid: number) {
    this.url = url;
    this.#child = child;
    this.#pid = pid;
  }

  /** The current resident memory in bytes. */
  async memory(): Promise<number> {
    if (process.platform === "linux") return await this.#status("VmRSS");
    const { stdout } = await execute("ps", [
      "-o",
      "rss=",
      "-p",
      `${this.#pid}`,
    ]);
    return Number(stdout) * 1024;
  }

  /**
   * Begins to watch the memory.
   *
   * @returns A function that ends the watch and returns the peak of resident
   *   memory in bytes.
   */
  async watchPeak(): Promise<() => Promise<number>> {
    if (process.platform === "linux") {
      // "5" resets VmHWM to the current memory (proc(5)).
      const isReset = await writeFile(`/proc/${this.#pid}/clear_refs`, "5")
        .then(() => true, () => false);
      if (isReset) return () => this.#status("VmHWM");
    }
    return this.#pollPeak();
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const closed = once(this.#child, "close");
    this.#child.kill();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #pollPeak(): () => Promise<number> {
    let peak = 0;
    let isWatching = true;
    const watched = (async () => {
      while (isWatching) {
        peak = Math.max(peak, await this.memory());
        await sleep(20);
      }
    })();
    return async () => {
      isWatching = false;
      await watched;
      return peak;
    };
  }

  async #status(field: string): Promise<number> {
    const status = await readFile(`/proc/${this.#pid}/status`, "utf8");
    const line = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status);
    return Number(line?.[1]) * 1024;
  }
}

/** Starts a server, and waits until it listens. */
export async function startServer(
  { command, args, cwd, env, isQuiet = false }: ServerCommand,
): Promise<ServerProcess> {
  const child = spawn(command, args, {
    cwd,
    stdio: ["ignore", "pipe", isQuiet ? "ignore" : "inherit"],
    env: { ...process.env, ...env },
  });
  let output = "";
  for await (const text of child.stdout.setEncoding("utf8")) {
    output += text;
    const url = /Listening on (\S+)/.exec(output)?.[1];
    if (url && child.pid !== undefined) {
      return new ServerProcess(url, child, child.pid);
    }
  }
  throw new Error(`Cannot measure ${args.join(" ")}: its server ended`);
}
