import { concat, EMPTY } from "../../wire/bytes.ts";
import { excerpt, MultipartError } from "../../wire/errors.ts";
import { Chunks } from "./chunks.ts";
import type { EventFeed } from "./event_feed.ts";

/** The reader's position, for the error of a part that it has left. */
export type Successor = number | "end" | "unknown";

/**
 * The raw bytes of one part, while it is the reader's current part. It owns the
 * part's error: code that reads from it reports errors to `fail`.
 */
export class PartBody extends Chunks {
  readonly #feed: EventFeed;
  readonly #index: number;
  #isDone = false;
  /** Bytes received so far. */
  #length = 0;
  /**
   * Set when the reader moves on; an error is created from it only for a later
   * read.
   */
  #successor: Successor | undefined;
  /** The most bytes that the body may have. */
  #maxBytes = Infinity;
  #partName = "";

  constructor(feed: EventFeed, index: number) {
    super();
    this.#feed = feed;
    this.#index = index;
  }

  get areKept(): boolean {
    return this.#feed.areChunksKept;
  }

  /** Whether the last byte has been read or skipped. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Whether the body is known to end after its first `length` bytes. */
  endsAt(length: number): boolean {
    if (length !== this.#length) return false;
    if (!this.#isDone && !this.isPassed) this.unread(this.poll() ?? EMPTY);
    return this.#isDone && length === this.#length;
  }

  /** Whether the reader has moved on. */
  get isPassed(): boolean {
    return this.#successor !== undefined;
  }

  /**
   * The one check at the start of a read.
   *
   * @throws {TypeError} If the reader has moved on.
   * @throws The error with which an earlier read of this part has failed.
   */
  assertOpen(): void {
    if (this.#successor !== undefined) throw this.#passedError();
    if (this.failure !== undefined) throw this.failure.error;
  }

  override assertFlowing(): void {
    this.assertOpen();
    this.#feed.throwIfFailed();
  }

  poll(): Uint8Array | null | undefined {
    if (this.back !== undefined) return this.takeBack();
    if (this.#successor !== undefined) throw this.#passedError();
    return this.#isDone ? this.#tellEnd() : this.#pollFeed();
  }

  fill<T>(then: () => T | Promise<T>): Promise<T> | undefined {
    return this.#feed.fill(then);
  }

  /**
   * Takes all that is left, if it is available in one piece and within
   * `maxBytes`; otherwise takes nothing.
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
   * Discards the rest, as far as no I/O is needed. Pending and later reads
   * fail.
   *
   * @returns Whether this reached the end.
   */
  discard(): boolean {
    if (this.#successor === undefined) {
      this.#successor = "unknown";
      this.back = undefined;
      if (this.#feed.isAwaited) this.#feed.endPart();
    }
    while (!this.#isDone) {
      if (this.#pollFeed() === undefined) return false;
    }
    return true;
  }

  /** Calls `release` when the part can no longer be read. */
  onEnd(release: () => void): void {
    this.#feed.onEnd(release);
  }

  /** Records what the reader has moved on to, after the rest is discarded. */
  passTo(successor: Successor): void {
    this.#successor = successor;
  }

  /** Limits the body: if it is longer, all reading fails. */
  bound(maxBytes: number, partName = ""): void {
    this.#maxBytes = maxBytes;
    this.#partName = partName;
  }

  #pollFeed(): Uint8Array | null | undefined {
    const event = this.#feed.poll();
    if (event.type === "data") {
      this.#length += event.data.length;
      if (this.#length > this.#maxBytes) this.#overflow();
      return event.data;
    }
    if (event.type === "need-data") return undefined;
    this.#isDone = true;
    return this.#tellEnd();
  }

  #tellEnd(): null {
    this.onDone?.();
    return null;
  }

  #passedError(): TypeError {
    const to = this.#successor === "end"
      ? " to the end"
      : this.#successor === "unknown"
      ? ""
      : ` to part ${this.#successor}`;
    return new TypeError(
      `Cannot read part ${this.#index}: the reader has moved on${to}. ` +
        "Is an `await` missing?",
    );
  }

  /** The peer sends more than is allowed: cancels the source. */
  #overflow(): void {
    const partName = this.#partName;
    const error = new MultipartError(
      "part-too-large",
      `Cannot read ${
        excerpt(partName)
      }: it has more than ${this.#maxBytes} bytes`,
      { partIndex: this.#index, partName, limit: "maxBytes" },
    );
    throw this.#feed.abandon(error);
  }
}
