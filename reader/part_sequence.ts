import { decodeUtf8, EMPTY } from "../wire/bytes.ts";
import { collectPiece } from "./body/collect.ts";
import type { EventFeed } from "./body/event_feed.ts";
import { PartBody } from "./body/part_body.ts";
import { SerialQueue } from "./body/serial_queue.ts";
import type { PartHead } from "./parse/part_head.ts";

/** What iterating parts gives. */
type Iterated<T> = IteratorResult<T, undefined>;

/** The same as far as no I/O is needed. */
type Polled<T> = Iterated<T> | Promise<Iterated<T>> | undefined;

/** What a `_charset_` field may hold, in bytes: no label is longer. */
const MAX_CHARSET_BYTES = 64;

/**
 * Goes from part to part. A part that needs no I/O costs one promise, settled
 * from the start.
 */
export class PartSequence<T> {
  readonly #feed: EventFeed;
  readonly #makePart: (head: PartHead, body: PartBody) => T;
  readonly #useCharset: ((charset: string) => void) | undefined;
  readonly #queue = new SerialQueue();
  readonly #advance = (): Iterated<T> | Promise<Iterated<T>> => this.#next();
  readonly #pollFilled = (): Polled<T> => this.#poll();
  /** The body of the part that was given out last. */
  #current: PartBody | undefined;
  #partsRead = 0;
  #hasBegun = false;
  #isDone = false;

  /** @param useCharset Is told what a `_charset_` field says, if that counts. */
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

  /** Whether a part has been asked for. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Whether there are no more parts, or the reading was cancelled. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** The next part, when what is left of the one before has been skipped. Calls queue. */
  next(): Promise<Iterated<T>> {
    this.#hasBegun = true;
    return this.#queue.run(this.#advance);
  }

  /** Settles what is pending, and releases the source. */
  async cancel(reason: unknown): Promise<void> {
    // An error that came before is not hidden by this.
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
        // Within the fill, so that no chunk is asked for in vain.
        const filled = this.#feed.fill(this.#pollFilled);
        if (filled !== undefined) return this.#nextBehind(filled);
        result = this.#poll();
      }
      return result;
    } catch (error) {
      return this.#fail(error);
    }
  }

  async #nextBehind(filled: Promise<Polled<T>>): Promise<Iterated<T>> {
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

  /** Moves on to the next part, or the end; `undefined` if that takes I/O. */
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
    const namesCharset = this.#useCharset !== undefined &&
      head.name === "_charset_" && !head.isFile;
    if (!namesCharset) return result;
    return this.#readCharset(body).then(
      () => result,
      (error) => this.#fail(error),
    );
  }

  /** Reads the charset for the parts to come, and leaves the field as it was. */
  async #readCharset(body: PartBody): Promise<void> {
    const bytes = await collectPiece(body, MAX_CHARSET_BYTES) ?? EMPTY;
    const charset = decodeUtf8(bytes).trim();
    if (charset !== "") this.#useCharset?.(charset);
    body.unread(bytes);
  }

  /** A reader that was cancelled meanwhile has no more parts; that is all. */
  #fail(error: unknown): Iterated<T> {
    if (!this.#isDone) throw error;
    return ended();
  }
}

function ended(): IteratorReturnResult<undefined> {
  return { done: true, value: undefined };
}
