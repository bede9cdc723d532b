import { budgetOf, measure } from "../measure.ts";
import type { Measured, MeasureSettings } from "../measured.ts";
import { measureFloor } from "./floor.ts";
import { ownReaders, plainReader } from "./own.ts";
import { peerReaders } from "./peers.ts";
import type { Expected, Tally } from "./upload.ts";
import { readWorkloads } from "./workloads.ts";

/** Measures all readers with one workload. */
export async function compareReaders(
  name: string,
  { isQuick, isWanted, rounds }: MeasureSettings,
): Promise<Measured> {
  const workload = readWorkloads.find((one) => one.name === name);
  if (!workload) {
    throw new Error(`Cannot measure ${name}: it is not a workload`);
  }
  const { upload, expected, bytes, plain, trial } = workload.make(isQuick);
  const timings = await measure({
    input: upload,
    contenders: [
      ...ownReaders,
      ...(plain ? [plainReader(plain)] : []),
      ...peerReaders,
    ].filter(({ name }) => isWanted(name)),
    check: (tally: Tally) => findFault(tally, expected),
    budget: budgetOf(isQuick),
    rounds,
    trial: trial && { input: trial.upload, bytes: trial.bytes },
  });
  return {
    title: workload.title(isQuick),
    unit: workload.unit,
    bytes,
    parts: expected.length,
    timings,
    values: workload.hasFloor
      ? await measureFloor(upload, bytes, budgetOf(isQuick) / 2)
      : undefined,
  };
}

function findFault(
  { names, sizes }: Tally,
  expected: readonly Expected[],
): string | undefined {
  if (names.length !== expected.length) {
    return `${names.length} parts instead of ${expected.length}`;
  }
  const wrong = expected.findIndex(({ name, size }, index) =>
    names[index] !== name || sizes[index] !== size
  );
  return wrong < 0
    ? undefined
    : `part ${wrong}: ${names[wrong]}, ${sizes[wrong]} bytes`;
}
