/** This process's own state: its memory and its open resources. */
import { readdirSync } from "node:fs";
import process from "node:process";

export interface OwnState {
  /** The bytes on the heap, and those outside of it that its objects hold. */
  readonly heap: number;
  /** The resident bytes, including the runtime's own. */
  readonly resident: number;
  /**
   * Open files, sockets and pipes. Undefined if the system does not report
   * them.
   */
  readonly descriptors: number | undefined;
  /** What keeps the event loop alive, as the runtime reports it. */
  readonly resources: readonly string[];
}

/** The part of Bun's types that is used here. */
const { Bun: bun }: { Bun?: { gc(isSynchronous: boolean): void } } = Object(
  globalThis,
);

/**
 * The number of collections: each finds what finalizers of the one before
 * released.
 */
const ROUNDS = 3;

/** Collects all garbage. Node and Deno need `--expose-gc`. */
export async function collectGarbage(): Promise<void> {
  const collect = collector();
  for (let round = 0; round < ROUNDS; round++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve));
  }
}

export function ownState(): OwnState {
  return {
    heap: ownHeap(),
    resident: process.memoryUsage.rss(),
    descriptors: countDescriptors(),
    resources: process.getActiveResourcesInfo().sort(),
  };
}

/** Bun's JavaScriptCore includes external memory in `heapUsed`. */
export function ownHeap(): number {
  const { heapUsed, external } = process.memoryUsage();
  return bun === undefined ? heapUsed + external : heapUsed;
}

function collector(): () => void {
  if (bun !== undefined) return () => bun.gc(true);
  const { gc }: { gc?: unknown } = Object(globalThis);
  if (typeof gc === "function") return () => gc();
  throw new Error("Cannot collect garbage: start the runtime with --expose-gc");
}

/** Each count includes the descriptor of the listing itself. */
function countDescriptors(): number | undefined {
  for (const folder of ["/proc/self/fd", "/dev/fd"]) {
    try {
      return readdirSync(folder).length;
    } catch {
      // Another operating system.
    }
  }
  return undefined;
}
