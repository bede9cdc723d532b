/** Google's client for Python, and Python's own parser, as peers. */
import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("google_client.py", import.meta.url));

/** Debian's, where its packages are: another may come first on the PATH. */
const python = "/usr/bin/python3";

/** Whether this machine has the client. */
export async function hasGoogleClient(): Promise<boolean> {
  const child = spawn(python, ["-c", "import googleapiclient"], {
    stdio: "ignore",
  });
  return await new Promise((resolve) => {
    child.on("error", () => resolve(false));
    child.on("close", (exitCode) => resolve(exitCode === 0));
  });
}

/** Runs one of the script's commands; gives what it prints. */
export async function google(...args: string[]): Promise<unknown> {
  return await run(args, new Uint8Array());
}

/** Lets Python's email package read a multipart, all of it. */
export async function parseInPython(
  contentType: string,
  body: Uint8Array,
): Promise<unknown> {
  const head = Buffer.from(`Content-Type: ${contentType}\r\n\r\n`);
  return await run(["parse"], Buffer.concat([head, body]));
}

async function run(args: string[], input: Uint8Array): Promise<unknown> {
  const child = spawn(python, ["-B", script, ...args]);
  child.stdin.on("error", () => {}); // It may end before it has read all.
  child.stdin.end(input);
  const closed = once(child, "close");
  const [output, errors] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
  ]);
  const [exitCode] = await closed;
  assertEquals(exitCode, 0, errors);
  return JSON.parse(output);
}
