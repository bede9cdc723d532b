/** A form to write, made anew for each run. */
export interface Form {
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly files: readonly (readonly [name: string, file: File])[];
}

/** What was written. */
export interface Written {
  readonly length: number;
  /** The bytes, if there are few enough to check. */
  readonly chunks: Uint8Array[];
}

/**
 * Up to this size, the bytes are kept to be checked. More are only counted, so
 * that nothing large is held.
 */
const MAX_KEPT_BYTES = 8 * 2 ** 20;

/** Counts the bytes that a writer writes. */
export class Sink {
  length = 0;
  readonly chunks: Uint8Array[] = [];

  write(chunk: Uint8Array): void {
    this.length += chunk.length;
    if (this.length <= MAX_KEPT_BYTES) this.chunks.push(chunk);
    else this.chunks.length = 0;
  }
}

/** Reads a stream to its end. */
export async function drain(
  stream: ReadableStream<Uint8Array>,
): Promise<Written> {
  const sink = new Sink();
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return sink;
    sink.write(value);
  }
}

/** Returns bytes that were written at once. */
export function writtenAtOnce(bytes: Uint8Array): Written {
  const sink = new Sink();
  sink.write(bytes);
  return sink;
}
