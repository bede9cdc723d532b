/** Asks TypeScript's server where names are defined, as editors do. */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";

/** The place that "go to definition" leads to. */
export interface Definition {
  readonly name: string;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/** The part of the server's messages that is used here. */
interface Message {
  type: string;
  request_seq?: number;
  success?: boolean;
  message?: string;
  body?: { file: string; start: { line: number } }[];
}

/**
 * Finds the definitions of names.
 *
 * @param file The program that uses them.
 * @param names Texts that begin with the name. The last occurrence of each is
 *   used.
 */
export async function findDefinitions(
  file: string,
  names: readonly string[],
): Promise<Definition[]> {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve("typescript/package.json");
  const path = join(dirname(manifest), "lib/tsserver.js");
  const server = spawn(process.execPath, [
    path,
    "--disableAutomaticTypingAcquisition",
  ], { stdio: ["pipe", "pipe", "inherit"] });
  const send = (seq: number, command: string, args: object) =>
    server.stdin.write(
      `${JSON.stringify({ seq, type: "request", command, arguments: args })}\n`,
    );
  try {
    const text = await readFile(file, "utf8");
    send(0, "open", { file });
    for (const [index, name] of names.entries()) {
      const before = text.slice(0, text.lastIndexOf(name)).split("\n");
      const offset = (before.at(-1)?.length ?? 0) + 1;
      send(index + 1, "definition", { file, line: before.length, offset });
    }
    const found: Definition[] = [];
    for await (const line of createInterface({ input: server.stdout })) {
      if (!line.startsWith("{")) continue;
      const answer: Message = JSON.parse(line);
      const name = names[(answer.request_seq ?? 0) - 1];
      if (answer.type !== "response" || name === undefined) continue;
      const first = answer.body?.[0];
      if (!first) throw new Error(`Cannot find ${name}: ${answer.message}`);
      found.push({ name, file: first.file, line: first.start.line });
      if (found.length === names.length) break;
    }
    return found;
  } finally {
    server.kill();
  }
}
