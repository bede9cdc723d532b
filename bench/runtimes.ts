import { installed, nodePath } from "../tests/runtimes/processes.ts";

/** A runtime, and how it runs a file of this folder. */
export interface BenchRuntime {
  readonly name: string;
  readonly title: string;
  /** Undefined where it is not installed. */
  readonly command: string | undefined;
  /** What stands before the file and its own arguments. */
  readonly args: readonly string[];
  /** What lets a program collect garbage; stands behind `args`. */
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
      // The peers are where npm has put them: in the folder of this file.
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
