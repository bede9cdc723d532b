import { MultipartError } from "../wire/errors.ts";
import { checkLimit } from "../wire/limits.ts";
import { collectBytes, type CollectLimit, collectText } from "./collect.ts";
import type {
  MultipartReader,
  MultipartReaderOptions,
} from "./multipart_reader.ts";
import type { ChunkReader, PartBody } from "./part_body.ts";
import type { ContentRange, PartHead } from "./part_head.ts";
import { SerialQueue } from "./serial_queue.ts";

/** How a whole-body helper of a {@linkcode PartReader} reads. */
export interface PartReadOptions {
  /**
   * Bytes that may be held. Over it: `part-too-large`, 413.
   *
   * @default {MultipartLimits.bufferedBytes}
   */
  maxBytes?: number;
}

/** What a part needs of the reader that it belongs to. */
export interface PartContext {
  /** The indexes that lead to this part from the outermost multipart. */
  readonly path: readonly number[];
  readonly bufferedBytes: number;
  /** In a form text is UTF-8, whatever is said, and a U+FEFF at its start stays. */
  readonly isForm: boolean;
  /** Opens a part as a multipart of its own. */
  readonly open: (
    part: PartReader,
    options: MultipartReaderOptions,
  ) => MultipartReader;
}

/**
 * One part of a multipart: its header fields, and its body, which is read from
 * the source only as you ask for it.
 *
 * Read the body in any one way, or in several in turn, or not at all: the
 * reader skips what is left when it moves on. From then on reading throws a
 * `TypeError`; the header fields stay.
 *
 * The example is at {@linkcode MultipartReader}.
 */
export class PartReader implements AsyncIterable<Uint8Array> {
  readonly #head: PartHead;
  readonly #raw: PartBody;
  readonly #context: PartContext;
  readonly #queue = new SerialQueue();
  /** What a reader with a smaller buffer left of a chunk. */
  #rest: Uint8Array | undefined;
  #stream: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  #isUsed = false;

  /** Parts are made by a {@linkcode MultipartReader}. */
  constructor(head: PartHead, raw: PartBody, context: PartContext) {
    this.#head = head;
    this.#raw = raw;
    this.#context = context;
  }

  /** The part's place in its multipart, from 0. */
  get index(): number {
    return this.#head.index;
  }

  /** The indexes that lead to this part from the outermost multipart: `[0, 2]`. */
  get path(): readonly number[] {
    return this.#context.path;
  }

  /** See {@linkcode PartHead.headers}. */
  get headers(): Headers {
    return this.#head.headers;
  }

  /** See {@linkcode PartHead.name}. */
  get name(): string | undefined {
    return this.#head.name;
  }

  /** See {@linkcode PartHead.filename}. */
  get filename(): string | undefined {
    return this.#head.filename;
  }

  /** See {@linkcode PartHead.contentType}. */
  get contentType(): string | undefined {
    return this.#head.contentType;
  }

  /** See {@linkcode PartHead.mediaType}. */
  get mediaType(): string {
    return this.#head.mediaType;
  }

  /** See {@linkcode PartHead.charset}. */
  get charset(): string | undefined {
    return this.#head.charset;
  }

  /** See {@linkcode PartHead.contentLength}. */
  get contentLength(): number | undefined {
    return this.#head.contentLength;
  }

  /** See {@linkcode PartHead.contentId}. */
  get contentId(): string | undefined {
    return this.#head.contentId;
  }

  /** See {@linkcode PartHead.contentRange}. */
  get contentRange(): ContentRange | undefined {
    return this.#head.contentRange;
  }

  /** See {@linkcode PartHead.transferEncoding}. */
  get transferEncoding(): string | undefined {
    return this.#head.transferEncoding;
  }

  /** See {@linkcode PartHead.contentEncoding}. */
  get contentEncoding(): string | undefined {
    return this.#head.contentEncoding;
  }

  /** See {@linkcode PartHead.isFile}. */
  get isFile(): boolean {
    return this.#head.isFile;
  }

  /** See {@linkcode PartHead.isMultipart}. */
  get isMultipart(): boolean {
    return this.#head.isMultipart;
  }

  /** Whether the last byte of the body has been read or skipped. */
  get done(): boolean {
    return this.#raw.isDone && this.#rest === undefined;
  }

  /**
   * The body as a byte stream, made when it is first asked for; BYOB readers
   * work. It reads nothing ahead. Cancelling it leaves the rest of the part to
   * be skipped.
   */
  get body(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#stream ??= this.#makeStream();
  }

  /** The same as {@linkcode PartReader.body}. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.body;
  }

  /**
   * The chunks of the body as they come, without a stream. A chunk is a view of
   * the source's own: it is good until the next one is asked for.
   */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return {
      next: async () => {
        const value = await this.#readNext();
        return value === null
          ? { done: true, value: undefined }
          : { done: false, value };
      },
    };
  }

  /**
   * The whole body, or what is left of it.
   *
   * @throws {MultipartError} `part-too-large`, and what the reader throws.
   * @throws {TypeError} If a whole-body helper has been used before, if
   * `body` is locked, or if the reader has moved on.
   */
  bytes(options: PartReadOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return this.#consume(
      (chunks, limit) => collectBytes(chunks, limit),
      options,
    );
  }

  /** As {@linkcode PartReader.bytes}, as an `ArrayBuffer`. */
  async arrayBuffer(options: PartReadOptions = {}): Promise<ArrayBuffer> {
    return (await this.bytes(options)).buffer;
  }

  /**
   * As {@linkcode PartReader.bytes}, as text.
   *
   * @param charset The encoding, by a label of the Encoding Standard. The
   * default is the part's own charset, or UTF-8; in a form it is UTF-8, as the
   * Fetch Standard has it.
   * @throws {MultipartError} `unsupported-charset`, if this runtime has no
   * decoder of that name.
   */
  text(charset?: string, options: PartReadOptions = {}): Promise<string> {
    return this.#consume((chunks, limit) => {
      return collectText(chunks, limit, this.#decoderFor(charset));
    }, options);
  }

  /** As {@linkcode PartReader.text}, parsed as JSON; an empty body is `null`. */
  async json<T>(options: PartReadOptions = {}): Promise<T | null> {
    const text = await this.text(undefined, options);
    // A byte order mark is no JSON (RFC 8259, section 8.1), but some send one.
    const json = text.startsWith("\ufeff") ? text.slice(1) : text;
    return json === "" ? null : JSON.parse(json);
  }

  /** As {@linkcode PartReader.text}, parsed as application/x-www-form-urlencoded. */
  async form(options: PartReadOptions = {}): Promise<URLSearchParams> {
    return new URLSearchParams(await this.text(undefined, options));
  }

  /** As {@linkcode PartReader.bytes}, as a `Blob` of the part's media type. */
  async blob(options: PartReadOptions = {}): Promise<Blob> {
    return new Blob([await this.bytes(options)], { type: this.#head.blobType });
  }

  /**
   * As {@linkcode PartReader.blob}, as a `File`. Its name is the filename as
   * sent, or `""`; it was last modified at 0, since nothing better is known.
   */
  async file(options: PartReadOptions = {}): Promise<File> {
    const type = this.#head.blobType;
    return new File([await this.bytes(options)], this.filename ?? "", {
      type,
      lastModified: 0,
    });
  }

  /**
   * The part's own parts, if it is a multipart.
   *
   * @param options What is not given is as in the reader of this part.
   * @throws {TypeError} If the part is not a multipart.
   * @throws {MultipartError} `too-deep`, or `invalid-boundary`.
   */
  parts(options: MultipartReaderOptions = {}): MultipartReader {
    if (!this.isMultipart) {
      throw new TypeError(
        `Cannot read the parts of part ${this.index}: its media type is ${this.mediaType}`,
      );
    }
    const reader = this.#context.open(this, options);
    this.#take();
    return reader;
  }

  /** Reads what is left of the body, for nobody. */
  async skip(): Promise<void> {
    while (await this.#readNext() !== null);
  }

  /** The next chunk, behind all reads that were asked for before. */
  #readNext(): Promise<Uint8Array | null> {
    return this.#queue.run(async () => await this.#chunks.read());
  }

  #consume<T>(
    collect: (chunks: ChunkReader, limit: CollectLimit) => Promise<T>,
    { maxBytes = this.#context.bufferedBytes }: PartReadOptions,
  ): Promise<T> {
    return this.#queue.run(async () => {
      checkLimit("maxBytes", maxBytes);
      this.#take();
      return await collect(this.#chunks, { maxBytes, partIndex: this.index });
    });
  }

  /** Takes the whole body, for one who will read it to the end. */
  #take(): void {
    this.#raw.assertOpen();
    if (this.#isUsed) throw this.#misuse("its body has already been read");
    if (this.#stream?.locked) {
      throw this.#misuse("its body is locked to a stream's reader");
    }
    this.#isUsed = true;
  }

  #misuse(state: string): TypeError {
    return new TypeError(`Cannot read part ${this.index}: ${state}`);
  }

  readonly #chunks: ChunkReader = {
    read: () => {
      this.#raw.assertOpen();
      const rest = this.#rest;
      this.#rest = undefined;
      return rest ?? this.#raw.read();
    },
  };

  #decoderFor(charset: string | undefined): TextDecoder {
    const { isForm } = this.#context;
    const label = charset ?? (isForm ? undefined : this.charset) ?? "utf-8";
    try {
      return new TextDecoder(label, { ignoreBOM: isForm });
    } catch (cause) {
      throw new MultipartError(
        "unsupported-charset",
        `Cannot read part ${this.index}: this runtime does not know the charset "${label}"`,
        { partIndex: this.index, cause },
      );
    }
  }

  #makeStream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream({
      type: "bytes",
      pull: async (controller) => {
        const chunk = await this.#readNext();
        const request = controller.byobRequest;
        if (chunk === null) {
          controller.close();
          request?.respond(0);
        } else if (request?.view) {
          const { buffer, byteOffset, byteLength } = request.view;
          const taken = Math.min(byteLength, chunk.length);
          new Uint8Array(buffer, byteOffset, taken).set(
            chunk.subarray(0, taken),
          );
          if (taken < chunk.length) this.#rest = chunk.subarray(taken);
          request.respond(taken);
        } else {
          // A copy, because enqueuing takes the buffer away from the parser,
          // which finds the next parts in it.
          controller.enqueue(chunk.slice());
        }
      },
      cancel: () => {},
    }, { highWaterMark: 0 });
  }
}
