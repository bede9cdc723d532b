import type { ChunkReader } from "../chunk_reader.ts";
import { Condition } from "../condition.ts";
import { EMPTY } from "../bytes.ts";
import {
  type ContentCoding,
  FORMATS,
  makeCompressor,
} from "./content_coding.ts";
import { NativeCodec } from "./native_codec.ts";

/**
 * Bytes that go in at a time: a large body is not copied whole, and what it
 * makes is not queued whole.
 */
const SLICE_LENGTH = 65_536;

/**
 * Bytes after which it is waited for what they make. A compressor holds back
 * about as much by itself, so that most writes make nothing: where the wait for
 * that takes a timer, as on workerd, a wait for each of many small chunks would
 * take far longer than the compressing.
 */
const WAIT_LENGTH = 32_768;

/**
 * Applies one content coding by the runtime's own `CompressionStream`, which is
 * pulled and never pushed: the source is asked for more only while somebody
 * waits for what it makes.
 */
export class ContentEncoder implements ChunkReader {
  readonly #source: ChunkReader;
  readonly #condition = new Condition();
  readonly #native: NativeCodec;
  /** What has been pulled and not yet gone in. */
  #chunk: Uint8Array = EMPTY;
  /** Bytes of it, which a detached or resized buffer no longer has. */
  #left = 0;
  #unawaited = 0;
  #isPulling = false;
  #hasSourceEnded = false;
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
    const stream = makeCompressor(FORMATS[coding]);
    this.#native = new NativeCodec(stream, this.#condition);
  }

  /** The next encoded chunk, or `null` at the end. One call at a time. */
  async read(): Promise<Uint8Array<ArrayBuffer> | null> {
    const native = this.#native;
    while (!this.#isCancelled) {
      const failure = this.#failure ?? native.failure;
      if (failure !== undefined) throw failure.error;
      const output = native.take();
      if (output !== undefined) {
        this.#unawaited = 0;
        return output;
      }
      if (native.hasEnded) return null;
      if (native.startRead()) {
        // What is there already arrives before this goes on.
        await undefined;
      } else {
        if (native.isHungry) this.#feed();
        await this.#condition.wait();
      }
    }
    return null;
  }

  /** Lets the compressor go; a `read()` that waits gives `null`. */
  async cancel(reason?: unknown): Promise<void> {
    this.#isCancelled = true;
    this.#chunk = EMPTY;
    this.#left = 0;
    this.#condition.notify();
    await this.#native.cancel(reason);
  }

  #feed(): void {
    if (this.#chunk.length < this.#left) {
      this.#fail(
        new TypeError(
          "Cannot compress a chunk: its buffer has been detached or resized",
        ),
      );
    } else if (this.#left > 0) {
      // A copy, by a plain view: the runtime may keep it, the caller's may be
      // used again, and a Node Buffer's `slice` would not copy.
      const length = Math.min(SLICE_LENGTH, this.#left);
      const slice = new Uint8Array(this.#chunk.subarray(0, length));
      this.#chunk = this.#chunk.subarray(length);
      this.#left -= length;
      this.#unawaited += slice.length;
      const isEnough = this.#unawaited >= WAIT_LENGTH;
      if (isEnough) this.#unawaited = 0;
      this.#native.write(slice, !isEnough);
    } else if (this.#hasSourceEnded) {
      this.#native.close();
    } else if (!this.#isPulling) {
      this.#isPulling = true;
      this.#pullChunk().catch((error) => this.#fail(error));
    }
  }

  #fail(error: unknown): void {
    this.#failure = { error };
    this.#native.cancel(error);
    this.#condition.notify();
  }

  async #pullChunk(): Promise<void> {
    const chunk = await this.#source.read();
    this.#isPulling = false;
    if (this.#isCancelled) return;
    if (chunk === null) {
      this.#hasSourceEnded = true;
    } else {
      this.#chunk = chunk;
      this.#left = chunk.length;
    }
    this.#condition.notify();
  }
}
