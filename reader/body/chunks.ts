import { concat } from "../../wire/bytes.ts";
import type { ChunkReader } from "../../wire/chunk_reader.ts";

/**
 * A body's bytes, chunk by chunk, with no stream in between. What is at hand
 * comes without a promise, and what was not wanted can be handed back.
 */
export abstract class Chunks implements ChunkReader {
  /** What was handed back: `poll` gives it first. */
  protected back: Uint8Array | undefined;
  /** A read that failed half way: what it had taken is lost, so none can go on. */
  protected failure: { readonly error: unknown } | undefined;

  /** Is called when `poll` tells the end. */
  onDone: (() => void) | undefined;

  /** Whether a chunk stays valid when the next one is read. */
  abstract readonly areKept: boolean;

  /** Whether something was handed back. */
  get hasBack(): boolean {
    return this.back !== undefined;
  }

  /**
   * The next chunk, or `null` at the end; `undefined` if it takes a `fill` to
   * tell.
   */
  abstract poll(): Uint8Array | null | undefined;

  /**
   * Brings in what `poll` lacks, and then runs `then`.
   *
   * @returns A promise of what `then` gives; `undefined`, and `then` not called,
   * if no I/O is needed.
   */
  abstract fill<T>(then: () => T | Promise<T>): Promise<T> | undefined;

  /** Throws what the reading has failed with. */
  assertOpen(): void {
    if (this.failure !== undefined) throw this.failure.error;
  }

  /** As `assertOpen`, and throws what all that it is read from has failed with. */
  assertFlowing(): void {
    this.assertOpen();
  }

  /** Ends the reading with `error`, unless it has failed before. */
  fail(error: unknown): unknown {
    this.failure ??= { error };
    return this.failure.error;
  }

  /**
   * Reads the next chunk, or `null` at the end, and gives what `use` makes of it:
   * a promise only if I/O is needed.
   */
  next<T>(use: (chunk: Uint8Array | null) => T): T | Promise<T> {
    for (;;) {
      const chunk = this.poll();
      if (chunk !== undefined) return use(chunk);
      const filled = this.fill(() => {
        const chunk = this.poll();
        return chunk === undefined ? this.#nextBehind(use) : use(chunk);
      });
      if (filled !== undefined) return filled;
    }
  }

  read(): Uint8Array | null | Promise<Uint8Array | null> {
    return this.next(itself);
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

  /** A loop, since a promise for each chunk that holds no data would pile up. */
  async #nextBehind<T>(use: (chunk: Uint8Array | null) => T): Promise<T> {
    for (;;) {
      await this.fill(doNothing);
      const chunk = this.poll();
      if (chunk !== undefined) return use(chunk);
    }
  }
}

function itself(chunk: Uint8Array | null): Uint8Array | null {
  return chunk;
}

/** For a `fill` that nothing follows at once. */
export function doNothing(): void {}
