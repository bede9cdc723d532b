/**
 * In the bundle under test: which mutant is in force, and which of them a test
 * comes by. Instrumented code asks `active`, calls `hit` where a mutant is in
 * force, and adds to `counts` if the bundle is made for that.
 */

declare global {
  /** The mutant of a bundle that is about to be loaded, for what runs then. */
  var initialMutant: number | undefined;
}

/** No mutant has this number. */
const NONE = -1;

export let active: number = globalThis.initialMutant ?? NONE;
let hitsLeft = Infinity;

/** More than there are mutants. */
const MAX_MUTANTS = 1 << 16;

/** How often the code was reached in which each mutant stands. */
export const counts: Float64Array = new Float64Array(MAX_MUTANTS);

/** Puts a mutant in force, or none; more hits than `limit` are an endless loop. */
export function activate(mutant: number | undefined, limit = Infinity): void {
  active = mutant ?? NONE;
  hitsLeft = limit;
}

/** Ends what would loop for ever: `active` alone cannot. */
export function hit(): true {
  if (hitsLeft-- <= 0) throw new Error("Cannot go on: an endless loop");
  return true;
}

/** Whether a mutant has used up its hits: whoever caught the error hid it. */
export function isExhausted(): boolean {
  return hitsLeft < 0;
}

/** What was counted since the last call. */
export function takeCounts(): [mutant: number, count: number][] {
  const taken: [number, number][] = [];
  for (const [mutant, count] of counts.entries()) {
    if (count > 0) taken.push([mutant, count]);
  }
  counts.fill(0);
  return taken;
}
