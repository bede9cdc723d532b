/** The resident memory of the process that runs this. */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

/**
 * Sets the peak back to what is resident now, where the system can.
 *
 * @returns What is resident now, in bytes.
 */
export function resetPeak(): number {
  try {
    // "5" sets VmHWM back to the memory of now (proc(5)).
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // Not Linux: the peak since the start will do, before anything was large.
  }
  return process.memoryUsage().rss;
}

/** The peak since it was set back, in bytes. */
export function peakOfMemory(): number {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
