/** Runs an example as described in its header, on a free port. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import type { Readable } from "node:stream";
import {
  end,
  type Ended,
  isAlive,
  untilEnd,
  whenListening,
} from "../driving/children.ts";
import { root } from "../runtimes/names.ts";
import { installed, nodePath } from "../runtimes/processes.ts";

export interface RunningExample {
  /** Ends in a slash. */
  url: string;
  /** Ends it, by SIGTERM unless another signal is given. */
  close(signal?: "SIGKILL"): Promise<void>;
}

export interface RunningProcess extends RunningExample {
  pid: number | undefined;
  isAlive(): boolean;
}

export interface RunOptions {
  env?: Record<string, string>;
  /** The working folder. The default is the repository's root. */
  cwd?: string;
  /** In milliseconds, how long a program may run. The default is 25,000. */
  timeout?: number;
}

/** The process of an example, without input. */
export type ExampleProcess = ChildProcessByStdio<null, Readable, Readable>;

/** The path of an example. */
export function examplePath(name: string): string {
  return join(root, "examples", name);
}

/** Returns the path of `deno`, `bun` or `node`. */
export function runtimeCommand(name: string): string {
  const command = name === "node" ? nodePath() : installed(name);
  if (!command) throw new Error(`Cannot run ${name}: run npm install`);
  return command;
}

/** An example on a runtime, with the command of its header. */
export interface ExampleRuntime {
  name: "Deno" | "Bun" | "Node";
  /** The runtime, its options, and the path of the example. */
  command: string[];
}

/** The same example on each runtime. */
export function onEachRuntime(
  path: string,
  ...denoOptions: string[]
): ExampleRuntime[] {
  const deno = ["deno", "run", "--no-prompt", "--no-check", ...denoOptions];
  return [
    { name: "Deno", command: [...deno, path] },
    { name: "Bun", command: ["bun", path] },
    { name: "Node", command: ["node", path] },
  ];
}

/** Starts an example that is a server, and waits until it listens. */
export async function startExample(
  command: string[],
  { env, cwd }: RunOptions = {},
): Promise<RunningProcess> {
  // Setting HOST makes the server listen only on loopback.
  const server = start(command, {
    env: { PORT: "0", HOST: "127.0.0.1", ...env },
    cwd,
  });
  return {
    url: await whenListening(server),
    pid: server.pid,
    isAlive: () => isAlive(server),
    close: (signal) => end(server, signal),
  };
}

/** Runs an example that is a program, until it ends. */
export function runExample(
  command: string[],
  options?: RunOptions,
): Promise<Ended> {
  return untilEnd(startProgram(command, options));
}

/** Starts an example that is a program. One that runs for too long has hung. */
export function startProgram(
  command: string[],
  options?: RunOptions,
): ExampleProcess {
  return start(command, { timeout: 25_000, ...options });
}

function start(
  [runtime = "", ...args]: string[],
  { env, cwd = root, timeout }: RunOptions = {},
): ExampleProcess {
  return spawn(runtimeCommand(runtime), args, {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    timeout,
    killSignal: "SIGKILL",
    env: {
      ...process.env,
      NO_COLOR: "1",
      DENO_NO_UPDATE_CHECK: "1",
      ...env,
    },
  });
}
