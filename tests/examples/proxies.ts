/** Starts the proxy on each runtime, as its header says. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { root } from "../runtimes/names.ts";
import { installed, nodePath } from "../runtimes/processes.ts";

export interface Proxy {
  /** Ends in a slash. */
  url: string;
  /** Whether it still runs. */
  readonly isAlive: boolean;
  close(): Promise<void>;
}

export interface ProxyRuntime {
  name: string;
  /** Starts a proxy before another server. */
  start(upstream: string): Promise<Proxy>;
}

const proxy = "examples/proxy.ts";

export const proxyRuntimes: ProxyRuntime[] = [
  {
    name: "Deno",
    start: (upstream) =>
      startProcess(installed("deno"), [
        "run",
        "--no-prompt",
        "--no-check",
        "--allow-net",
        "--allow-env",
        proxy,
        upstream,
      ]),
  },
  {
    name: "Bun",
    start: (upstream) => startProcess(installed("bun"), [proxy, upstream]),
  },
  {
    name: "Node",
    start: (upstream) => startProcess(nodePath(), [proxy, upstream]),
  },
];

async function startProcess(
  command: string | undefined,
  args: string[],
): Promise<Proxy> {
  if (!command) throw new Error("Cannot start the proxy: run npm install");
  const child = spawn(command, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PORT: "0" },
  });
  const closed = once(child, "close");
  const url = await listening(child);
  return {
    url,
    get isAlive() {
      return child.exitCode === null && child.signalCode === null;
    },
    async close() {
      child.kill();
      await closed;
    },
  };
}

function listening(child: ChildProcess): Promise<string> {
  let output = "";
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const url = /Listening on (\S+)/.exec(output)?.[1];
        if (url) resolve(url);
      });
    }
    child.on("error", reject);
    child.on("close", () => reject(new Error(`The proxy ended:\n${output}`)));
  });
}
