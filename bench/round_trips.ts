/**
 * Writes random trees of parts, reads them back, and compares them, as the
 * tests do with fewer trees:
 *
 *     node --import ./tests/runtimes/node_hooks.ts bench/round_trips.ts [count] [seed]
 *     bun bench/round_trips.ts [count] [seed]
 *     deno run --no-check --import-map tests/runtimes/npm_imports.json bench/round_trips.ts
 */
import process from "node:process";
import { checkTrees } from "../tests/writer/trees.ts";

const [count = 100_000, seed = 1] = process.argv.slice(2).map(Number);
const started = performance.now();
await checkTrees(count, seed);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(
  `${count} trees from seed ${seed} came back equal, in ${seconds} s`,
);
