import { concat } from "../../wire/bytes.ts";
import type { ChunkReader } from "../../wire/chunk_reader.ts";

/**
 * Bytes that come chunk by chunk, with no stream in between. What is at hand
 * comes without a promise, and what was not wanted can be handed back.
 */
export abstract class Chunks implements ChunkReader {
  #back: Uint8Array | undefined;

  /** Whether something was handed back. */
  get hasBack(): boolean {
    return this.#back !== undefined;
  }

  /**
   * The next chunk, or `null` at the end; `undefined` if it takes a `fill` to
   * tell. A chunk is good until then.
   */
  poll(): Uint8Array | null | undefined {
    const back = this.#back;
    if (back === undefined) return this.pollNext();
    this.#back = undefined;
    return back;
  }

  /**
   * Brings in what `poll` lacks, and then runs `then`.
   *
   * @returns A promise of what `then` gives; `undefined`, and `then` not called,
   * if no I/O is needed.
   */
  abstract fill<T>(then: () => T | Promise<T>): Promise<T> | undefined;

  read(): Uint8Array | null | Promise<Uint8Array | null> {
    for (;;) {
      const chunk = this.poll();
      if (chunk !== undefined) return chunk;
      const read = this.fill(() => this.#readFilled());
      if (read !== undefined) return read;
    }
  }

  /** Hands back what was not wanted of what came last: it comes again first. */
  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const back = this.#back;
    this.#back = back === undefined ? bytes : concat(bytes, back);
  }

  /** Forgets what was handed back, and with it the chunk that it is a view of. */
  protected dropBack(): void {
    this.#back = undefined;
  }

  /** As `poll`, of what was never handed out. */
  protected abstract pollNext(): Uint8Array | null | undefined;

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
