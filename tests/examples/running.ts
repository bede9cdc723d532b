/** Runs an example as its header says, on a port of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { build } from "esbuild";
import { root } from "../runtimes/names.ts";
import { installed, nodePath } from "../runtimes/processes.ts";

export interface RunningExample {
  /** Ends in a slash. */
  url: string;
  /** Ends it, by SIGTERM unless another signal is named. */
  close(signal?: "SIGKILL"): Promise<void>;
}

export interface RunOptions {
  env?: Record<string, string>;
  /** The folder that it runs in; the repository's by default. */
  cwd?: string;
}

/** The path of an example. */
export function examplePath(name: string): string {
  return join(root, "examples", name);
}

/** The commands that stand behind `deno`, `bun` and `node`. */
export function runtimeCommand(name: string): string {
  const command = name === "node" ? nodePath() : installed(name);
  if (!command) throw new Error(`Cannot run ${name}: run npm install`);
  return command;
}

/** Starts an example that is a server, and waits until it listens. */
export async function startExample(
  [runtime = "", ...args]: string[],
  { env, cwd = root }: RunOptions = {},
): Promise<RunningExample> {
  const child = spawn(runtimeCommand(runtime), args, {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      PORT: "0",
      NO_COLOR: "1",
      DENO_NO_UPDATE_CHECK: "1",
      ...env,
    },
  });
  const closed = once(child, "close");
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        // The second is what Bun writes of a server that a module exports.
        const found = /(?:Listening on|development server:) (\S+)/.exec(output);
        if (found?.[1]) resolve(found[1]);
      });
    }
    child.on("error", reject);
    child.on("close", () => reject(new Error(`The server ended:\n${output}`)));
  });
  return {
    url: new URL(url).href,
    async close(signal) {
      child.kill(signal);
      await closed;
    },
  };
}

export interface EndedExample {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Runs an example that is a program, to its end. */
export async function runExample(
  [runtime = "", ...args]: string[],
  { env, cwd = root }: RunOptions = {},
): Promise<EndedExample> {
  const child = spawn(runtimeCommand(runtime), args, {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 25_000,
    env: {
      ...process.env,
      NO_COLOR: "1",
      DENO_NO_UPDATE_CHECK: "1",
      ...env,
    },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => stdout += text);
  child.stderr.setEncoding("utf8").on("data", (text) => stderr += text);
  const [exitCode] = await once(child, "close");
  return { exitCode, stdout, stderr };
}

/** Lends a folder. */
export async function inFolder<T>(
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "tributary-example-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Bundles a Worker as wrangler does. */
export async function bundleWorker(path: string): Promise<string> {
  const { outputFiles: [bundle] } = await build({
    entryPoints: [path],
    tsconfigRaw: {},
    bundle: true,
    write: false,
    format: "esm",
    target: "esnext",
    logLevel: "silent",
  });
  return bundle?.text ?? "";
}
