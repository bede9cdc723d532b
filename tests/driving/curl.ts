import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { untilEnd } from "./children.ts";
import { curl as command, pathOf } from "./commands.ts";

export interface CurlAnswer {
  status: number;
  body: string;
}

/** Starts the real curl. It sends what `args` say, or its standard input. */
export function spawnCurl(...args: string[]): ChildProcessWithoutNullStreams {
  return spawn(pathOf(command), [
    "--silent",
    "--show-error",
    "--max-time",
    "120",
    "--write-out",
    "\n%{http_code}",
    ...args,
  ]);
}

/** Waits for the response that curl gets. */
async function answerOf(
  child: ChildProcessWithoutNullStreams,
): Promise<CurlAnswer> {
  // The response may come before everything is written, which breaks the pipe.
  child.stdin.on("error", () => {});
  const { exitCode, stdout, stderr } = await untilEnd(child);
  if (exitCode !== 0) throw new Error(`curl ended with ${exitCode}: ${stderr}`);
  const [, body = "", status] = /^([^]*)\n(\d+)$/.exec(stdout) ?? [];
  return { status: Number(status), body };
}

/** Runs curl until it ends. */
export async function curl(...args: string[]): Promise<CurlAnswer> {
  const child = spawnCurl(...args);
  child.stdin.end();
  return await answerOf(child);
}

/** Posts a given body. */
export async function curlBody(
  url: string,
  contentType: string,
  body: Uint8Array,
): Promise<CurlAnswer> {
  const type = `Content-Type: ${contentType}`;
  const child = spawnCurl("--header", type, "--data-binary", "@-", url);
  child.stdin.end(body);
  return await answerOf(child);
}
