import type { PartReader } from "@tributary/multipart";

/** A way to read a part in pieces. */
export interface ReadingWay {
  readonly name: string;
  read(part: PartReader): AsyncIterable<Uint8Array>;
  /**
   * Whether each piece has its own memory. The runtime decides how much of it
   * stays until it is collected.
   */
  readonly makesGarbage: boolean;
}

/** Ways that release their memory in different places. */
export const readingWays: readonly [ReadingWay, ...ReadingWay[]] = [
  { name: "chunks", read: (part) => part, makesGarbage: false },
  { name: "byob", read: intoOneBuffer, makesGarbage: false },
  { name: "body", read: (part) => part.body, makesGarbage: true },
  { name: "pieces", read: piecewise, makesGarbage: true },
];

/** Used instead of a way: copies in a stream, without this library. */
export const CONTROL = "copies";

/** Finds a way by its name. */
export function wayOf(name: string | undefined): ReadingWay {
  const found = readingWays.find((way) => way.name === name);
  if (found !== undefined) return found;
  throw new RangeError(`Cannot read by "${name}": there is no such way`);
}

async function* intoOneBuffer(part: PartReader): AsyncGenerator<Uint8Array> {
  const reader = part.stream({ type: "bytes" }).getReader({
    mode: "byob",
  });
  try {
    for (let buffer = new ArrayBuffer(64 * 1024);;) {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (done) return;
      yield value;
      buffer = value.buffer;
    }
  } finally {
    reader.releaseLock();
  }
}

async function* piecewise(part: PartReader): AsyncGenerator<Uint8Array> {
  for (;;) {
    const piece = await part.readChunk(10_000);
    if (piece === null) return;
    yield piece;
  }
}
