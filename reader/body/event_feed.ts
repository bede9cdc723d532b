import type { ChunkResult, ChunkSource } from "../../wire/chunk_source.ts";
import { isPromise } from "../../wire/type_guards.ts";
import type { MultipartEvent } from "../parse/events.ts";
import { chunkProblem } from "../parse/input.ts";

/** What the source gave: whether it is a chunk of bytes is checked here. */
type SourceResult = ChunkResult<Uint8Array>;

/** What makes events of bytes: `MultipartParser`, or the like. */
export interface EventParser {
  push(chunk: Uint8Array): void;
  end(): void;
  next(): MultipartEvent;
}

/**
 * Feeds a source's chunks to a parser, and hands out the events to whoever
 * asks: the reader for the parts, a part for its data. It owns the error of the
 * whole pipeline: the source's, the parser's, or that of a cancellation.
 *
 * Nothing is read before an event needs it. However the reading ends, the source
 * is released: it is cancelled, once, unless it ended or failed by itself.
 */
export class EventFeed {
  readonly #parser: EventParser;
  readonly #source: ChunkSource<Uint8Array>;
  readonly #assertSourceOpen: (() => void) | undefined;
  #stopListening: (() => void) | undefined;
  #sourceIsOpen = true;
  #failure: { readonly error: unknown } | undefined;
  /** What the source was asked for, and has not given yet. */
  #pending: Promise<SourceResult> | undefined;
  /** Ends the wait for a source that may not settle when it is cancelled. */
  #interrupt: ((error: unknown) => void) | undefined;
  // Made once, and not for each chunk.
  readonly #onError = (error: unknown): never => {
    this.#pending = undefined;
    throw this.#sourceFailed(error);
  };
  #bytesRead = 0;
  #release: (() => void) | undefined;

  /**
   * Takes charge of `source`. From when `signal` is aborted, every call throws
   * the signal's reason.
   *
   * @param assertSourceOpen Throws when the source ends all that was made of it,
   * bytes that are at hand included.
   */
  constructor(
    parser: EventParser,
    source: ChunkSource<Uint8Array>,
    signal?: AbortSignal,
    assertSourceOpen?: () => void,
  ) {
    this.#assertSourceOpen = assertSourceOpen;
    this.#parser = parser;
    this.#source = source;
    if (signal) this.#listen(signal);
  }

  #listen(signal: AbortSignal): void {
    const onAbort = (): void => {
      this.cancel(signal.reason).catch(() => {});
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort);
    this.#stopListening = () => signal.removeEventListener("abort", onAbort);
  }

  /** Bytes taken from the source so far. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Whether a chunk stays valid when the next one is read. */
  get areChunksKept(): boolean {
    return this.#source.chunksAreKept === true;
  }

  /** Whether reading has ended by an error, an abort or a cancellation. */
  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** @throws What the reading has failed with. */
  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /**
   * The next event that needs no I/O; `need-data` if there is none.
   *
   * @throws What the reading has failed with, the parser's error above all.
   */
  poll(): MultipartEvent {
    if (this.#failure !== undefined) throw this.#failure.error;
    try {
      this.#assertSourceOpen?.();
      const event = this.#parser.next();
      if (event.type === "end") this.#finish();
      return event;
    } catch (error) {
      this.cancel(error).catch(() => {});
      throw error;
    }
  }

  /**
   * Brings in the next chunk, or the news that there is none, and then runs
   * `then`. All who wait at the same time wait for the same chunk.
   *
   * Between the source's own promise and that of `then` there is no other. With
   * one for the chunk, one for taking it in and one for waiting, 32 MiB in
   * chunks of 1 KiB took 35 ms on Node 24 and 30 on Bun 1.4, instead of 24 and
   * 18.
   *
   * @returns A promise of what `then` gives; `undefined`, and `then` not called,
   * if the source had the chunk at hand.
   */
  fill<T>(then: () => T | Promise<T>): Promise<T> | undefined {
    if (this.#failure !== undefined) throw this.#failure.error;
    // Who asked first takes the chunk in; of an error the feed tells all.
    if (this.#pending !== undefined) return this.#pending.then(then, then);
    let result: SourceResult | Promise<SourceResult>;
    try {
      result = this.#source.read();
    } catch (error) {
      throw this.#sourceFailed(error);
    }
    if (!isPromise(result)) {
      this.#take(result);
      return undefined;
    }
    this.#pending = this.#source.settlesOnCancel
      ? result
      : this.#interruptible(result);
    return this.#pending.then((result) => {
      this.#pending = undefined;
      if (this.#failure !== undefined) throw this.#failure.error;
      this.#take(result);
      return then();
    }, this.#onError);
  }

  /**
   * Ends all reading, pending reads included, with `error`, and cancels the
   * source with `reason`.
   *
   * @returns A promise that settles as the source's own cancellation does.
   */
  async cancel(reason: unknown, error: unknown = reason): Promise<void> {
    this.#failure ??= { error };
    this.#interrupt?.(error);
    this.#close();
    if (!this.#sourceIsOpen) return;
    this.#sourceIsOpen = false;
    const isWaiting = this.#pending !== undefined &&
      !this.#source.settlesOnCancel;
    const cancelled = this.#source.cancel(reason);
    // An iterator ends only behind the chunk that it waits for, which may never
    // come: then it is not waited for either.
    if (isWaiting) cancelled.catch(() => {});
    else await cancelled;
  }

  /** Has `release` called when the open part or all reading ends: at once, if it has. */
  onEnd(release: () => void): void {
    if (this.#hasEnded()) return release();
    const before = this.#release;
    this.#release = before === undefined ? release : () => {
      before();
      release();
    };
  }

  #hasEnded(): boolean {
    if (this.#failure !== undefined) return true;
    try {
      this.#assertSourceOpen?.();
      return false;
    } catch {
      return true;
    }
  }

  /** Whether something is to be released when the open part ends. */
  get isAwaited(): boolean {
    return this.#release !== undefined;
  }

  /** Ends the open part: it will be read no further. */
  endPart(): void {
    const release = this.#release;
    this.#release = undefined;
    release?.();
  }

  /** The same, but a source that stalls does not keep a cancelled reader waiting. */
  #interruptible(result: Promise<SourceResult>): Promise<SourceResult> {
    return new Promise((resolve, reject) => {
      this.#interrupt = reject;
      result.then(resolve, reject);
    });
  }

  #take({ done, value }: SourceResult): void {
    if (done) {
      this.#releaseSource();
      this.#parser.end();
      return;
    }
    const problem = chunkProblem(value);
    if (problem === undefined && value !== undefined) {
      this.#bytesRead += value.byteLength;
      this.#parser.push(value);
      return;
    }
    const error = new TypeError(
      `Cannot read a chunk of the source: ${problem}`,
    );
    this.cancel(error).catch(() => {});
    throw error;
  }

  #sourceFailed(error: unknown): unknown {
    this.#failure ??= { error };
    this.#releaseSource();
    this.#close();
    return this.#failure.error;
  }

  /** The multipart is complete: a source that has more to give is not needed any longer. */
  #finish(): void {
    this.#close();
    if (!this.#sourceIsOpen) return;
    this.#sourceIsOpen = false;
    this.#source.cancel(undefined).catch(() => {});
  }

  #releaseSource(): void {
    if (!this.#sourceIsOpen) return;
    this.#sourceIsOpen = false;
    this.#source.release();
  }

  #close(): void {
    this.endPart();
    this.#stopListening?.();
  }
}
