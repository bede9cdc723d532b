/**
 * Measures the memory of the servers in examples/frameworks while each receives
 * a large file, and prints its response. A name selects servers:
 *
 *     node --import ./tests/runtimes/node_hooks.ts tests/examples/framework_memory.ts [MiB] [name]
 */
import { existsSync } from "node:fs";
import process from "node:process";
import { type Form, type Outcome, sendForm } from "./framework_client.ts";
import {
  type Framework,
  frameworks,
  type RunningFramework,
} from "./frameworks.ts";
import { peakMemory } from "./memory.ts";

const MiB = 1024 * 1024;

/**
 * Whether a server streams, and runs in a process whose memory can be measured.
 */
export function isMeasured({ runtime, holdsForm = false }: Framework): boolean {
  return !holdsForm && runtime !== "Workers" &&
    existsSync("/proc/self/clear_refs");
}

/** The memory that a film of this size costs a server, and the response. */
export interface Measured extends Outcome {
  /** The growth of the server while it receives the film, in bytes. */
  grown: number;
}

/** Sends a form with a film of this size. */
export async function measure(
  { url, pid = NaN }: RunningFramework,
  form: Form,
): Promise<Measured> {
  await sendForm(url, { bytes: MiB });
  const idle = await (await peakMemory(pid))();
  const peak = await peakMemory(pid);
  const outcome = await sendForm(url, form);
  return { ...outcome, grown: await peak() - idle };
}

if (import.meta.main) {
  const size = Number(process.argv[2] ?? 1024);
  const wanted = new RegExp(process.argv[3] ?? "");
  const bytes = size * MiB;
  console.log(`A film of ${size} MiB: memory over idle, and the answer`);
  for (const framework of frameworks.filter(isMeasured)) {
    const name = `${framework.name} on ${framework.runtime}`;
    if (!wanted.test(name)) continue;
    await framework.prepare();
    await framework.run(async (server) => {
      const cells = [name.padEnd(32)];
      // The second form is refused before its film, which is sent nonetheless.
      for (const form of [{ bytes }, { bytes, title: "x".repeat(300) }]) {
        const begun = performance.now();
        const { grown, status } = await measure(server, form);
        const seconds = ((performance.now() - begun) / 1000).toFixed(1);
        cells.push(`+${(grown / MiB).toFixed(0)} MiB, ${status}, ${seconds} s`);
      }
      console.log(cells.join(" | "));
    });
  }
}
