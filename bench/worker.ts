/**
 * Measures one workload on the runtime that runs this, and prints what it found
 * as JSON. `run.ts` starts one for each workload and runtime:
 *
 *     worker.ts <workload> [--quick] [--contenders name,name]
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { jobGroups } from "./jobs.ts";

const { values: options, positionals: [name] } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    contenders: { type: "string", default: "" },
  },
});

const group = jobGroups.find(({ names }) => names.includes(name));
if (!group) throw new Error(`Cannot measure ${name}: it is no workload`);
const measured = await group.measure(name, {
  isQuick: options.quick,
  isWanted: (contender) =>
    options.contenders.split(",").some((part) => contender.includes(part)),
});
console.log(JSON.stringify(measured));
// Some peers leave timers behind.
process.exit();
