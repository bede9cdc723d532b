import type { ChunkReader } from "./chunks.ts";
import type { EventFeed } from "./event_feed.ts";

/** The raw bytes of one part, as long as the reader stands at it. */
export class PartBody implements ChunkReader {
  readonly #feed: EventFeed;
  readonly #index: number;
  #isDone = false;
  /** Why nobody can read on; an error is made of it only when somebody tries. */
  #passed: string | undefined;

  constructor(feed: EventFeed, index: number) {
    this.#feed = feed;
    this.#index = index;
  }

  /** Whether the last byte has been read or skipped. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** @throws {TypeError} If the reader stands here no longer. */
  assertOpen(): void {
    if (this.#passed !== undefined) throw this.#passedError();
  }

  read(): Uint8Array | null | Promise<Uint8Array | null> {
    for (;;) {
      this.assertOpen();
      const chunk = this.#poll();
      if (chunk !== undefined) return chunk;
      const filled = this.#feed.fill();
      if (filled !== undefined) return this.#readBehind(filled);
    }
  }

  /** A loop, since a promise for each chunk that holds no data would pile up. */
  async #readBehind(filled: Promise<void>): Promise<Uint8Array | null> {
    await filled;
    for (;;) {
      this.assertOpen();
      const chunk = this.#poll();
      if (chunk !== undefined) return chunk;
      await this.#feed.fill();
    }
  }

  /**
   * Reads to the end, for nobody. Reads by others that are pending, and all
   * later ones, fail.
   */
  async discard(): Promise<void> {
    this.pass("the reader has moved on");
    for (;;) {
      const chunk = this.#poll();
      if (chunk === null) return;
      if (chunk === undefined) await this.#feed.fill();
    }
  }

  /** Has `release` called, with the reason, when nobody can read on. */
  onEnd(release: (error: unknown) => void): void {
    this.#feed.onEnd(release);
  }

  /** From now on reading fails, because of `state`. */
  pass(state: string): void {
    this.#passed = state;
    this.#feed.endPart(() => this.#passedError());
  }

  #passedError(): TypeError {
    return new TypeError(`Cannot read part ${this.#index}: ${this.#passed}`);
  }

  /** `undefined` if only I/O can tell. */
  #poll(): Uint8Array | null | undefined {
    if (this.#isDone) return null;
    const event = this.#feed.poll();
    if (event.type === "data") return event.data;
    if (event.type === "need-data") return undefined;
    this.#isDone = true;
    return null;
  }
}
