/** The expected result for a part. */
export interface Expected {
  readonly name: string;
  /** In bytes, decoded if the workload says so. */
  readonly size: number;
}

/** How the parts are read, that is what a contender does with each body. */
export type Reading =
  /** Counts the bytes of the chunks. */
  | "size"
  /** Reads the whole part as text. */
  | "text"
  /** Counts the decoded bytes. */
  | "decoded"
  /** Reads nested multiparts, and counts the bytes of the leaves. */
  | "nested";

/** A multipart body in memory, in the chunks that a source gives. */
export interface Upload {
  readonly boundary: string;
  readonly contentType: string;
  readonly chunks: Iterable<Uint8Array<ArrayBuffer>>;
  readonly reading: Reading;
}

/** What a contender found. `values` is used only for text. */
export interface Tally {
  readonly names: string[];
  readonly sizes: number[];
  readonly values: string[];
}

export function emptyTally(): Tally {
  return { names: [], sizes: [], values: [] };
}

/** Adds a field that was read as text. All of them are ASCII. */
export function addText(tally: Tally, name: string, value: string): void {
  tally.names.push(name);
  tally.sizes.push(value.length);
  tally.values.push(value);
}

/** Passes on the chunks of a stream. */
export async function pump(
  upload: Upload,
  write: (chunk: Uint8Array) => void | Promise<void>,
): Promise<void> {
  const reader = streamOf(upload).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    // Skips a turn of the event loop if there is nothing to wait for.
    const written = write(value);
    if (written) await written;
  }
}

/** The chunks as a web stream that reads nothing ahead. */
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
