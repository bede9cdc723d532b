/** Has a client program upload a form. */
import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { untilEnd } from "../../driving/children.ts";
import type { Entry } from "./entries.ts";

/**
 * Returns the path of one of the programs, such as `ruby/net_http_client.rb`.
 */
export function programPath(name: string): string {
  return fileURLToPath(new URL(`../programs/${name}`, import.meta.url));
}

/**
 * Runs a client once. It gets the URL as its last argument, and one line per
 * entry on standard input: name, filename (`-` for a field), media type and
 * body, separated by tabs. All but the type are in base64.
 */
export async function runClient(
  command: string,
  args: readonly string[],
  url: string,
  entries: readonly Entry[],
): Promise<void> {
  const child = spawn(command, [...args, url]);
  child.stdin.on("error", () => {}); // A failing client does not read it.
  child.stdin.end(entries.map(lineOf).join(""));
  const { exitCode, stderr } = await untilEnd(child);
  if (exitCode !== 0) {
    throw new Error(`The client ended with ${exitCode}: ${stderr}`);
  }
}

function lineOf({ name, body, file }: Entry): string {
  const cells = [
    base64(name),
    file ? base64(file.name) : "-",
    file?.type ?? "",
    body.toString("base64"),
  ];
  return `${cells.join("\t")}\n`;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
