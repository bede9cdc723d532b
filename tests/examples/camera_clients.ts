/** Starts the camera client on each runtime, as its header says. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { root } from "../runtimes/names.ts";
import { installed, nodePath } from "../runtimes/processes.ts";

export interface Watching {
  /** The next line of what it writes; rejects when there is none. */
  nextLine(): Promise<string>;
  /** All lines that are left, when it has ended. */
  lastLines(): Promise<string[]>;
  /** How it ended: its exit code, and what it wrote as errors. */
  ended: Promise<{ exitCode: number | null; errors: string }>;
  /** Does what Ctrl+C does. */
  interrupt(): void;
}

export interface CameraClient {
  name: string;
  watch(url: string, folder?: string): Watching;
}

/** A client that lives for so long has hung; a test has 30 seconds. */
const LIFETIME_MS = 25_000;

const client = "examples/camera_client.ts";

export const cameraClients: CameraClient[] = [
  {
    name: "Deno",
    watch: (url, folder) =>
      watch(installed("deno"), [
        "run",
        "--no-prompt",
        "--no-check",
        `--allow-net=${new URL(url).host}`,
        ...(folder === undefined ? [] : [`--allow-write=${folder}`]),
        client,
      ], [url, folder]),
  },
  {
    name: "Bun",
    watch: (url, folder) => watch(installed("bun"), [client], [url, folder]),
  },
  {
    name: "Node",
    watch: (url, folder) => watch(nodePath(), [client], [url, folder]),
  },
];

function watch(
  command: string | undefined,
  options: string[],
  args: (string | undefined)[],
): Watching {
  if (!command) throw new Error("Cannot start the client: run npm install");
  const given = args.filter((arg) => arg !== undefined);
  const child = spawn(command, [...options, ...given], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LIFETIME_MS,
    killSignal: "SIGKILL",
    env: { ...process.env, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
  });
  let errors = "";
  child.stderr.on("data", (chunk) => errors += String(chunk));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const ended = once(child, "close").then(([exitCode]) => ({
    exitCode,
    errors,
  }));

  return {
    async nextLine() {
      const { done, value } = await lines.next();
      if (!done) return value;
      const { exitCode } = await ended;
      throw new Error(`The client ended with ${exitCode}: ${errors}`);
    },
    async lastLines() {
      const left: string[] = [];
      for await (const line of lines) left.push(line);
      return left;
    },
    ended,
    interrupt: () => void child.kill("SIGINT"),
  };
}
