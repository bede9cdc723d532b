/** How an input is cut into chunks, and which memory the chunks use. */
import * as fc from "fast-check";

/** One way to deliver an input. */
export interface Delivery {
  /** The cuts: pieces of this length, positions, or around a byte. */
  readonly cut: Cut;
  /** Whether an empty chunk follows each chunk. */
  readonly empties: boolean;
  readonly memory: Memory;
}

type Cut =
  | { readonly every: number }
  /** Each position is in ten-thousandths of the length. */
  | { readonly at: readonly number[] }
  | { readonly around: number };

/**
 * The memory of a chunk: its own, the whole input's, its own between delimiters
 * that are outside the chunk, or that of the chunk before, which it overwrites.
 */
type Memory = "own" | "view" | "framed" | "shared";

/** The easiest delivery for a reader. */
export const WHOLE: Delivery = {
  cut: { at: [] },
  empties: false,
  memory: "own",
};

/** The hardest. */
export const BYTEWISE: Delivery = {
  cut: { every: 1 },
  empties: true,
  memory: "shared",
};

/** All ways to deliver an input. CR, LF and the dash are the critical bytes. */
export const deliveries: fc.Arbitrary<Delivery> = fc.record({
  cut: fc.oneof(
    fc.record({ at: fc.array(fc.nat(9_999), { maxLength: 12 }) }),
    fc.record({ every: fc.integer({ min: 1, max: 80 }) }),
    fc.record({ around: fc.constantFrom(0x0d, 0x0a, 0x2d, 0x62, 0x3d) }),
  ),
  empties: fc.boolean(),
  memory: fc.constantFrom<Memory>("own", "view", "framed", "shared"),
});

const FRAME = new TextEncoder().encode("\r\n--b--\r\n--b\r\n");

/**
 * The chunks of an input. Each is made on demand, which is when shared memory
 * is overwritten.
 */
export function* chunksOf(
  bytes: Uint8Array,
  { cut, empties, memory }: Delivery,
): Generator<Uint8Array<ArrayBuffer>> {
  const whole = bytes.slice();
  const shared = new Uint8Array(bytes.length);
  let used = 0;
  let start = 0;
  for (const end of [...placesOf(whole, cut), whole.length]) {
    const piece = whole.subarray(start, end);
    start = end;
    if (memory === "view") yield piece;
    else if (memory === "own") yield piece.slice();
    else if (memory === "framed") {
      const frame = new Uint8Array(piece.length + 2 * FRAME.length);
      frame.set(FRAME);
      frame.set(piece, FRAME.length);
      frame.set(FRAME, FRAME.length + piece.length);
      yield frame.subarray(FRAME.length, FRAME.length + piece.length);
    } else {
      shared.fill(0x2d, 0, used);
      shared.set(piece);
      used = piece.length;
      yield shared.subarray(0, piece.length);
    }
    if (empties) yield new Uint8Array(0);
  }
}

function placesOf(bytes: Uint8Array, cut: Cut): number[] {
  if ("at" in cut) {
    return cut.at.map((share) => Math.floor(share * bytes.length / 10_000))
      .sort((a, b) => a - b);
  }
  const places: number[] = [];
  if ("every" in cut) {
    for (let at = cut.every; at < bytes.length; at += cut.every) {
      places.push(at);
    }
    return places;
  }
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === cut.around) places.push(at, at + 1);
  }
  return places;
}
