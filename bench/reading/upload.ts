/** What a part of an upload must be found to be. */
export interface Expected {
  readonly name: string;
  /** Bytes, decoded where the workload says so. */
  readonly size: number;
}

/** How the parts are read: what a contender does with each body. */
export type Reading =
  /** Counted as its chunks come. */
  | "size"
  /** Read whole, as text. */
  | "text"
  /** Counted behind its transfer encoding or content coding. */
  | "decoded"
  /** Multiparts all the way down; the leaves are counted. */
  | "nested";

/** A multipart body in memory, in the chunks that a source gives. */
export interface Upload {
  readonly boundary: string;
  readonly contentType: string;
  readonly chunks: Iterable<Uint8Array<ArrayBuffer>>;
  readonly reading: Reading;
}

/** What a contender found; `values` only where it was to read text. */
export interface Tally {
  readonly names: string[];
  readonly sizes: number[];
  readonly values: string[];
}

export function emptyTally(): Tally {
  return { names: [], sizes: [], values: [] };
}

/** Adds a field that was read as text; all of them are ASCII here. */
export function addText(tally: Tally, name: string, value: string): void {
  tally.names.push(name);
  tally.sizes.push(value.length);
  tally.values.push(value);
}

/** Hands the chunks on as they come out of a stream. */
export async function pump(
  upload: Upload,
  write: (chunk: Uint8Array) => void | Promise<void>,
): Promise<void> {
  const reader = streamOf(upload).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    // No turn of the event loop where nobody has to be waited for.
    const written = write(value);
    if (written) await written;
  }
}

/** The chunks as a stream of the Web platform, which reads nothing ahead. */
export function streamOf(upload: Upload): ReadableStream<Uint8Array> {
  const chunks = upload.chunks[Symbol.iterator]();
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const { done, value } = chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  }, { highWaterMark: 0 });
}
