import { concat } from "../../wire/bytes.ts";
import type { ChunkReader } from "../../wire/chunk_reader.ts";

/**
 * A body's bytes, chunk by chunk, without a stream. Available bytes come
 * without a promise, and unused ones can be returned.
 */
export abstract class Chunks implements ChunkReader {
  /** Returned bytes: `poll` gives them first. */
  protected back: Uint8Array | undefined;
  /**
   * The error of a read that failed halfway: its bytes are lost, so no read can
   * continue.
   */
  protected failure: { readonly error: unknown } | undefined;

  /** Called when `poll` reaches the end. */
  onDone: (() => void) | undefined;

  /** Whether a chunk stays valid after the next one is read. */
  abstract readonly areKept: boolean;

  /** Whether bytes were returned. */
  get hasBack(): boolean {
    return this.back !== undefined;
  }

  /**
   * Returns the next chunk, or `null` at the end; `undefined` if it takes a
   * `fill`.
   */
  abstract poll(): Uint8Array | null | undefined;

  /**
   * Reads what `poll` needs, then runs `then`.
   *
   * @returns A promise of the result of `then`; `undefined`, without calling
   * `then`, if no I/O is needed.
   */
  abstract fill<T>(then: () => T | Promise<T>): Promise<T> | undefined;

  /** Throws the error with which reading, or its source, has failed. */
  assertFlowing(): void {}

  /** Fails with `error`, unless it has failed before. */
  fail(error: unknown): unknown {
    this.failure ??= { error };
    return this.failure.error;
  }

  /**
   * Reads the next chunk, or `null` at the end, and returns the result of
   * `use`, as a promise only if I/O is needed.
   */
  next<T>(use: (chunk: Uint8Array | null) => T): T | Promise<T> {
    for (;;) {
      const chunk = this.poll();
      if (chunk !== undefined) return use(chunk);
      const filled = this.fill(() => {
        const chunk = this.poll();
        return chunk === undefined ? this.#nextAfterIo(use) : use(chunk);
      });
      if (filled !== undefined) return filled;
    }
  }

  read(): Uint8Array | null | Promise<Uint8Array | null> {
    return this.next(itself);
  }

  /**
   * Returns the unused rest of the last chunk: it comes first in the next read.
   */
  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const { back } = this;
    this.back = back === undefined ? bytes : concat(bytes, back);
  }

  /** Takes returned bytes. */
  protected takeBack(): Uint8Array | undefined {
    const { back } = this;
    this.back = undefined;
    return back;
  }

  /** A loop, since a promise for each chunk without data would pile up. */
  async #nextAfterIo<T>(use: (chunk: Uint8Array | null) => T): Promise<T> {
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

/** For a `fill` with nothing to run after it. */
export function doNothing(): void {}
