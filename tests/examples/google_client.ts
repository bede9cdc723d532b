/** Google's Python client, and Python's own parser, as peers. */
import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { untilEnd } from "../driving/children.ts";
import { pythonWith } from "../driving/commands.ts";

const script = fileURLToPath(new URL("google_client.py", import.meta.url));

/** Runs one of the script's commands, and returns what it prints. */
export async function google(...args: string[]): Promise<unknown> {
  return await run(args, new Uint8Array());
}

/** Has Python's email package read a whole multipart. */
export async function parseInPython(
  contentType: string,
  body: Uint8Array,
): Promise<unknown> {
  const head = Buffer.from(`Content-Type: ${contentType}\r\n\r\n`);
  return await run(["parse"], Buffer.concat([head, body]));
}

/** Skips the test if the client is missing. */
export function needGoogleClient(): Promise<string> {
  return pythonWith("googleapiclient", "python3-googleapi");
}

async function run(args: string[], input: Uint8Array): Promise<unknown> {
  const child = spawn(await needGoogleClient(), ["-B", script, ...args]);
  child.stdin.on("error", () => {}); // It may end before it has read all.
  child.stdin.end(input);
  const { exitCode, stdout, stderr } = await untilEnd(child);
  assertEquals(exitCode, 0, stderr);
  return JSON.parse(stdout);
}
