/** The runtimes that the bundle is tried on: those that can be told what to do. */
import { installed, nodePath } from "../runtimes/processes.ts";
import type { Mutant } from "./mutants.ts";

export interface MutationRuntime {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Whether a mutant that lived so far is worth a try there. */
  isWorth(mutant: Mutant): boolean;
}

/** Files that ask what a runtime can do: parts of them rest on Node. */
const asking = new Set([
  "wire/codec/base64.ts",
  "wire/codec/content_coding.ts",
  "wire/codec/content_decoder.ts",
  "wire/codec/decoder_probes.ts",
  "wire/codec/deflate_end.ts",
  "wire/codec/native_codec.ts",
]);

const asks = ({ file }: Mutant): boolean => asking.has(file);

/** Node for all, and the others for what Node has no need of. */
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
