import { installed, nodePath } from "../tests/runtimes/processes.ts";

/** A runtime, and how it runs a file of this folder. */
export interface BenchRuntime {
  readonly name: string;
  readonly title: string;
  /** Undefined if the runtime is not installed. */
  readonly command: string | undefined;
  /** The arguments before the file and its own arguments. */
  readonly args: readonly string[];
  /** The arguments that let a program collect garbage. They follow `args`. */
  readonly gcArgs: readonly string[];
}

export const runtimes: readonly BenchRuntime[] = [
  {
    name: "node",
    title: "Node",
    command: nodePath(),
    args: [],
    gcArgs: ["--expose-gc"],
  },
  {
    name: "deno",
    title: "Deno",
    command: installed("deno"),
    args: [
      "run",
      "--allow-all",
      "--no-check",
      // The peers are where npm installed them, in this file's folder.
      "--node-modules-dir=manual",
    ],
    gcArgs: ["--v8-flags=--expose-gc"],
  },
  {
    name: "bun",
    title: "Bun",
    command: installed("bun"),
    args: ["run"],
    gcArgs: [],
  },
];
