import { EMPTY } from "../bytes.ts";
import type { ChunkReader } from "../chunk_reader.ts";
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
  /** The chunk that goes in, its length at first, and how much of it went. */
  #chunk: Uint8Array = EMPTY;
  #length = 0;
  #at = 0;
  /** What goes in now; it stays when it fails. */
  #feeding: Promise<void> | undefined;
  /** Whether nothing more goes in. */
  #isOver = false;

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
      this.#stop(error).catch(() => {});
      throw error;
    }
    return output?.length === 0 ? await this.read() : output ?? null;
  }

  /** Releases the compressor; a `read()` that waits gives `null`. */
  async cancel(reason?: unknown): Promise<void> {
    this.#isOver = true;
    await this.#stop(reason);
  }

  /** Puts in the next slice of what the source gives, or the end. */
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
    // A detached or resized buffer no longer has these.
    if (this.#chunk.length < this.#length) {
      throw new TypeError(
        "Cannot compress a chunk: its buffer has been detached or resized",
      );
    }
    const start = this.#at;
    this.#at += SLICE_LENGTH;
    // A copy, by a plain view: the runtime may keep it, the caller's may be
    // used again, and a Node Buffer's `slice` would not copy.
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
