/** How each runtime starts this folder's programs. */
import { installed, nodePath } from "../runtimes/processes.ts";

export interface SoakRuntime {
  readonly name: string;
  /** Undefined if the runtime is not installed. */
  readonly command: string | undefined;
  /** The arguments before the program and its own arguments. */
  readonly args: readonly string[];
}

export const soakRuntimes: readonly SoakRuntime[] = [
  {
    name: "node",
    command: nodePath(),
    args: ["--expose-gc"],
  },
  {
    name: "deno",
    command: installed("deno"),
    args: ["run", "--allow-all", "--no-check", "--v8-flags=--expose-gc"],
  },
  {
    name: "bun",
    command: installed("bun"),
    args: [],
  },
];
