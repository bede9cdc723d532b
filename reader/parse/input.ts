import { concat, EMPTY } from "../../wire/bytes.ts";
import { isDetached } from "../../wire/type_guards.ts";

/**
 * The bytes that a parser stands before: one chunk, and its place in the whole.
 */
export class Input {
  readonly #totalBytes: number;
  #before = 0;
  #length = 0;
  #hasEnded = false;

  /** The chunk at hand; what stands before `at` has been dealt with. */
  chunk: Uint8Array = EMPTY;
  at = 0;
  /** Whether the input went over its limit: the chunk was cut there. */
  overflows = false;

  /** @param totalBytes What the whole input may have. */
  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
  }

  /** Bytes of the whole input that have been dealt with. */
  get offset(): number {
    return this.#before + this.at;
  }

  /** Whether nothing is left of the chunk. */
  get isStarved(): boolean {
    return this.at === this.#length;
  }

  /** Whether the chunk's memory has been transferred: the chunk is empty then. */
  get isDetached(): boolean {
    return this.chunk.length !== this.#length;
  }

  /** Whether nothing is left at all; an input cut at its limit has not ended. */
  get isAtEnd(): boolean {
    return this.isStarved && this.#hasEnded && !this.overflows;
  }

  /** Whether no chunk will follow. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Takes the next chunk, when nothing is left of the one before. */
  push(chunk: ArrayBufferView): void {
    const room = this.#totalBytes - this.offset;
    this.#before = this.offset;
    this.at = 0;
    this.overflows ||= chunk.byteLength > room;
    this.chunk = isPlain(chunk) && chunk.length <= room
      ? chunk
      : new Uint8Array(
        chunk.buffer,
        chunk.byteOffset,
        Math.min(chunk.byteLength, room),
      );
    this.#length = this.chunk.length;
  }

  /** Releases the chunk, of which nothing is left. */
  drop(): void {
    this.push(EMPTY);
  }

  /** Says that no chunk will follow. */
  end(): void {
    this.#hasEnded = true;
  }

  /** Goes back over `bytes`, the last ones that were dealt with. */
  replay(bytes: Uint8Array): void {
    if (bytes.length <= this.at) {
      this.at -= bytes.length;
      return;
    }
    const rest = this.chunk.subarray(this.at);
    this.#before = this.offset - bytes.length;
    this.at = 0;
    this.chunk = concat(bytes, rest);
    this.#length = this.chunk.length;
  }
}

/** The reason why a chunk cannot be read, if there is one. */
export function chunkProblem(chunk: unknown): string | undefined {
  if (!ArrayBuffer.isView(chunk)) return "it is no view of bytes";
  return chunk.byteLength === 0 && isDetached(chunk.buffer)
    ? "its memory has been transferred"
    : undefined;
}

/** Whether the chunk is a `Uint8Array` itself: the `slice` of Node's Buffer does not copy. */
function isPlain(chunk: ArrayBufferView): chunk is Uint8Array {
  return Object.getPrototypeOf(chunk) === Uint8Array.prototype;
}
