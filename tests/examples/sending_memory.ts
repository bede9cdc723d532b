/**
 * Measures the memory of the programs of docs/sending.md while each sends a
 * large file:
 *
 *     node --import ./tests/runtimes/node_hooks.ts tests/examples/sending_memory.ts [MiB [program]]
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { untilEnd } from "../driving/children.ts";
import { peakSoFar } from "./memory.ts";
import { startProgram } from "./running.ts";
import {
  inProject,
  ReceivingServer,
  runs,
  type RuntimeName,
  starts,
} from "./sending.ts";

const MiB = 1024 * 1024;

/** Whether this system reports the memory of another process. */
export const isMeasured: boolean = existsSync("/proc/self/status");

/** A program's memory in bytes: what the file adds, and the peak. */
export interface Held {
  /** The growth over sending 1 MiB. */
  more: number;
  peak: number;
}

/** Sends a small file and a large one. */
export function measure(
  program: string,
  runtime: RuntimeName,
  bytes: number,
): Promise<Held> {
  return inProject(async (folder) => {
    const peakOf = async (size: number) => {
      await writeFilm(join(folder, "film.mp4"), size);
      let peak = NaN;
      const server = new ReceivingServer(async () => {
        peak = await peakSoFar(child.pid ?? NaN);
      });
      const command = [...starts[runtime], program, await server.listen()];
      const child = startProgram([...command, "film.mp4"], {
        cwd: folder,
        timeout: 300_000,
      });
      try {
        const { exitCode, stderr } = await untilEnd(child);
        if (exitCode !== 0) throw new Error(`Cannot measure: ${stderr}`);
        return peak;
      } finally {
        await server.close();
      }
    };
    const small = await peakOf(MiB);
    const peak = await peakOf(bytes);
    return { more: peak - small, peak };
  });
}

async function writeFilm(path: string, size: number): Promise<void> {
  await using file = await open(path, "w");
  const block = randomBytes(MiB);
  for (let at = 0; at < size; at += MiB) await file.write(block);
}

if (import.meta.main) {
  const [size = "1024", only = ""] = process.argv.slice(2);
  for (const [program, runtime] of runs) {
    if (!program.includes(only)) continue;
    const { more, peak } = await measure(
      program,
      runtime,
      Number(size) * MiB,
    );
    const name = `${program} on ${runtime}`.padEnd(24);
    const [held, whole] = [more, peak].map((of) => (of / MiB).toFixed(0));
    console.log(`${name} ${size} MiB: peak ${whole} MiB, ${held} more`);
  }
}
