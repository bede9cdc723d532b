/** Starts the live picture's server on each runtime, as its header says. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { root } from "../runtimes/names.ts";
import { installed, nodePath } from "../runtimes/processes.ts";

export interface MjpegServer {
  /** Ends in a slash. */
  url: string;
  close(): Promise<void>;
}

export interface MjpegRuntime {
  name: string;
  start(): Promise<MjpegServer>;
}

const server = "examples/mjpeg_server.ts";

export const mjpegRuntimes: MjpegRuntime[] = [
  {
    name: "Deno",
    start: () =>
      start(installed("deno"), [
        "run",
        "--no-prompt",
        "--no-check",
        "--allow-net",
        "--allow-env",
        server,
      ]),
  },
  { name: "Bun", start: () => start(installed("bun"), [server]) },
  { name: "Node", start: () => start(nodePath(), [server]) },
];

async function start(
  command: string | undefined,
  args: string[],
): Promise<MjpegServer> {
  if (!command) throw new Error("Cannot start the server: run npm install");
  const child = spawn(command, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      PORT: "0",
      HOST: "127.0.0.1",
      NO_COLOR: "1",
      DENO_NO_UPDATE_CHECK: "1",
    },
  });
  const closed = once(child, "close");
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const found = /Listening on (\S+)/.exec(output)?.[1];
        if (found) resolve(found);
      });
    }
    child.on("error", reject);
    child.on("close", () => reject(new Error(`The server ended:\n${output}`)));
  });
  return {
    url,
    async close() {
      child.kill();
      await closed;
    },
  };
}
