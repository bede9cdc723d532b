/**
 * Part of the bundle: selects the active mutant, and counts which mutants a
 * test reaches. Instrumented code compares `active`, calls `hit` where a mutant
 * is active, and adds to `counts` if the bundle is built for that.
 */

declare global {
  /** The mutant that is active while the bundle is loaded. */
  var initialMutant: number | undefined;
}

/** No mutant has this number. */
const NONE = -1;

export let active: number = globalThis.initialMutant ?? NONE;
let hitsLeft = Infinity;

/** More than the number of mutants. */
const MAX_MUTANTS = 1 << 16;

/** How often the code of each mutant was reached. */
export const counts: Float64Array = new Float64Array(MAX_MUTANTS);

/**
 * Activates a mutant, or none. More hits than `limit` count as an endless loop.
 */
export function activate(mutant: number | undefined, limit = Infinity): void {
  active = mutant ?? NONE;
  hitsLeft = limit;
}

/** Ends endless loops, which comparing `active` cannot do. */
export function hit(): true {
  if (hitsLeft-- <= 0) throw new Error("Cannot go on: an endless loop");
  return true;
}

/**
 * Whether a mutant has exceeded its hits, even if the code caught the error.
 */
export function isExhausted(): boolean {
  return hitsLeft < 0;
}

/** Returns the counts since the last call. */
export function takeCounts(): [mutant: number, count: number][] {
  const taken: [number, number][] = [];
  for (const [mutant, count] of counts.entries()) {
    if (count > 0) taken.push([mutant, count]);
  }
  counts.fill(0);
  return taken;
}
