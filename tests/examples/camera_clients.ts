/** Starts the camera client on each runtime, as described in its header. */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { onEachRuntime, startProgram } from "./running.ts";

export interface Watching {
  /** The next line of output. Rejects if there is none. */
  nextLine(): Promise<string>;
  /** The remaining lines, once it has ended. */
  lastLines(): Promise<string[]>;
  /** Its exit code and its error output. */
  ended: Promise<{ exitCode: number | null; errors: string }>;
  /** Interrupts it like Ctrl+C. */
  interrupt(): void;
}

export interface CameraClient {
  name: string;
  watch(url: string, folder?: string): Watching;
}

export const cameraClients: CameraClient[] = ["Deno", "Bun", "Node"].map(
  (name) => ({ name, watch: (url, folder) => watch(name, url, folder) }),
);

function watch(name: string, url: string, folder?: string): Watching {
  const runtime = onEachRuntime(
    "examples/camera_client.ts",
    `--allow-net=${new URL(url).host}`,
    ...(folder === undefined ? [] : [`--allow-write=${folder}`]),
  ).find((runtime) => runtime.name === name);
  const args = folder === undefined ? [url] : [url, folder];
  const child = startProgram([...runtime?.command ?? [], ...args]);
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
