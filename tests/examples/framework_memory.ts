/**
 * Memory of the servers of examples/frameworks, while each takes a large file:
 *
 *     node --import ./tests/runtimes/node_hooks.ts tests/examples/framework_memory.ts [MiB]
 */
import { existsSync } from "node:fs";
import process from "node:process";
import { sendForm } from "./framework_client.ts";
import {
  type Framework,
  frameworks,
  type RunningFramework,
} from "./frameworks.ts";
import { installFrameworks } from "./install_frameworks.ts";
import { peakMemory } from "./memory.ts";

const MiB = 1024 * 1024;

/** Whether a server streams, in a process whose memory can be measured. */
export function isMeasured({ runtime, holdsForm = false }: Framework): boolean {
  return !holdsForm && runtime !== "Workers" &&
    existsSync("/proc/self/clear_refs");
}

/** By how many bytes a server grows while it takes a film. */
export async function growthOf(
  { url, pid = NaN }: RunningFramework,
  bytes: number,
): Promise<number> {
  await sendForm(url, { bytes: MiB });
  const before = await (await peakMemory(pid))();
  const peak = await peakMemory(pid);
  const { status, body } = await sendForm(url, { bytes });
  if (status !== 200) throw new Error(`Cannot measure: ${status} ${body}`);
  return await peak() - before;
}

if (import.meta.main) {
  const size = Number(process.argv[2] ?? 1024);
  await installFrameworks();
  for (const framework of frameworks.filter(isMeasured)) {
    await framework.run(async (server) => {
      const begun = performance.now();
      const grown = await growthOf(server, size * MiB) / MiB;
      const seconds = (performance.now() - begun) / 1000;
      const name = `${framework.name} on ${framework.runtime}`.padEnd(32);
      console.log(
        `${name} ${size} MiB: +${grown.toFixed(0)} MiB, ${
          seconds.toFixed(1)
        } s`,
      );
    });
  }
}
