/** Shared by the scripts that measure an upload's memory. */
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startServer } from "./server_process.ts";

export const MiB = 1024 * 1024;

/** The most that a server may take over its idle memory. */
export const BOUND_MIB = 64;

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Writes a file that cannot be compressed or guessed, and hashes it meanwhile.
 */
export async function generate(path, size) {
  const hash = createHash("sha256");
  const block = randomBytes(MiB);
  const file = await open(path, "w");
  for (let written = 0; written < size; written += MiB) {
    block.writeDoubleLE(written); // So that no two blocks are equal.
    const piece = block.subarray(0, Math.min(MiB, size - written));
    hash.update(piece);
    await file.write(piece);
  }
  await file.close();
  return { path, size, sha256: hash.digest("hex") };
}

/** Starts a server of this repository on one of its runtimes. */
export function startOn(name, args, env = {}) {
  const own = join(root, "node_modules/.bin", name);
  return startServer({
    command: existsSync(own) ? own : name,
    args,
    cwd: root,
    env: { PORT: "0", HOST: "127.0.0.1", ...env },
  });
}

/** Uploads with the real curl. Returns the response, and the time it took. */
export async function upload(url, args) {
  const started = performance.now();
  const { stdout } = await run("curl", [
    "--silent",
    "--show-error",
    "--header",
    "Expect:",
    ...args,
    url,
  ]);
  const seconds = (performance.now() - started) / 1000;
  return { answer: stdout, seconds };
}

/** Prints a row: two names, followed by figures. */
export function printRow(cells) {
  console.log(
    cells.map((cell, i) =>
      i < 2 ? String(cell).padEnd(14) : String(cell).padStart(10)
    ).join(""),
  );
}
