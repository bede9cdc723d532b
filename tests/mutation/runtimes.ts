/** The runtimes that can run the bundle as a process with messages. */
import { installed, nodePath } from "../runtimes/processes.ts";
import type { Mutant } from "./mutants.ts";

export interface MutationRuntime {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Whether to try a mutant there that has survived so far. */
  isWorth(mutant: Mutant): boolean;
}

/** Files with code for certain runtimes, parts of which Node does not use. */
const asking = new Set([
  "wire/codec/base64.ts",
  "wire/codec/content_coding.ts",
  "wire/codec/content_decoder.ts",
  "wire/codec/decoder_probes.ts",
  "wire/codec/deflate_end.ts",
  "wire/codec/native_codec.ts",
]);

const asks = ({ file }: Mutant): boolean => asking.has(file);

/**
 * Node for all mutants, and the other runtimes for code that Node does not use.
 */
export function findRuntimes(): MutationRuntime[] {
  const found: MutationRuntime[] = [];
  const node = nodePath();
  const deno = installed("deno");
  const bun = installed("bun");
  if (node) {
    found.push({ name: "node", command: node, args: [], isWorth: () => true });
  }
  if (deno) {
    const args = ["run", "-A", "--no-check", "--no-prompt"];
    found.push({ name: "deno", command: deno, args, isWorth: asks });
  }
  if (bun) found.push({ name: "bun", command: bun, args: [], isWorth: asks });
  return found;
}
