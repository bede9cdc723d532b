import { bytesOf, isReadableStream } from "../wire/value_kinds.ts";

type Bytes = ReadableStream<Uint8Array> | Uint8Array;

/**
 * A stream of as many bytes as were promised: of another number it makes an
 * error, and it gives none too many. Nothing is opened before somebody reads,
 * and nothing is read ahead.
 *
 * @param open Gives the bytes.
 * @param label What they are, for errors.
 */
export function exactStream(
  open: () => Promise<Bytes>,
  size: number,
  label: string,
): ReadableStream<Uint8Array> {
  const body = new ExactBody(open, size, label);
  const source = {
    // Not in the Streams Standard: workerd sends a stream with this length, and
    // without it chunked, whatever Content-Length says.
    expectedLength: size,
    pull: (controller: ReadableStreamDefaultController<Uint8Array>) =>
      body.pull(controller),
    cancel: (reason: unknown) => body.cancel(reason),
  };
  return new ReadableStream(source, { highWaterMark: 0 });
}

class ExactBody {
  readonly #open: () => Promise<Bytes>;
  readonly #size: number;
  readonly #label: string;
  #reader: ReadableStreamDefaultReader<unknown> | undefined;
  #length = 0;
  #isCancelled = false;

  constructor(open: () => Promise<Bytes>, size: number, label: string) {
    this.#open = open;
    this.#size = size;
    this.#label = label;
  }

  async pull(
    controller: ReadableStreamDefaultController<Uint8Array>,
  ): Promise<void> {
    try {
      this.#reader ??= toStream(await this.#open()).getReader();
      // Somebody may have cancelled in the meantime.
      if (this.#isCancelled) return await this.#reader.cancel();
      const chunk = await this.#read(this.#reader);
      if (this.#isCancelled) return;
      if (chunk === null) controller.close();
      else controller.enqueue(chunk);
    } catch (error) {
      // Not awaited: a source whose cancelling hangs must not hide the error.
      this.#reader?.cancel(error).catch(() => {});
      throw error;
    }
  }

  async cancel(reason: unknown): Promise<void> {
    this.#isCancelled = true;
    await this.#reader?.cancel(reason);
  }

  async #read(
    reader: ReadableStreamDefaultReader<unknown>,
  ): Promise<Uint8Array | null> {
    for (;;) {
      const { done, value } = await reader.read();
      if (this.#isCancelled) return null;
      const chunk = done ? null : bytesOf(value);
      if (chunk === undefined || (chunk === null && !done)) {
        throw new TypeError(`Cannot send ${this.#label}: a chunk is no bytes`);
      }
      this.#count(chunk);
      if (chunk === null || chunk.length > 0) return chunk;
    }
  }

  #count(chunk: Uint8Array | null): void {
    this.#length += chunk?.length ?? 0;
    const isWrong = chunk === null
      ? this.#length < this.#size
      : this.#length > this.#size;
    if (!isWrong) return;
    throw new RangeError(
      `Cannot send ${this.#label}: the source gave ${
        chunk === null ? "only" : "at least"
      } ${this.#length} bytes instead of ${this.#size}`,
    );
  }
}

function toStream(bytes: Bytes): ReadableStream<Uint8Array> {
  if (isReadableStream(bytes)) return bytes;
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}
