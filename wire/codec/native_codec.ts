/**
 * Drives the runtime's own `DecompressionStream` by pulling, for
 * `content_decoder.ts`.
 *
 * @module
 */

import type { Condition } from "../condition.ts";

/** The two sides of a `DecompressionStream`. */
export interface CodecStream {
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<BufferSource>;
}

/** Bytes per read of a byte stream. */
export const READ_LENGTH = 64 * 1024;

/**
 * The runtime's codec, with one read and one write at a time. The condition is
 * notified when either has settled.
 *
 * By the Streams Standard a write waits until earlier output has been read.
 * workerd instead processes each write at once, however long the output. But
 * its readable side, alone among the five runtimes, is a byte stream, and a
 * read that does not fill its buffer has taken all output: that is what this
 * class waits for.
 */
export class NativeCodec {
  readonly #writer: WritableStreamDefaultWriter<BufferSource>;
  readonly #reader: CodecOutput;
  readonly #condition: Condition;
  #output: Uint8Array<ArrayBuffer> | undefined;
  #isReading = false;
  #isWriting = false;
  #isClosing = false;
  #hasReadAll = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(stream: CodecStream, condition: Condition) {
    this.#writer = stream.writable.getWriter();
    this.#reader = openChunks(stream.readable);
    this.#condition = condition;
    // A read or a write reports the same errors.
    this.#writer.closed.catch(() => {});
    this.#writer.ready.catch(() => {});
  }

  /** Whether there will be no more output. */
  get hasEnded(): boolean {
    return this.#failure !== undefined ||
      (this.#hasReadAll && !this.#isWriting);
  }

  /** Whether the end of the input has been written and accepted. */
  get isClosed(): boolean {
    return this.#isClosing && !this.#isWriting;
  }

  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Whether it needs input to make output. */
  get isHungry(): boolean {
    return !this.#isWriting && !this.#isClosing && this.#reader.isDrained;
  }

  /** Returns the chunk that has been read, if there is one. */
  take(): Uint8Array<ArrayBuffer> | undefined {
    const output = this.#output;
    this.#output = undefined;
    return output;
  }

  /** Starts a read, unless one is pending. Returns whether it did. */
  startRead(): boolean {
    if (this.#isReading || this.#hasReadAll) return false;
    this.#isReading = true;
    this.#reader.read(() => this.#condition.notify()).then((chunk) => {
      this.#isReading = false;
      if (chunk === null) this.#hasReadAll = true;
      else if (chunk.length > 0) this.#output = chunk;
      this.#condition.notify();
    }, (error) => this.#fail(error));
    return true;
  }

  /** Writes `bytes`, then waits until their output can be read. */
  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#settle(this.#writer.write(bytes));
  }

  close(): void {
    this.#isClosing = true;
    this.#settle(this.#writer.close());
  }

  async cancel(reason: unknown): Promise<void> {
    await Promise.allSettled([
      this.#reader.cancel(reason),
      this.#writer.abort(reason),
    ]);
  }

  #settle(written: Promise<void>): void {
    this.#isWriting = true;
    written.then(() => {
      this.#isWriting = false;
      this.#reader.expectOutput(() => this.#condition.notify());
      this.#condition.notify();
    }, (error) => this.#fail(error));
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#condition.notify();
  }
}

/** The readable side of a codec. */
interface CodecOutput {
  /** Whether all output so far has been read, as far as that matters. */
  readonly isDrained: boolean;
  /**
   * Returns the next chunk, or `null` at the end. Calls `onDrained` if
   * `isDrained` becomes true before that.
   */
  read(onDrained: () => void): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Says that input has been accepted. */
  expectOutput(onDrained: () => void): void;
  cancel(reason: unknown): Promise<void>;
}

function openChunks(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): CodecOutput {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = stream.getReader({ mode: "byob" });
  } catch {
    return new QueueReader(stream.getReader());
  }
  return new ByteReader(reader);
}

/** Reads from a queue of chunks, whose backpressure delays the writes. */
class QueueReader implements CodecOutput {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  readonly isDrained = true;

  constructor(reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>) {
    this.#reader = reader;
    reader.closed.catch(() => {});
  }

  read(): Promise<Uint8Array<ArrayBuffer> | null> {
    return this.#reader.read().then(({ done, value }) => done ? null : value);
  }

  expectOutput(): void {}

  /**
   * Discards output, at most that of one slice, until the stream fails because
   * its other side was aborted. If it were cancelled instead, Node, which
   * enqueues zlib's output in a later turn, would throw where nobody can catch
   * it.
   */
  async cancel(): Promise<void> {
    try {
      while (!(await this.#reader.read()).done);
    } catch {
      // The failure is expected.
    }
  }
}

/** Reads from a byte stream that may hold any amount. */
class ByteReader implements CodecOutput {
  readonly #reader: ReadableStreamBYOBReader;
  #buffer = new ArrayBuffer(READ_LENGTH);
  #isDrained = true;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(reader: ReadableStreamBYOBReader) {
    this.#reader = reader;
    reader.closed.catch(() => {});
  }

  get isDrained(): boolean {
    return this.#isDrained;
  }

  async read(
    onDrained: () => void,
  ): Promise<Uint8Array<ArrayBuffer> | null> {
    if (!this.#isDrained) this.#waitForDrain(onDrained);
    const { done, value } = await this.#reader.read(
      new Uint8Array(this.#buffer),
    );
    clearTimeout(this.#timer);
    if (done) return null;
    this.#isDrained = value.length < READ_LENGTH;
    if (2 * value.length < READ_LENGTH) {
      // A small chunk must not keep a large buffer alive.
      this.#buffer = value.buffer;
      return value.slice();
    }
    this.#buffer = new ArrayBuffer(READ_LENGTH);
    return value;
  }

  expectOutput(onDrained: () => void): void {
    this.#isDrained = false;
    this.#waitForDrain(onDrained);
  }

  cancel(reason: unknown): Promise<void> {
    clearTimeout(this.#timer);
    return this.#reader.cancel(reason);
  }

  /**
   * Output that is ready is read before a timer fires. The timer fires only if
   * a slice made no output, or exactly as much as the buffer holds.
   */
  #waitForDrain(onDrained: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isDrained = true;
      onDrained();
    }, 0);
  }
}
