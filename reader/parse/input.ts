import { concat, EMPTY } from "../../wire/bytes.ts";
import { isDetached } from "../../wire/type_guards.ts";

/**
 * The bytes that a parser stands before: one chunk, and its place in the whole.
 */
export class Input {
  readonly #totalBytes: number;
  #before = 0;
  /** What the chunk had when it came: a detached one has nothing. */
  #length = 0;

  /** The chunk at hand; what stands before `at` has been dealt with. */
  chunk: Uint8Array = EMPTY;
  at = 0;
  /** Whether no chunk will follow. */
  hasEnded = false;
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

  /** Whether nothing is left of the chunk, or its memory has been transferred. */
  get isStarved(): boolean {
    return this.at >= this.chunk.length;
  }

  /** Whether all of the chunk has been dealt with. */
  get isUsedUp(): boolean {
    return this.at === this.#length;
  }

  /** Whether nothing is left at all; an input cut at its limit has not ended. */
  get isAtEnd(): boolean {
    return this.hasEnded && this.isUsedUp && !this.overflows;
  }

  /** Takes the next chunk, when the one before is used up. */
  push(chunk: Uint8Array): void {
    const { buffer, byteOffset, byteLength } = chunk;
    this.#before += this.at;
    this.at = 0;
    const room = this.#totalBytes - this.#before;
    this.overflows ||= byteLength > room;
    // A subclass, as Node's Buffer is, may have a `slice` that does not copy.
    const isPlain = Object.getPrototypeOf(chunk) === Uint8Array.prototype;
    this.chunk = isPlain && byteLength <= room
      ? chunk
      : new Uint8Array(buffer, byteOffset, Math.min(byteLength, room));
    this.#length = this.chunk.length;
  }

  /** Releases the chunk, which is used up. */
  drop(): void {
    this.push(EMPTY);
  }

  /** Goes back over `bytes`, the last ones that were dealt with. */
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

/** The reason why a chunk cannot be read, if there is one. */
export function chunkProblem(chunk: unknown): string | undefined {
  if (!ArrayBuffer.isView(chunk)) return "it is not a view of bytes";
  return chunk.byteLength === 0 && isDetached(chunk.buffer)
    ? "its memory has been transferred"
    : undefined;
}
