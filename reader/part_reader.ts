import { excerpt, MultipartError } from "../wire/errors.ts";
import { checkLimit } from "../wire/limits.ts";
import type { MediaType } from "../wire/media_type.ts";
import { bodyStream } from "./body_stream.ts";
import { type ChunkReader, PushbackChunks } from "./chunks.ts";
import {
  collectBytes,
  type CollectLimit,
  collectLine,
  collectPiece,
  collectText,
} from "./collect.ts";
import { DecodedBody } from "./decoded_body.ts";
import type { MultipartReader } from "./multipart_reader.ts";
import type {
  MultipartReaderOptions,
  PartDecodeOptions,
  PartReadOptions,
} from "./options.ts";
import type { PartBody } from "./part_body.ts";
import type { ContentRange, PartHead } from "./part_head.ts";
import { SerialQueue } from "./serial_queue.ts";

/** What a part needs of the reader that it belongs to. */
export interface PartContext {
  /** The indexes that lead to this part from the outermost multipart. */
  readonly path: readonly number[];
  readonly bufferedBytes: number;
  readonly partBytes: number;
  /** Whether encodings are undone unless a call says otherwise. */
  readonly decode: boolean;
  /** Whether a part's own charset counts: in a form, as a rule, it does not. */
  readonly usesCharset: boolean;
  /** The charset of text that names none. */
  readonly charset: string;
  /** Whether a U+FEFF at the start of text stays, as in a form's. */
  readonly keepsMark: boolean;
  /** Opens a part as a multipart of its own. */
  readonly open: (
    part: PartReader,
    type: MediaType,
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
 * What is said to throw is what the returned promise rejects with. Besides that
 * it may be any error of the reader's, the source's own above all.
 *
 * @example Read a part by lines, and then the rest
 * ```ts
 * import { MultipartReader } from "@tributary/multipart";
 *
 * const body = "--b\r\n\r\nfirst\nsecond\nthird\r\n--b--";
 * const source = new TextEncoder().encode(body);
 * for await (const part of new MultipartReader(source, { boundary: "b" })) {
 *   const line = await part.readLine();
 *   if (new TextDecoder().decode(line ?? undefined) !== "first\n") throw new Error();
 *   if (await part.text() !== "second\nthird") throw new Error();
 * }
 * ```
 */
export class PartReader implements AsyncIterable<Uint8Array> {
  readonly #head: PartHead;
  readonly #body: PartBody;
  readonly #raw: PushbackChunks;
  readonly #context: PartContext;
  readonly #queue = new SerialQueue();
  /** What is read from: chosen with the first byte that is asked for. */
  #chunks: PushbackChunks | undefined;
  #decoded: DecodedBody | undefined;
  #stream: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
  #streamDecodes: boolean | undefined;
  #isUsed = false;
  #isCancelled = false;
  /** Why a read failed half way: what it had taken is lost, so none goes on. */
  #failure: { readonly error: unknown } | undefined;

  /** Parts are made by a {@linkcode MultipartReader}. */
  constructor(
    head: PartHead,
    body: PartBody,
    raw: PushbackChunks,
    context: PartContext,
  ) {
    this.#head = head;
    this.#body = body;
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
    return this.#body.isDone && (this.#decoded?.isDone ?? true) &&
      !this.#raw.hasBack && !this.#chunks?.hasBack;
  }

  /** Whether something of the body has been read, or taken to be. */
  get bodyUsed(): boolean {
    return this.#isUsed || this.#chunks !== undefined;
  }

  /**
   * The body as a byte stream, made when it is first asked for; BYOB readers
   * work. It reads nothing ahead. Cancelling it leaves the rest of the part to
   * be skipped.
   */
  get body(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.stream();
  }

  /**
   * The same as {@linkcode PartReader.body}, decoded or not.
   *
   * @throws {TypeError} If there is a stream that decodes otherwise.
   */
  stream(
    { decode = this.#context.decode }: PartDecodeOptions = {},
  ): ReadableStream<Uint8Array<ArrayBuffer>> {
    if (this.#stream === undefined) {
      this.#stream = bodyStream({
        read: () => this.#readNext(() => this.#open(decode)),
        unread: (bytes) => this.#open(decode).unread(bytes),
        cancel: () => {
          this.#isCancelled = true;
        },
      });
      this.#streamDecodes = decode;
    } else if (decode !== this.#streamDecodes) {
      throw this.#misuse(
        `its stream is ${this.#streamDecodes ? "decoded" : "raw"}`,
      );
    }
    return this.#stream;
  }

  /**
   * The chunks of the body as they come, without a stream. A chunk is a view of
   * the source's own: it is good until the next one is asked for.
   */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return {
      next: async () => {
        const value = await this.#readNext(() => this.#openUnlocked());
        return value === null
          ? { done: true, value: undefined }
          : { done: false, value };
      },
    };
  }

  /**
   * The whole body, or what is left of it, as the caller's own copy.
   *
   * @throws {MultipartError} `part-too-large`; `unsupported-encoding` or
   * `invalid-encoding`.
   * @throws {TypeError} If a whole-body helper has been used before, if `body`
   * is locked, or if the reader has moved on.
   */
  bytes(options: PartReadOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
    return this.#consume(
      options,
      (chunks, limit) => collectBytes(chunks, limit),
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
   * Fetch Standard has it, unless the reader was told `formCharset`.
   * @param options How to read.
   * @throws {MultipartError} `unsupported-charset`, if this runtime has no
   * decoder of that name: nothing has been read then.
   */
  async text(charset?: string, options: PartReadOptions = {}): Promise<string> {
    const decoder = this.#decoderFor(charset);
    return await this.#consume(
      options,
      (chunks, limit) => collectText(chunks, limit, decoder),
    );
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
    const text = await this.text(undefined, options);
    // The constructor takes a leading question mark for that of a URL.
    return new URLSearchParams(text.startsWith("?") ? `&${text}` : text);
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
   * The next `size` bytes of the body, or fewer at its end, as the caller's own
   * copy; without `size`, a chunk as it comes. Calls queue.
   *
   * @returns `null` when nothing is left.
   * @throws {RangeError} If `size` is not a whole number from 1.
   */
  readChunk(
    size?: number,
    options: PartDecodeOptions = {},
  ): Promise<Uint8Array<ArrayBuffer> | null> {
    return this.#queue.run(async () => {
      if (size !== undefined && !(Number.isSafeInteger(size) && size > 0)) {
        throw new RangeError(
          `Cannot read ${size} bytes: it is not a whole number from 1`,
        );
      }
      const chunks = this.#openUnlocked(options.decode);
      if (size !== undefined) return await collectPiece(chunks, size);
      const chunk = await chunks.read();
      return chunk && new Uint8Array(chunk);
    });
  }

  /**
   * The next line of the body, its LF and all, or what is left at the end, as
   * the caller's own copy. Calls queue.
   *
   * @returns `null` when nothing is left.
   * @throws {MultipartError} `part-too-large`, if the line has more than
   * `maxBytes`.
   */
  readLine(
    options: PartReadOptions = {},
  ): Promise<Uint8Array<ArrayBuffer> | null> {
    return this.#queue.run(async () => {
      const limit = this.#limitOf(options);
      const chunks = this.#openUnlocked(options.decode);
      return await this.#noteFailure(collectLine(chunks, limit));
    });
  }

  /**
   * What this part's encodings make of `bytes`, which were read with
   * `decode: false`: all of them, from the first.
   *
   * @throws {MultipartError} As {@linkcode PartReader.bytes}.
   */
  async decode(
    bytes: Uint8Array,
    options: PartReadOptions = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    const left = [bytes];
    const body = new DecodedBody(
      { read: () => left.pop() ?? null },
      this.#head,
      this.#context.partBytes,
    );
    try {
      return await collectBytes(body, this.#limitOf(options));
    } catch (error) {
      body.cancel(error);
      throw error;
    }
  }

  /**
   * The part's own parts, if it is a multipart.
   *
   * @param options What is not given is as in the reader of this part.
   * @throws {TypeError} If the part is not a multipart.
   * @throws {MultipartError} `too-deep`, or `invalid-boundary`.
   */
  parts(options: MultipartReaderOptions = {}): MultipartReader {
    const type = this.#head.parsedType;
    if (type?.type !== "multipart") {
      throw new TypeError(
        `Cannot read the parts of part ${this.index}: its media type is ${this.mediaType}`,
      );
    }
    this.#assertUnlocked();
    const reader = this.#context.open(this, type, options);
    this.#claim();
    return reader;
  }

  /** Reads what is left of the body, for nobody. */
  async skip(): Promise<void> {
    const open = (): PushbackChunks => {
      this.#assertUnlocked();
      return this.#open();
    };
    while (await this.#readNext(open) !== null);
  }

  /** The next chunk, behind all reads that were asked for before. */
  #readNext(open: () => PushbackChunks): Promise<Uint8Array | null> {
    return this.#queue.run(async () => await open().read());
  }

  #consume<T>(
    options: PartReadOptions,
    collect: (chunks: ChunkReader, limit: CollectLimit) => Promise<T>,
  ): Promise<T> {
    return this.#queue.run(async () => {
      const limit = this.#limitOf(options);
      const chunks = this.#openUnlocked(options.decode);
      this.#claim();
      return await this.#noteFailure(collect(chunks, limit));
    });
  }

  async #noteFailure<T>(read: Promise<T>): Promise<T> {
    try {
      return await read;
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  #limitOf(
    { maxBytes = this.#context.bufferedBytes }: PartReadOptions,
  ): CollectLimit {
    return {
      maxBytes: checkLimit("maxBytes", maxBytes),
      partIndex: this.index,
    };
  }

  /** Takes the whole body, for one who will read it to the end. */
  #claim(): void {
    this.#body.assertOpen();
    if (this.#isUsed) throw this.#misuse("its body has already been read");
    this.#isUsed = true;
  }

  #openUnlocked(decode?: boolean): PushbackChunks {
    this.#assertUnlocked();
    if (this.#isCancelled) throw this.#misuse("its body was cancelled");
    return this.#open(decode);
  }

  #assertUnlocked(): void {
    if (!this.#stream?.locked) return;
    throw this.#misuse("its body is locked to a stream's reader");
  }

  /** The chunks to read from, decoded or not. */
  #open(
    decode: boolean = this.#streamDecodes ?? this.#context.decode,
  ): PushbackChunks {
    this.#body.assertOpen();
    if (this.#failure !== undefined) throw this.#failure.error;
    const decodes = decode && DecodedBody.concerns(this.#head);
    if (this.#chunks === undefined) {
      this.#chunks = decodes ? this.#openDecoded() : this.#raw;
    } else if (decodes !== (this.#decoded !== undefined)) {
      throw this.#misuse(
        `it has been read ${decodes ? "raw" : "decoded"} so far`,
      );
    }
    return this.#chunks;
  }

  #openDecoded(): PushbackChunks {
    const decoded = new DecodedBody(
      this.#raw,
      this.#head,
      this.#context.partBytes,
    );
    this.#decoded = decoded;
    this.#body.onEnd((error) => decoded.cancel(error));
    return new PushbackChunks(decoded);
  }

  #misuse(state: string): TypeError {
    return new TypeError(`Cannot read part ${this.index}: ${state}`);
  }

  #decoderFor(charset: string | undefined): TextDecoder {
    const { usesCharset, keepsMark } = this.#context;
    const own = usesCharset ? this.charset : undefined;
    const label = charset ?? own ?? this.#context.charset;
    try {
      return new TextDecoder(label, { ignoreBOM: keepsMark });
    } catch (cause) {
      throw new MultipartError(
        "unsupported-charset",
        `Cannot read part ${this.index}: this runtime does not know the charset ${
          excerpt(label)
        }`,
        { partIndex: this.index, cause },
      );
    }
  }
}
