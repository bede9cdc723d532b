/** This process as it sees itself: its memory, and what it holds open. */
import { readdirSync } from "node:fs";
import process from "node:process";

export interface OwnState {
  /** Bytes on the heap, and those outside of it that its objects hold. */
  readonly heap: number;
  /** Bytes in memory, the runtime's own too. */
  readonly resident: number;
  /** Open files, sockets and pipes; undefined where the system does not tell. */
  readonly descriptors: number | undefined;
  /** What keeps the event loop alive, as far as the runtime tells. */
  readonly resources: readonly string[];
}

/** What is used here of the types that `@types/bun` brings. */
const { Bun: bun }: { Bun?: { gc(isSynchronous: boolean): void } } = Object(
  globalThis,
);

/** How often it is collected: what a finalizer releases is found next time. */
const ROUNDS = 3;

/** Collects all garbage. Node and Deno have to be started with `--expose-gc`. */
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

/** JavaScriptCore, which is Bun's, counts what is outside in `heapUsed` too. */
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

/** The listing's own is among them, each time. */
function countDescriptors(): number | undefined {
  for (const folder of ["/proc/self/fd", "/dev/fd"]) {
    try {
      return readdirSync(folder).length;
    } catch {
      // Another system.
    }
  }
  return undefined;
}
