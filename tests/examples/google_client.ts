/** Google's client for Python, and Python's own parser, as peers. */
import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { outputOf, untilEnd } from "../driving/children.ts";
import { python } from "../driving/commands.ts";

const script = fileURLToPath(new URL("google_client.py", import.meta.url));

/** Whether this machine has the client. */
export async function hasGoogleClient(): Promise<boolean> {
  return await outputOf(python, "-c", "import googleapiclient") !== undefined;
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
  const { exitCode, stdout, stderr } = await untilEnd(child);
  assertEquals(exitCode, 0, stderr);
  return JSON.parse(stdout);
}
