/** The resident memory of this process. */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

/**
 * Resets the peak to the current resident memory, if the system supports it.
 *
 * @returns The current resident memory in bytes.
 */
export function resetPeak(): number {
  try {
    // "5" resets VmHWM to the current memory (proc(5)).
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // Not Linux: uses the peak since the start, before anything was large.
  }
  return process.memoryUsage().rss;
}

/** The peak since the last reset, in bytes. */
export function peakOfMemory(): number {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
