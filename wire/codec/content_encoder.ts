import { EMPTY } from "../bytes.ts";
import type { ChunkReader } from "../chunk_reader.ts";
import {
  type ContentCoding,
  FORMATS,
  makeCompressor,
} from "./content_coding.ts";

/**
 * Bytes that go in at a time, so that a large body is neither copied nor queued
 * whole.
 */
const SLICE_LENGTH = 65_536;

/**
 * Applies one content coding with the runtime's own `CompressionStream`, by
 * pulling: the source is read only while a `read()` is pending. A compressor's
 * output is at most about as long as its input, so the input of a pending read
 * bounds what it holds.
 */
export class ContentEncoder implements ChunkReader {
  readonly #source: ChunkReader;
  readonly #writer: WritableStreamDefaultWriter<BufferSource>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  /**
   * The chunk going in, its original length, and how much of it has gone in.
   */
  #chunk: Uint8Array = EMPTY;
  #length = 0;
  #at = 0;
  /** The pending write; a failed one stays. */
  #feeding: Promise<void> | undefined;
  /** Whether no more input goes in. */
  #isOver = false;
  #isCancelled = false;

  /**
   * Creates an encoder; nothing is pulled yet.
   *
   * @param coding One that this runtime supports: see `canEncode()`.
   * @param source Gives the plain bytes. `read()` throws what it throws.
   */
  constructor(coding: ContentCoding, source: ChunkReader) {
    this.#source = source;
    const { writable, readable } = makeCompressor(FORMATS[coding]);
    this.#writer = writable.getWriter();
    this.#reader = readable.getReader();
    // A read or a write reports the same errors.
    this.#writer.closed.catch(() => {});
    this.#writer.ready.catch(() => {});
    this.#reader.closed.catch(() => {});
  }

  /**
   * Returns the next encoded chunk, or `null` at the end. One call at a time.
   */
  async read(): Promise<Uint8Array<ArrayBuffer> | null> {
    let output: Uint8Array<ArrayBuffer> | null | undefined;
    const reading = this.#reader.read().then(({ done, value }) => {
      output = done ? null : value;
    });
    try {
      while (output === undefined && !this.#isOver) {
        await Promise.race([this.#feeding ??= this.#feed(), reading]);
      }
      await reading;
    } catch (error) {
      // Some runtimes fail the read that waits when the writer is aborted.
      if (this.#isCancelled) return null;
      this.#stop(error);
      throw error;
    }
    return output ?? null;
  }

  /** Releases the compressor; a pending `read()` returns `null`. */
  async cancel(reason?: unknown): Promise<void> {
    this.#isOver = this.#isCancelled = true;
    await this.#stop(reason);
  }

  /** Writes the next slice of the source, or closes the compressor. */
  async #feed(): Promise<void> {
    while (this.#at >= this.#length) {
      const chunk = await this.#source.read();
      if (this.#isOver) return;
      if (chunk === null) {
        this.#isOver = true;
        return await this.#writer.close();
      }
      this.#chunk = chunk;
      this.#length = chunk.length;
      this.#at = 0;
    }
    // A detached or resized buffer has become shorter.
    if (this.#chunk.length < this.#length) {
      throw new TypeError(
        "Cannot compress a chunk: its buffer has been detached or resized",
      );
    }
    const start = this.#at;
    this.#at += SLICE_LENGTH;
    // A copy, through a plain view: the runtime may keep it, the caller may
    // reuse the buffer, and the `slice` of a Node Buffer would not copy.
    const slice = this.#chunk.subarray(start, this.#at);
    await this.#writer.write(new Uint8Array(slice));
    this.#feeding = undefined;
  }

  async #stop(reason: unknown): Promise<void> {
    await Promise.allSettled([
      this.#reader.cancel(reason),
      this.#writer.abort(reason),
    ]);
  }
}
