/** Memory of another process, as Linux has it. */
import { readFile, writeFile } from "node:fs/promises";

/**
 * Begins to measure the most memory that a process has resident.
 *
 * @returns What gives it, in bytes.
 */
export async function peakMemory(pid: number): Promise<() => Promise<number>> {
  // "5" sets VmHWM back to the memory of now (proc(5)).
  await writeFile(`/proc/${pid}/clear_refs`, "5");
  return () => peakSoFar(pid);
}

/**
 * The most memory, in bytes, that a process has had resident since it began, or
 * since the figure was set back.
 */
export async function peakSoFar(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
