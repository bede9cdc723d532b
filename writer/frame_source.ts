/**
 * What the frames of a live view are pulled from.
 *
 * @module
 */
import { endIteration } from "../wire/iteration.ts";
import { isAsyncIterable, isReadableStream } from "../wire/value_kinds.ts";
import type { MixedReplaceFrame } from "./frame_format.ts";

/** A frame, or the end. */
export type FrameResult =
  | { readonly done?: false; readonly value: MixedReplaceFrame }
  | { readonly done: true };

/** Frames that are pulled. When it has ended or failed, it holds no lock. */
export interface FrameSource {
  /** The next frame, or the end. */
  next(): Promise<FrameResult>;
  /** Says that no more will be asked for; nothing if it is over anyway. */
  cancel(reason: unknown): Promise<void>;
}

/**
 * Opens a stream, which is locked from now on, or an async iterable.
 *
 * @throws {TypeError} If it is neither, or locked already.
 */
export function openFrames(
  frames: AsyncIterable<MixedReplaceFrame> | ReadableStream<MixedReplaceFrame>,
): FrameSource {
  if (isReadableStream(frames)) {
    if (frames.locked) {
      throw new TypeError("Cannot send frames: their stream is locked");
    }
    return new StreamFrames(frames.getReader());
  }
  if (isAsyncIterable(frames)) {
    return new IterableFrames(frames[Symbol.asyncIterator]());
  }
  throw new TypeError(
    "Cannot send frames: they are no stream and no async iterable",
  );
}

class StreamFrames implements FrameSource {
  readonly #reader: ReadableStreamDefaultReader<MixedReplaceFrame>;
  #isOver = false;

  constructor(reader: ReadableStreamDefaultReader<MixedReplaceFrame>) {
    this.#reader = reader;
  }

  async next(): Promise<FrameResult> {
    let hasEnded = true;
    try {
      const result = await this.#reader.read();
      if (!result.done) hasEnded = false;
      return result;
    } finally {
      if (hasEnded) this.#release();
    }
  }

  async cancel(reason: unknown): Promise<void> {
    if (this.#isOver) return;
    const cancelled = this.#reader.cancel(reason);
    this.#release();
    await cancelled;
  }

  #release(): void {
    this.#isOver = true;
    this.#reader.releaseLock();
  }
}

class IterableFrames implements FrameSource {
  readonly #iterator: AsyncIterator<MixedReplaceFrame>;
  #isPending = false;
  #isOver = false;

  constructor(iterator: AsyncIterator<MixedReplaceFrame>) {
    this.#iterator = iterator;
  }

  async next(): Promise<FrameResult> {
    this.#isPending = true;
    let hasEnded = true;
    try {
      const result = await this.#iterator.next();
      if (!result.done) hasEnded = false;
      return result.done ? { done: true } : result;
    } finally {
      this.#isPending = false;
      if (hasEnded) this.#isOver = true;
    }
  }

  async cancel(_reason: unknown): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await endIteration(this.#iterator, this.#isPending);
  }
}
