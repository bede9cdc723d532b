/** The memory of another process on Linux. */
import { readFile, writeFile } from "node:fs/promises";

/**
 * Begins to measure a process's peak of resident memory.
 *
 * @returns A function that returns the peak in bytes.
 */
export async function peakMemory(pid: number): Promise<() => Promise<number>> {
  // "5" resets VmHWM to the current memory (proc(5)).
  await writeFile(`/proc/${pid}/clear_refs`, "5");
  return () => peakSoFar(pid);
}

/**
 * Returns the peak of a process's resident memory, in bytes, since it started
 * or since the peak was last reset.
 */
export async function peakSoFar(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
