import { concat, EMPTY } from "../../wire/bytes.ts";
import { excerpt, MultipartError } from "../../wire/errors.ts";
import { Chunks } from "./chunks.ts";
import type { EventFeed } from "./event_feed.ts";

/** Where the reader stands, for a part that it has left. */
export type Successor = number | "end" | "unknown";

/** The raw bytes of one part, as long as the reader stands at it. */
export class PartBody extends Chunks {
  readonly #feed: EventFeed;
  readonly #index: number;
  #isDone = false;
  /** Bytes that came so far. */
  #length = 0;
  /** Nobody can read on; an error is made of it only when somebody tries. */
  #successor: Successor | undefined;
  /** Bytes that may come. */
  #maxBytes = Infinity;
  #partName: string | undefined;

  constructor(feed: EventFeed, index: number) {
    super();
    this.#feed = feed;
    this.#index = index;
  }

  /** Whether the last byte has been read or skipped. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Whether the body is known to end behind its first `length` bytes. */
  endsAt(length: number): boolean {
    if (length !== this.#length) return false;
    if (!this.#isDone && !this.isPassed) this.unread(this.poll() ?? EMPTY);
    return this.#isDone && length === this.#length;
  }

  /** Whether the reader has moved on, and nobody can read any more. */
  get isPassed(): boolean {
    return this.#successor !== undefined;
  }

  /** @throws {TypeError} If the reader stands here no longer. */
  assertOpen(): void {
    if (this.#successor !== undefined) throw this.#passedError();
  }

  fill<T>(then: () => T | Promise<T>): Promise<T> | undefined {
    this.assertOpen();
    return this.#feed.fill(then);
  }

  /**
   * All that is left, if it is at hand, in one piece and within `maxBytes`;
   * otherwise nothing is taken.
   */
  takeAtHand(maxBytes: number): Uint8Array | undefined {
    const bytes = this.poll();
    if (bytes === undefined) return undefined;
    if (bytes === null) return EMPTY;
    const more = this.poll();
    if (more === null && bytes.length <= maxBytes) return bytes;
    this.unread(more ? concat(bytes, more) : bytes);
    return undefined;
  }

  /**
   * Reads on, for nobody, as far as no I/O is needed. Reads by others that are
   * pending, and all later ones, fail.
   *
   * @returns Whether this was the end.
   */
  discard(): boolean {
    if (this.#successor === undefined) {
      this.#successor = "unknown";
      this.dropBack();
      if (this.#feed.isAwaited) this.#feed.endPart(() => this.#passedError());
    }
    for (;;) {
      const chunk = this.#poll();
      if (chunk === null) return true;
      if (chunk === undefined) return false;
    }
  }

  /** Has `release` called, with the reason, when nobody can read on. */
  onEnd(release: (error: unknown) => void): void {
    this.#feed.onEnd(release);
  }

  /** Says, when all is discarded, what the reader has moved on to. */
  passTo(successor: Successor): void {
    this.#successor = successor;
  }

  /** Bounds the body: with more, all reading ends. */
  bound(maxBytes: number, partName: string | undefined): void {
    this.#maxBytes = maxBytes;
    this.#partName = partName;
  }

  protected pollNext(): Uint8Array | null | undefined {
    this.assertOpen();
    return this.#poll();
  }

  #passedError(): TypeError {
    const to = this.#successor === "end"
      ? " to the end"
      : this.#successor === "unknown"
      ? ""
      : ` to part ${this.#successor}`;
    return new TypeError(
      `Cannot read part ${this.#index}: the reader has moved on${to}`,
    );
  }

  #poll(): Uint8Array | null | undefined {
    if (this.#isDone) return null;
    const event = this.#feed.poll();
    if (event.type === "data") {
      this.#length += event.data.length;
      if (this.#length > this.#maxBytes) this.#overflow();
      return event.data;
    }
    if (event.type === "need-data") return undefined;
    this.#isDone = true;
    return null;
  }

  /** The peer sends more than is wanted: the source is cancelled. */
  #overflow(): void {
    const partName = this.#partName;
    const error = new MultipartError(
      "part-too-large",
      `Cannot read ${
        excerpt(partName ?? "")
      }: it has more than ${this.#maxBytes} bytes`,
      { partIndex: this.#index, partName, limit: "maxBytes" },
    );
    this.#feed.cancel(error).catch(() => {});
    throw error;
  }
}
