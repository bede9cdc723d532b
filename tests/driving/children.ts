/** Processes that tests start, and their output. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** The output of a process that has ended, and how it ended. */
export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Collects the output of a process until it ends. Fails if it cannot start. */
export async function untilEnd(child: ChildProcess): Promise<Ended> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text) => stdout += text);
  child.stderr?.setEncoding("utf8").on("data", (text) => stderr += text);
  const [exitCode] = await once(child, "close");
  return { exitCode, stdout, stderr };
}

/** The URL that a process prints when it listens. */
export function whenListening(child: ChildProcess): Promise<string> {
  let output = "";
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        // Bun prints the second form for a server that a module exports, PHP
        // the third, Next.js the fourth, and React Router the fifth.
        const found =
          /(?:listening on |development server: |Development Server \(|Local: +|-serve\] )(http[^\s)]+)[\s)]/i
            .exec(output);
        if (found?.[1]) resolve(new URL(found[1]).href);
      });
    }
    child.on("error", reject);
    child.on("close", () => reject(new Error(`The server ended:\n${output}`)));
  });
}

/** Whether a process is still running. */
export function isAlive({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

/** Ends a process, by SIGTERM unless another signal is given. */
export async function end(
  child: ChildProcess,
  signal?: "SIGKILL",
): Promise<void> {
  if (!isAlive(child)) return;
  const closed = once(child, "close");
  child.kill(signal);
  await closed;
}

/** Returns the output of a command, or undefined if it is missing or fails. */
export async function outputOf(
  command: string,
  ...args: string[]
): Promise<string | undefined> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = await untilEnd(child).catch(() => undefined);
  if (ended?.exitCode !== 0) return undefined;
  return `${ended.stdout}${ended.stderr}`.trim();
}
