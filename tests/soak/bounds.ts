/** The bounds of a soak test, and the problems that exceed them. */
import type { WatchedHeap } from "./heap_watch.ts";
import type { UploadSoak } from "./soak_uploads.ts";

const MIB = 1024 * 1024;

/** How much the heap may have grown after all uploads. */
export const HEAP_GROWTH = 8 * MIB;
/** How much more than when idle the heap may hold while one part is read. */
export const HEAP_HIGH_WATER = 16 * MIB;

/** The growth of the heap since it was smallest, in bytes. */
export function heapGrowth({ states }: UploadSoak): number {
  const heaps = states.map(({ heap }) => heap);
  return (heaps.at(-1) ?? NaN) - Math.min(...heaps);
}

/** Returns what is wrong with a server's uploads. */
export function problemsOfUploads(soak: UploadSoak): string[] {
  const { sent, wrong, states } = soak;
  const [before] = states;
  const after = states.at(-1);
  if (before === undefined || after === undefined) return ["It has no state"];
  const problems = [...wrong];
  const expect = (isRight: boolean, problem: string): void => {
    if (!isRight) problems.push(problem);
  };
  expect(
    after.complete === sent.complete,
    `${after.complete} uploads were complete, of ${sent.complete}`,
  );
  const refused = { ...after.refused };
  for (const [refusal, count] of Object.entries(sent.malformed)) {
    expect(
      after.refused[refusal] === count,
      `${after.refused[refusal]} were refused by ${refusal}, of ${count}`,
    );
    delete refused[refusal];
  }
  expect(
    Object.keys(refused).length === 0,
    `Some were refused by ${Object.keys(refused)}`,
  );
  const broken = sumOf(after.broken);
  // A server may not notice an upload whose connection is reset.
  expect(
    broken <= sent.aborted && broken >= sent.aborted - sent.resets,
    `${broken} uploads broke off, of ${sent.aborted}: ${
      JSON.stringify(after.broken)
    }`,
  );
  const misuse = Object.keys(after.broken).find((error) =>
    error.startsWith("TypeError") || error.startsWith("RangeError")
  );
  expect(misuse === undefined, `The reader was misused: ${misuse}`);
  expect(after.inFlight === 0, `${after.inFlight} uploads have not ended`);
  expect(after.files === 0, `${after.files} temporary files are left`);
  expect(
    (after.descriptors ?? 0) <= (before.descriptors ?? 0),
    `${after.descriptors} descriptors are open, ${before.descriptors} were`,
  );
  expect(
    after.resources.length <= before.resources.length,
    `In use are ${after.resources}, and were ${before.resources}`,
  );
  const growth = heapGrowth(soak);
  expect(growth <= HEAP_GROWTH, `The heap has grown by ${growth} bytes`);
  return problems;
}

/** Returns what is wrong with the reading of one large part. */
export function problemsOfPart(
  { idle, most, mostLive, after }: WatchedHeap,
  makesGarbage: boolean,
): string[] {
  const problems: string[] = [];
  const expect = (heap: number, what: string, bound: number): void => {
    if (heap - idle <= bound) return;
    problems.push(`The heap ${what} ${heap} bytes, over ${idle} when idle`);
  };
  if (!makesGarbage) expect(most, "held", HEAP_HIGH_WATER);
  expect(mostLive, "held, without garbage,", HEAP_HIGH_WATER);
  expect(after, "still holds", HEAP_GROWTH);
  return problems;
}

/** The sum of all counts. */
export function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
