import type { ChunkSource } from "../../wire/chunk_source.ts";
import { isPromise } from "../../wire/type_guards.ts";
import type { PartHead } from "../parse/part_head.ts";
import type { Chunks } from "./chunks.ts";
import {
  collect,
  type CollectLimit,
  type Collector,
  collectPiece,
} from "./collect.ts";
import { DecodedBody, type DecodeLimits } from "./decoded_body.ts";
import type { PartBody } from "./part_body.ts";
import { QueuedReads } from "./queued_reads.ts";
import { SerialQueue } from "./serial_queue.ts";

/** The defaults for reading a body. */
export interface BodyDefaults extends DecodeLimits {
  /** Whether to decode the body. */
  readonly decode: boolean;
}

/** A part's body as the source of a reader of its own parts. */
export interface PartSource extends ChunkSource<Uint8Array> {
  /** Throws the part's error, once it can no longer be read. */
  assertOpen(): void;
  /** Calls `release` when the part can no longer be read. */
  onEnd(release: () => void): void;
}

/**
 * Controls access to a part's body: calls take turns, all bytes are read
 * decoded or all raw, and the whole body can be taken only once.
 */
export class BodyAccess {
  readonly #body: PartBody;
  readonly #head: PartHead;
  readonly #defaults: BodyDefaults;
  /** The chunks to read from: chosen at the first read. */
  #chunks: Chunks | undefined;
  #decode: boolean | undefined;
  #decoded: DecodedBody | undefined;
  #stream: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  #byteStream: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  /** Whether the streams decode, once there is one. */
  #streamDecode: boolean | undefined;
  /**
   * Whether a stream has been read: then all later reads decode the same way.
   */
  #isStreamRead = false;
  #isClaimed: boolean;
  /**
   * The exclusive reader of the whole body: a reader of its parts, or a text
   * stream.
   */
  #holder: string | undefined;
  #isCancelled = false;
  #isRead = false;
  #isPeeking = false;
  #finished: Promise<void> | undefined;
  /** Resolves `#finished`, if that has been requested and all has been read. */
  #noteDone: (() => void) | undefined;

  /** Queues the calls. */
  readonly queue = new SerialQueue();

  /** @param isClaimed Whether the whole body has been read already. */
  constructor(
    body: PartBody,
    head: PartHead,
    defaults: BodyDefaults,
    isClaimed: boolean,
  ) {
    this.#body = body;
    this.#head = head;
    this.#defaults = defaults;
    this.#isClaimed = isClaimed;
  }

  /** Whether the last byte has been read or skipped. */
  get isDone(): boolean {
    const body = this.#body;
    if (!body.isDone || body.isPassed) return body.isDone;
    return (this.#decoded?.isDone ?? true) && !body.hasBack &&
      !this.#chunks?.hasBack;
  }

  /** Whether anything has been read, or taken to be read. */
  get isUsed(): boolean {
    return this.#isClaimed || this.#isCancelled || this.#isRead;
  }

  /**
   * The body as a stream, created on demand: a plain one, whose chunks are
   * views of the source's, or a byte stream, which copies, because enqueuing
   * would transfer the parser's buffer. It holds nothing: bytes that a reader
   * does not take stay for the next read.
   *
   * @throws {TypeError} If there is a stream with another `decode`.
   */
  stream(
    type?: "bytes",
    decode = this.#streamDecode ?? this.#defaults.decode,
  ): ReadableStream<Uint8Array<ArrayBuffer>> {
    this.#streamDecode ??= decode;
    if (decode !== this.#streamDecode) {
      throw this.#misuse(
        `its stream is ${this.#streamDecode ? "decoded" : "raw"}`,
      );
    }
    return type === "bytes"
      ? this.#byteStream ??= this.#makeByteStream()
      : this.#stream ??= this.#makeStream();
  }

  #makeStream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    let controller: ReadableStreamDefaultController<Uint8Array>;
    const stream = new ReadableStream<Uint8Array>({
      ...this.#streamSource((chunk) => {
        if (chunk === null) controller.close();
        // The reader that requested it has been released.
        else if (!stream.locked) this.#unread(chunk);
        else controller.enqueue(chunk);
      }),
      start: (given) => {
        controller = given;
      },
    }, { highWaterMark: 0 });
    // A view may have any kind of buffer; nearly always it is a plain one.
    return stream as ReadableStream<Uint8Array<ArrayBuffer>>;
  }

  #makeByteStream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    let controller: ReadableByteStreamController;
    const stream = new ReadableStream({
      ...this.#streamSource((chunk) => {
        const request = controller.byobRequest;
        if (chunk === null) {
          controller.close();
          request?.respond(0);
        } else if (!stream.locked) {
          this.#unread(chunk);
        } else if (request?.view) {
          const { buffer, byteOffset, byteLength } = request.view;
          const taken = Math.min(byteLength, chunk.length);
          new Uint8Array(buffer, byteOffset).set(chunk.subarray(0, taken));
          this.#unread(chunk.subarray(taken));
          request.respond(taken);
        } else {
          controller.enqueue(new Uint8Array(chunk));
        }
      }),
      type: "bytes",
      start: (given) => {
        controller = given;
      },
    }, { highWaterMark: 0 });
    return stream;
  }

  /** The pull of a stream; `give` enqueues each chunk. */
  #streamSource(
    give: (chunk: Uint8Array | null) => void,
  ): { pull(): Promise<void>; cancel(): void } {
    const reads = new QueuedReads(
      this.queue,
      () => {
        this.#isStreamRead = true;
        if (this.#holder !== undefined) this.assertUnlocked();
        return this.#choose(this.#streamDecode);
      },
      (chunk) => {
        if (!this.#isCancelled) return give(chunk);
        this.#unread(chunk);
        // The cancelled stream ignores this; the other one would wait forever.
        throw this.#misuse("its body was cancelled");
      },
    );
    return {
      pull: () => reads.next(),
      cancel: () => {
        this.#isCancelled = true;
      },
    };
  }

  /** Returns bytes that nobody has taken. */
  #unread(chunk: Uint8Array | null): void {
    if (chunk !== null) this.#chunks?.unread(chunk);
  }

  /** Iterates over the chunks, with one promise each. */
  iterate(): AsyncIterator<Uint8Array, undefined> {
    return new QueuedReads<IteratorResult<Uint8Array, undefined>>(
      this.queue,
      () => this.open(),
      resultOf,
    );
  }

  /**
   * Takes the whole body, and converts each chunk in its turn. Until `release`
   * nothing else can read it.
   */
  readAll<T>(
    use: (chunk: Uint8Array | null) => T,
    decode?: boolean,
  ): QueuedReads<T> {
    this.open(decode);
    this.claim();
    this.#holder = "textStream()";
    return new QueuedReads(this.queue, () => this.#choose(decode), (chunk) => {
      if (chunk === null) this.release();
      return use(chunk);
    });
  }

  /** Lets others read the rest. */
  release(): void {
    this.#holder = undefined;
  }

  /** Copies the next `size` bytes, or the rest, without consuming them. */
  async peek(
    size: number,
    decode?: boolean,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const isRead = this.#isRead;
    const chunks = this.open(decode);
    this.#isRead = isRead;
    this.#isPeeking = true;
    try {
      const piece = await this.endWith(collectPiece(chunks, size));
      if (piece === null) return new Uint8Array(0);
      chunks.unread(piece.slice());
      return piece;
    } finally {
      this.#isPeeking = false;
    }
  }

  /** Settles when no more of the body will be read, for whatever reason. */
  get finished(): Promise<void> {
    return this.#finished ??= this.isDone || this.#body.isPassed
      ? Promise.resolve()
      : new Promise((resolve) => {
        this.#noteDone = () => {
          // The peeked bytes come again.
          if (!this.#isPeeking && this.isDone) resolve();
        };
        this.#body.onDone = this.#noteDone;
        if (this.#decoded) this.#decoded.onDone = this.#noteDone;
        this.#body.onEnd(resolve);
      });
  }

  /** Collects the rest, which can be done once. */
  collect<T>(
    collector: Collector<T>,
    limit: CollectLimit,
    decode?: boolean,
  ): T | Promise<T> {
    const chunks = this.open(decode);
    this.claim();
    try {
      const result = collect(chunks, limit, collector);
      return isPromise(result) ? this.endWith(result) : result;
    } catch (error) {
      throw this.#body.fail(error);
    }
  }

  /**
   * A read that cannot be repeated: the bytes it has taken are lost if it
   * fails.
   */
  async endWith<T>(read: Promise<T>): Promise<T> {
    try {
      return await read;
    } catch (error) {
      throw this.#body.fail(error);
    }
  }

  /** Lends the whole body to a reader of its parts, as the source. */
  lend(): PartSource {
    this.claim();
    this.#holder = "the reader that parts() gave";
    const reads = new QueuedReads(
      this.queue,
      () => this.#choose(),
      (chunk) => {
        // The reader that was waiting for it may have been cancelled.
        if (this.#holder === undefined) this.#unread(chunk);
        return resultOf(chunk);
      },
    );
    return {
      settlesOnCancel: false,
      chunksAreKept: this.#body.areKept,
      assertOpen: () => this.#body.assertFlowing(),
      onEnd: (release) => this.#body.onEnd(release),
      read: () => reads.next(),
      cancel: () => Promise.resolve(this.release()),
      release: () => this.release(),
    };
  }

  /** Reads and discards the rest. */
  skip(): Promise<void> {
    return this.queue.run(async () => {
      this.assertUnlocked();
      const chunks = this.#choose();
      while (await chunks.read() !== null);
    });
  }

  /** Takes the whole body, for a caller that reads it to the end. */
  claim(): void {
    this.assertUnclaimed();
    this.#isClaimed = true;
  }

  /** @throws {TypeError} If anything of the body has been taken, or the reader has moved on. */
  assertUnused(): void {
    this.#body.assertOpen();
    if (this.isUsed) throw this.#misuse("its body has already been read");
  }

  /** @throws {TypeError} If the whole body has been taken, or the reader has moved on. */
  assertUnclaimed(): void {
    this.#body.assertOpen();
    if (this.#isClaimed) throw this.#misuse("its body has already been read");
  }

  /** @throws {TypeError} If a stream's reader holds the body, or that of its parts. */
  assertUnlocked(): void {
    if (this.#holder !== undefined) {
      this.#body.assertFlowing();
      throw this.#misuse(`it is read by ${this.#holder}`);
    }
    if (!this.#stream?.locked && !this.#byteStream?.locked) return;
    throw this.#misuse("its body is locked to a stream's reader");
  }

  /** The chunks to read from, decoded or not, unless they are a stream's. */
  open(decode?: boolean): Chunks {
    if (this.#streamDecode !== undefined || this.#holder !== undefined) {
      this.assertUnlocked();
    }
    if (this.#isCancelled) throw this.#misuse("its body was cancelled");
    return this.#choose(decode);
  }

  #choose(decode?: boolean): Chunks {
    this.#body.assertOpen();
    this.#isRead = true;
    const decodes = decode ??
      (this.#isStreamRead ? this.#streamDecode : undefined) ??
      this.#defaults.decode;
    return decodes === this.#decode && this.#chunks !== undefined
      ? this.#chunks
      : this.#chooseAnew(decodes);
  }

  #chooseAnew(decode: boolean): Chunks {
    const decodes = decode && DecodedBody.concerns(this.#head);
    if (this.#chunks === undefined) {
      this.#decode = decode;
      this.#chunks = decodes ? this.#openDecoded() : this.#body;
    } else if (decodes !== (this.#decoded !== undefined)) {
      throw this.#misuse(
        `it has been read ${decodes ? "raw" : "decoded"} so far`,
      );
    }
    return this.#chunks;
  }

  #openDecoded(): DecodedBody {
    const decoded = new DecodedBody(this.#body, this.#head, this.#defaults);
    this.#decoded = decoded;
    decoded.onDone = this.#noteDone;
    this.#body.onEnd(() => decoded.cancel());
    return decoded;
  }

  /** Creates the error for incorrect use. */
  #misuse(state: string): TypeError {
    return new TypeError(`Cannot read part ${this.#head.index}: ${state}`);
  }
}

/** A chunk as a result of an iterator or a source. */
function resultOf(
  chunk: Uint8Array | null,
): IteratorResult<Uint8Array, undefined> {
  return chunk === null
    ? { done: true, value: undefined }
    : { done: false, value: chunk };
}
