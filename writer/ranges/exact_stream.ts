import { bytesOf, isReadableStream } from "../../wire/type_guards.ts";
import { type ByteSource, MeasuredSource } from "../part/byte_source.ts";
import { lazyStream } from "../part/lazy_stream.ts";

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
  const source = new MeasuredSource(new LateSource(open, label), size, label);
  let isCancelled = false;
  return lazyStream({
    async pull(controller) {
      try {
        const chunk = await source.read();
        if (isCancelled) return;
        if (chunk === null) controller.close();
        else controller.enqueue(chunk);
      } catch (error) {
        // Not awaited: a source whose cancelling hangs must not hide the error.
        if (!isCancelled) source.cancel(error).catch(() => {});
        throw error;
      }
    },
    async cancel(reason) {
      isCancelled = true;
      await source.cancel(reason);
    },
  }, size);
}

/** Bytes that are opened when the first is asked for. */
class LateSource implements ByteSource {
  readonly #open: () => Promise<Bytes>;
  readonly #label: string;
  #reader: ReadableStreamDefaultReader<unknown> | undefined;
  #isCancelled = false;

  constructor(open: () => Promise<Bytes>, label: string) {
    this.#open = open;
    this.#label = label;
  }

  async read(): Promise<Uint8Array | null> {
    this.#reader ??= toStream(await this.#open()).getReader();
    // Somebody may have cancelled in the meantime.
    if (this.#isCancelled) await this.#reader.cancel();
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) return null;
      const chunk = bytesOf(value);
      if (!chunk) {
        throw new TypeError(`Cannot write ${this.#label}: a chunk is no bytes`);
      }
      if (chunk.length > 0) return chunk;
    }
  }

  async cancel(reason: unknown): Promise<void> {
    this.#isCancelled = true;
    await this.#reader?.cancel(reason);
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
