import { concat } from "../../wire/bytes.ts";
import type { ChunkReader } from "../../wire/chunk_reader.ts";

/**
 * A body's bytes, chunk by chunk, with no stream in between. What is at hand
 * comes without a promise, and what was not wanted can be handed back.
 */
export abstract class Chunks implements ChunkReader {
  /** What was handed back: `poll` gives it first. */
  protected back: Uint8Array | undefined;

  /** Is called when `poll` tells the end. */
  onDone: (() => void) | undefined;

  /** Whether something was handed back. */
  get hasBack(): boolean {
    return this.back !== undefined;
  }

  /**
   * The next chunk, or `null` at the end; `undefined` if it takes a `fill` to
   * tell. A chunk is valid until then.
   */
  abstract poll(): Uint8Array | null | undefined;

  /**
   * Brings in what `poll` lacks, and then runs `then`.
   *
   * @returns A promise of what `then` gives; `undefined`, and `then` not called,
   * if no I/O is needed.
   */
  abstract fill<T>(then: () => T | Promise<T>): Promise<T> | undefined;

  /** The next chunk, or `null` at the end: a promise only if I/O is needed. */
  read(): Uint8Array | null | Promise<Uint8Array | null> {
    for (;;) {
      const chunk = this.poll();
      if (chunk !== undefined) return chunk;
      const read = this.fill(() => this.#readFilled());
      if (read !== undefined) return read;
    }
  }

  /** Hands back what was not wanted of the last chunk: it comes again first. */
  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const { back } = this;
    this.back = back === undefined ? bytes : concat(bytes, back);
  }

  /** Takes what was handed back. */
  protected takeBack(): Uint8Array | undefined {
    const { back } = this;
    this.back = undefined;
    return back;
  }

  #readFilled(): Uint8Array | null | Promise<Uint8Array | null> {
    const chunk = this.poll();
    return chunk === undefined ? this.#readOn() : chunk;
  }

  /** A loop, since a promise for each chunk that holds no data would pile up. */
  async #readOn(): Promise<Uint8Array | null> {
    for (;;) {
      await this.fill(doNothing);
      const chunk = this.poll();
      if (chunk !== undefined) return chunk;
    }
  }
}

/** For a `fill` that nothing follows at once. */
export function doNothing(): void {}
