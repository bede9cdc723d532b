import { concat, EMPTY } from "../../wire/bytes.ts";
import { isDetached } from "../../wire/type_guards.ts";

/**
 * The parser's input: one chunk, how much of it has been read, and its offset
 * in the whole.
 */
export class Input {
  readonly #totalBytes: number;
  #before = 0;
  /** The chunk's length when it was pushed: a detached one has length 0. */
  #length = 0;

  /** The current chunk; the bytes before `at` have been read. */
  chunk: Uint8Array = EMPTY;
  at = 0;
  /** Whether this is the last chunk. */
  hasEnded = false;
  /** Whether the input exceeds its limit: the chunk was cut there. */
  isCut = false;

  /** @param totalBytes The most bytes that the whole input may have. */
  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
  }

  /** Bytes of the whole input that have been read. */
  get offset(): number {
    return this.#before + this.at;
  }

  /**
   * Whether the chunk has no more bytes to read: all were, or its memory has
   * been transferred.
   */
  get isStarved(): boolean {
    return this.at >= this.chunk.length;
  }

  /**
   * Whether all of the chunk was read: false if its memory was transferred
   * before that.
   */
  get isConsumed(): boolean {
    return this.at === this.#length;
  }

  /** Whether the whole input was read; an input cut at its limit never is. */
  get isAtEnd(): boolean {
    return this.hasEnded && this.isConsumed && !this.isCut;
  }

  /** Takes the next chunk, once the previous one is consumed. */
  push(chunk: Uint8Array): void {
    const { buffer, byteOffset, byteLength } = chunk;
    this.#before += this.at;
    this.at = 0;
    const room = this.#totalBytes - this.#before;
    this.isCut ||= byteLength > room;
    // The `slice` of a subclass, such as Node's Buffer, may not copy.
    const isPlain = Object.getPrototypeOf(chunk) === Uint8Array.prototype;
    this.chunk = isPlain && byteLength <= room
      ? chunk
      : new Uint8Array(buffer, byteOffset, Math.min(byteLength, room));
    this.#length = this.chunk.length;
  }

  /** Releases the consumed chunk, so that it can be collected. */
  drop(): void {
    this.push(EMPTY);
  }

  /** Goes back by `bytes`, the last bytes that were read. */
  replay(bytes: Uint8Array): void {
    if (bytes.length <= this.at) {
      this.at -= bytes.length;
      return;
    }
    this.#before = this.offset - bytes.length;
    this.chunk = concat(bytes, this.chunk.subarray(this.at));
    this.#length = this.chunk.length;
    this.at = 0;
  }
}

/** Why a chunk cannot be read; `undefined` if it can. */
export function chunkProblem(chunk: unknown): string | undefined {
  if (!ArrayBuffer.isView(chunk)) return "it is not a view of bytes";
  return chunk.byteLength === 0 && isDetached(chunk.buffer)
    ? "its memory has been transferred"
    : undefined;
}
