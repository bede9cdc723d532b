import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { Buffer } from "node:buffer";

export interface CurlAnswer {
  status: number;
  body: string;
}

/** Starts the real curl; what it sends comes from `args`, or from its stdin. */
export function spawnCurl(...args: string[]): ChildProcessWithoutNullStreams {
  return spawn("curl", [
    "--silent",
    "--show-error",
    "--max-time",
    "120",
    "--write-out",
    "\n%{http_code}",
    ...args,
  ]);
}

/** Waits for the answer that a curl gets. */
function answerOf(
  child: ChildProcessWithoutNullStreams,
): Promise<CurlAnswer> {
  const output: Uint8Array[] = [];
  let errors = "";
  child.stdout.on("data", (chunk: Uint8Array) => output.push(chunk));
  child.stderr.on("data", (chunk) => errors += String(chunk));
  // The answer may come before all is written, and then the pipe breaks.
  child.stdin.on("error", () => {});
  return new Promise((resolve, reject) => {
    child.on(
      "error",
      (cause) =>
        reject(new Error("Cannot run curl: is it installed?", { cause })),
    );
    child.on("close", (exitCode) => {
      const text = Buffer.concat(output).toString();
      const [, body = "", status] = /^([^]*)\n(\d+)$/.exec(text) ?? [];
      if (exitCode === 0) {
        resolve({ status: Number(status), body });
      } else reject(new Error(`curl ended with ${exitCode}: ${errors}`));
    });
  });
}

/** Runs curl to its end. */
export function curl(...args: string[]): Promise<CurlAnswer> {
  const child = spawnCurl(...args);
  child.stdin.end();
  return answerOf(child);
}

/** Posts a body made by hand. */
export function curlBody(
  url: string,
  contentType: string,
  body: Uint8Array,
): Promise<CurlAnswer> {
  const type = `Content-Type: ${contentType}`;
  const child = spawnCurl("--header", type, "--data-binary", "@-", url);
  child.stdin.end(body);
  return answerOf(child);
}
