/**
 * The runtime's own `DecompressionStream`, pulled and never pushed, and what has
 * to be found out about it.
 *
 * @module
 */

import type { Condition } from "../condition.ts";

/** What a `DecompressionStream` is. */
export interface CodecStream {
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<BufferSource>;
}

/** What a byte stream of the runtime fills at a time. */
export const READ_LENGTH = 64 * 1024;

/**
 * The runtime's codec, one read and one write at a time; the condition is
 * notified whenever one of them has come to something.
 *
 * By the Streams Standard a write waits until what was made before has been
 * read. workerd takes and works it up at once, whatever that makes. Its readable
 * side, alone among the five, is a byte stream, and there a read that leaves
 * room in its buffer has taken all there was: that is what is waited for.
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
    // What these tell, a read or a write tells too.
    this.#writer.closed.catch(() => {});
    this.#writer.ready.catch(() => {});
  }

  /** Whether nothing more will come. */
  get hasEnded(): boolean {
    return this.#failure !== undefined ||
      (this.#hasReadAll && !this.#isWriting);
  }

  /** Whether it has been told of the end, and has agreed. */
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

  /** The chunk that has been read, if one has. */
  take(): Uint8Array<ArrayBuffer> | undefined {
    const output = this.#output;
    this.#output = undefined;
    return output;
  }

  /** Asks for a chunk, and says whether it had not been asked for before. */
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

  /** Writes `bytes`, and waits until what they make can be read. */
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
  /** Whether all output that has been made has been read, as far as that matters. */
  readonly isDrained: boolean;
  /** The next chunk, or `null` at the end. `onDrained` is called if `isDrained` becomes true before. */
  read(onDrained: () => void): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Says that input has been taken. */
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

/** Reads from a queue of chunks, whose backpressure holds the writes back. */
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
   * Discards what comes until the stream fails, because its other side has been
   * aborted: at most what one slice makes. If it was cancelled instead, Node,
   * which hands on in a later turn what zlib has made, would throw where nobody
   * can catch it.
   */
  async cancel(): Promise<void> {
    try {
      while (!(await this.#reader.read()).done);
    } catch {
      // It has failed, as it should.
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
   * What is there is read before a timer fires. It seldom does: only where a
   * slice made nothing, or exactly as much as the buffer holds.
   */
  #waitForDrain(onDrained: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isDrained = true;
      onDrained();
    }, 0);
  }
}
