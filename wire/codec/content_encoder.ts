import type { ChunkReader } from "../chunk_reader.ts";
import { Condition } from "../condition.ts";
import {
  type ContentCoding,
  FORMATS,
  makeCompressor,
} from "./content_coding.ts";

/**
 * Bytes that go in at a time: a large body is not copied whole, and what it
 * makes is not queued whole.
 */
const SLICE_LENGTH = 65_536;

/**
 * Applies one content coding by the runtime's own `CompressionStream`, which is
 * pulled and never pushed: the source is asked for more only while somebody
 * waits for what it makes. A compressor makes about as much as it is given at
 * most, so that what goes in while a read is pending bounds what it holds.
 */
export class ContentEncoder implements ChunkReader {
  readonly #source: ChunkReader;
  readonly #writer: WritableStreamDefaultWriter<BufferSource>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  readonly #demand = new Condition();
  #isWanted = false;
  #isFeeding = false;
  #isCancelled = false;
  #failure: { readonly error: unknown } | undefined;

  /**
   * Makes an encoder; nothing is pulled yet.
   *
   * @param coding One that this runtime has: see `canEncode()`.
   * @param source Gives the plain bytes. What it throws, `read()` throws.
   */
  constructor(coding: ContentCoding, source: ChunkReader) {
    this.#source = source;
    const { writable, readable } = makeCompressor(FORMATS[coding]);
    this.#writer = writable.getWriter();
    this.#reader = readable.getReader();
    // What these tell, a read or a write tells too.
    this.#writer.closed.catch(() => {});
    this.#writer.ready.catch(() => {});
    this.#reader.closed.catch(() => {});
  }

  /** The next encoded chunk, or `null` at the end. One call at a time. */
  async read(): Promise<Uint8Array<ArrayBuffer> | null> {
    this.#isWanted = true;
    this.#demand.notify();
    if (!this.#isFeeding) {
      this.#isFeeding = true;
      this.#feed().catch((error) => this.#fail(error));
    }
    try {
      return await this.#readNext();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isWanted = false;
    }
    if (this.#isCancelled || this.#failure === undefined) return null;
    throw this.#failure.error;
  }

  /** Releases the compressor; a `read()` that waits gives `null`. */
  async cancel(reason?: unknown): Promise<void> {
    this.#isCancelled = true;
    await this.#stop(reason);
  }

  async #readNext(): Promise<Uint8Array<ArrayBuffer> | null> {
    while (!this.#isCancelled && this.#failure === undefined) {
      const { done, value } = await this.#reader.read();
      if (done) break;
      if (value.length > 0) return value;
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    return null;
  }

  /** Feeds the source's chunks to the compressor, while somebody waits. */
  async #feed(): Promise<void> {
    for (;;) {
      await this.#wanted();
      if (this.#isCancelled) return;
      const chunk = await this.#source.read();
      if (chunk === null) break;
      // A detached or resized buffer no longer has these.
      const { length } = chunk;
      for (let at = 0; at < length; at += SLICE_LENGTH) {
        await this.#wanted();
        if (this.#isCancelled) return;
        if (chunk.length < length) {
          throw new TypeError(
            "Cannot compress a chunk: its buffer has been detached or resized",
          );
        }
        // A copy, by a plain view: the runtime may keep it, the caller's may be
        // used again, and a Node Buffer's `slice` would not copy.
        const slice = chunk.subarray(at, at + SLICE_LENGTH);
        await this.#writer.write(new Uint8Array(slice));
      }
    }
    await this.#writer.close();
  }

  async #wanted(): Promise<void> {
    while (!this.#isWanted && !this.#isCancelled) await this.#demand.wait();
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined || this.#isCancelled) return;
    this.#failure = { error };
    this.#stop(error).catch(() => {});
  }

  async #stop(reason: unknown): Promise<void> {
    this.#demand.notify();
    await Promise.allSettled([
      this.#reader.cancel(reason),
      this.#writer.abort(reason),
    ]);
  }
}
