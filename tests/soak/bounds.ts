/** What a soak may come to, and what of it is too much. */
import type { WatchedHeap } from "./heap_watch.ts";
import type { UploadSoak } from "./soak_uploads.ts";

const MIB = 1024 * 1024;

/** What the heap may have grown by when all uploads are over. */
export const HEAP_GROWTH = 8 * MIB;
/** What the heap may hold more than when idle while one part goes through. */
export const HEAP_HIGH_WATER = 16 * MIB;

/** The bytes by which the heap has grown since it was smallest. */
export function heapGrowth({ states }: UploadSoak): number {
  const heaps = states.map(({ heap }) => heap);
  return (heaps.at(-1) ?? NaN) - Math.min(...heaps);
}

/** What is wrong with how a server went through its uploads. */
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
  // A server may never see an upload whose connection is reset.
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

/** What is wrong with how one large part was read. */
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

/** How many were counted in all. */
export function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
