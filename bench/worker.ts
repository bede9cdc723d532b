/**
 * Measures workloads of one group on this runtime, and prints each result as a
 * line of JSON. `run.ts` starts a worker for each group and runtime:
 *
 *     worker.ts <workload>... [--quick] [--contenders name,name]
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { processGroups } from "./in_process.ts";

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    contenders: { type: "string", default: "" },
  },
});

const group = processGroups.find((group) => group.names.includes(names[0]));
if (!group) throw new Error(`Cannot measure ${names[0]}: it is not a workload`);
const isWanted = (contender: string) =>
  options.contenders.split(",").some((part) => contender.includes(part));
for (const name of group.isWarmed ? group.names : []) {
  await group.measure(name, { isQuick: true, rounds: 1, isWanted });
}
for (const name of names) {
  const settings = { isQuick: options.quick, isWanted };
  console.log(JSON.stringify(await group.measure(name, settings)));
}
// Some peers leave timers running.
process.exit();
