/**
 * How much memory reading holds, and how often it copies, measured by the
 * memory of buffers on Node.
 */
import { assert } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { root } from "../runtimes/names.ts";
import { nodePath } from "../runtimes/processes.ts";
import { shared } from "../driving/shared.ts";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const MiB = 1024 * 1024;

/** The measured bytes. The key says what was read, and how. */
const measured = shared(async () => {
  const node = nodePath();
  assert(node !== undefined, "Node is not installed");
  const { stdout } = await promisify(execFile)(node, [
    "--expose-gc",
    "tests/servers/held_memory_client.ts",
  ], { cwd: root });
  const result: Record<string, number> = JSON.parse(stdout);
  return result;
}, () => {});

async function assertHeld(kind: string, most: number): Promise<void> {
  const ways = Object.entries(await measured())
    .filter(([name]) => name.startsWith(`${kind}: `));
  assert(ways.length > 0);
  for (const [name, bytes] of ways) {
    assert(bytes <= most, `${name} took ${(bytes / MiB).toFixed(1)} MiB`);
  }
}

describe("the memory of buffers", () => {
  it("is that of one copy when a body of 64 MiB is read whole", async () => {
    await assertHeld("whole", 68 * MiB);
  });

  it("is small for 1,000 fields, read out of chunks that have 64 MiB", async () => {
    await assertHeld("fields", MiB);
  });
});
