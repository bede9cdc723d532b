import type { ByteSource, SourceChunk } from "./byte_source.ts";
import type { MultipartEvent } from "./events.ts";
import type { MultipartParser } from "./parser.ts";

/**
 * Feeds a source's chunks to a parser, and hands out the events to whoever
 * asks: the reader for the parts, a part for its data.
 *
 * Nothing is read before an event needs it. However it ends, the source is let
 * go of: it is cancelled, once, unless it ended or failed by itself.
 */
export class EventFeed {
  readonly #parser: MultipartParser;
  readonly #source: ByteSource;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => {
    this.cancel(this.#signal?.reason).catch(() => {});
  };
  #sourceIsOpen = true;
  #failure: { readonly error: unknown } | undefined;
  #fill: Promise<void> | undefined;
  #rejectFill: ((error: unknown) => void) | undefined;
  #bytesRead = 0;
  #release: ((error: unknown) => void) | undefined;

  /**
   * Takes charge of `source`. From when `signal` is aborted, every call throws
   * the signal's reason.
   */
  constructor(
    parser: MultipartParser,
    source: ByteSource,
    signal?: AbortSignal,
  ) {
    this.#parser = parser;
    this.#source = source;
    this.#signal = signal;
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort);
  }

  /** Bytes taken from the source so far. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Whether reading has ended by an error, an abort or a cancellation. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** @throws What the feed has failed with. */
  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /**
   * The next event that needs no I/O; `need-data` if there is none.
   *
   * @throws What the feed has failed with, the parser's error above all.
   */
  poll(): MultipartEvent {
    this.throwIfFailed();
    try {
      const event = this.#parser.next();
      if (event.type === "end") this.#finish();
      return event;
    } catch (error) {
      this.cancel(error).catch(() => {});
      throw error;
    }
  }

  /**
   * Brings in the next chunk, or the news that there is none. All who wait at
   * the same time wait for the same chunk.
   *
   * @returns A promise, unless the source had the chunk at hand.
   */
  fill(): Promise<void> | void {
    this.throwIfFailed();
    if (this.#fill !== undefined) return this.#fill;
    const fill = this.#startFill();
    if (fill !== undefined) this.#fill = fill;
    return fill;
  }

  /**
   * Ends all reading, that which is pending included, with `error`, and cancels
   * the source with `reason`.
   *
   * @returns A promise that settles as the source's own cancellation does.
   */
  async cancel(reason: unknown, error: unknown = reason): Promise<void> {
    this.#failure ??= { error };
    this.#rejectFill?.(error);
    this.#close();
    if (!this.#sourceIsOpen) return;
    this.#sourceIsOpen = false;
    await this.#source.cancel(reason);
  }

  /** Has `release` called, with the reason, when the open part or all reading ends. */
  onEnd(release: (error: unknown) => void): void {
    this.#release = release;
  }

  /** Says that the open part will be read no further, because of an error. */
  endPart(makeError: () => unknown): void {
    const release = this.#release;
    this.#release = undefined;
    release?.(makeError());
  }

  #startFill(): Promise<void> | void {
    let chunk: ReturnType<ByteSource["read"]>;
    try {
      chunk = this.#source.read();
    } catch (error) {
      throw this.#sourceFailed(error);
    }
    if (!(chunk instanceof Promise)) return this.#take(chunk);
    const read = chunk;
    // Not just `read.then()`: a source that stalls must not keep a cancelled
    // reader waiting.
    return new Promise((resolve, reject) => {
      this.#rejectFill = reject;
      read.then((chunk) => {
        this.#endFill();
        try {
          if (this.#failure === undefined) this.#take(chunk);
          resolve();
        } catch (error) {
          reject(error);
        }
      }, (error) => {
        this.#endFill();
        reject(this.#sourceFailed(error));
      });
    });
  }

  #endFill(): void {
    this.#fill = undefined;
    this.#rejectFill = undefined;
  }

  #take(chunk: SourceChunk): void {
    if (chunk === null) {
      this.#letGo();
      this.#parser.end();
    } else if (ArrayBuffer.isView(chunk)) {
      this.#bytesRead += chunk.byteLength;
      this.#parser.push(chunk);
    } else {
      const error = new TypeError(
        "Cannot read a chunk of the source: it is not a Uint8Array",
      );
      this.cancel(error).catch(() => {});
      throw error;
    }
  }

  #sourceFailed(error: unknown): unknown {
    this.#failure ??= { error };
    this.#letGo();
    this.#close();
    return this.#failure.error;
  }

  /** The multipart is complete: a source with more to give is not wanted any longer. */
  #finish(): void {
    this.#close();
    if (!this.#sourceIsOpen) return;
    this.#sourceIsOpen = false;
    this.#source.cancel(undefined).catch(() => {});
  }

  #letGo(): void {
    if (!this.#sourceIsOpen) return;
    this.#sourceIsOpen = false;
    this.#source.release();
  }

  #close(): void {
    this.endPart(() => this.#failure?.error);
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }
}
