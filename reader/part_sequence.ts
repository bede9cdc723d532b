import { decodeUtf8, EMPTY } from "../wire/bytes.ts";
import { collectPiece } from "./body/collect.ts";
import type { EventFeed } from "./body/event_feed.ts";
import { PartBody } from "./body/part_body.ts";
import { SerialQueue } from "./body/serial_queue.ts";
import type { PartHead } from "./parse/part_head.ts";

/** The result of iterating over parts. */
type Iterated<T> = IteratorResult<T, undefined>;

/** The same, or `undefined` if I/O is needed. */
type Polled<T> = Iterated<T> | Promise<Iterated<T>> | undefined;

/** The most bytes that a `_charset_` field may have: no label is longer. */
const MAX_CHARSET_BYTES = 64;

/**
 * Moves from part to part. A part that needs no I/O costs one promise, already
 * settled.
 */
export class PartSequence<T> {
  readonly #feed: EventFeed;
  readonly #makePart: (head: PartHead, body: PartBody) => T;
  readonly #useCharset: ((charset: string) => void) | undefined;
  readonly #queue = new SerialQueue();
  readonly #advance = (): Iterated<T> | Promise<Iterated<T>> => this.#next();
  readonly #pollFilled = (): Polled<T> => this.#poll();
  /** The body of the last part. */
  #current: PartBody | undefined;
  #partsRead = 0;
  #hasBegun = false;
  #isDone = false;

  /**
   * @param useCharset Receives the charset of a `_charset_` field, if that
   * counts.
   */
  constructor(
    feed: EventFeed,
    makePart: (head: PartHead, body: PartBody) => T,
    useCharset?: (charset: string) => void,
  ) {
    this.#feed = feed;
    this.#makePart = makePart;
    this.#useCharset = useCharset;
  }

  /** Parts begun so far. */
  get partsRead(): number {
    return this.#partsRead;
  }

  /** Whether a part has been requested. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Whether there are no more parts, or the reader was cancelled. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /**
   * Returns the next part, after skipping the rest of the current one. Calls
   * queue.
   */
  next(): Promise<Iterated<T>> {
    this.#hasBegun = true;
    return this.#queue.run(this.#advance);
  }

  /** Settles pending calls, and cancels the source. */
  async cancel(reason: unknown): Promise<void> {
    // An earlier error must not be hidden.
    if (!this.#feed.hasFailed) this.#isDone = true;
    const error = new TypeError("Cannot read on: the reader was cancelled", {
      cause: reason,
    });
    await this.#feed.cancel(reason, error);
  }

  #next(): Iterated<T> | Promise<Iterated<T>> {
    try {
      let result = this.#isDone ? ended() : this.#poll();
      while (result === undefined) {
        // Polls within `fill`, so that no chunk is read in vain.
        const filled = this.#feed.fill(this.#pollFilled);
        if (filled !== undefined) return this.#nextAfterIo(filled);
        result = this.#poll();
      }
      return result;
    } catch (error) {
      return this.#fail(error);
    }
  }

  async #nextAfterIo(filled: Promise<Polled<T>>): Promise<Iterated<T>> {
    try {
      let result = await filled;
      while (result === undefined) {
        result = await (this.#feed.fill(this.#pollFilled) ?? this.#poll());
      }
      return result;
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** Moves on to the next part or the end; `undefined` if that takes I/O. */
  #poll(): Polled<T> {
    const previous = this.#current;
    if (previous?.discard() === false) return undefined;
    for (;;) {
      const event = this.#feed.poll();
      if (event.type === "need-data") return undefined;
      if (event.type === "part") {
        previous?.passTo(event.head.index);
        return this.#begin(event.head);
      }
      if (event.type === "end") {
        previous?.passTo("end");
        this.#isDone = true;
        return ended();
      }
    }
  }

  #begin(head: PartHead): Iterated<T> | Promise<Iterated<T>> {
    this.#partsRead++;
    const body = new PartBody(this.#feed, head.index);
    this.#current = body;
    const result = { done: false, value: this.#makePart(head, body) } as const;
    const useCharset = this.#useCharset;
    if (
      useCharset === undefined || head.name !== "_charset_" || head.isFile
    ) return result;
    return readCharset(body, useCharset).then(
      () => result,
      (error) => this.#fail(error),
    );
  }

  /** A reader that was cancelled in the meantime just has no more parts. */
  #fail(error: unknown): Iterated<T> {
    if (!this.#isDone) throw error;
    return ended();
  }
}

/** Reads the charset of later parts, and leaves the field unread. */
async function readCharset(
  body: PartBody,
  useCharset: (charset: string) => void,
): Promise<void> {
  const bytes = await collectPiece(body, MAX_CHARSET_BYTES) ?? EMPTY;
  const charset = decodeUtf8(bytes).trim();
  if (charset !== "") useCharset(charset);
  body.unread(bytes);
}

function ended(): IteratorReturnResult<undefined> {
  return { done: true, value: undefined };
}
