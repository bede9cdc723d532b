import { ByteBuilder } from "../wire/byte_builder.ts";
import type { ContentRange } from "../wire/content_range.ts";
import { excerpt, MultipartError } from "../wire/errors.ts";
import { checkLimit } from "../wire/limits.ts";
import type { MediaType } from "../wire/media_type.ts";
import { BodyAccess, type BodyDefaults } from "./body/body_access.ts";
import { Charset } from "./body/charset.ts";
import {
  type CollectLimit,
  collectLine,
  collectPiece,
  type Sink,
} from "./body/collect.ts";
import { DecodedBody } from "./body/decoded_body.ts";
import type { MultipartReader } from "./multipart_reader.ts";
import type {
  MultipartReaderOptions,
  PartDecodeOptions,
  PartReadOptions,
} from "./options.ts";
import type { PartBody } from "./body/part_body.ts";
import type { PartHead } from "./parse/part_head.ts";
import { PieceDecoder } from "./body/piece_decoder.ts";
import { TextBuilder } from "./body/text_builder.ts";

/** What is passed where a caller passes none, so that none is made. */
const NO_OPTIONS: PartReadOptions = /* @__PURE__ */ Object.freeze({});

/** What a part needs of the reader that it belongs to: the same for all its parts. */
export interface PartContext extends BodyDefaults {
  /** The indexes that lead to the reader from the outermost multipart. */
  readonly path: readonly number[];
  readonly bufferedBytes: number;
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
  #context: PartContext;
  /** Made when it is first needed: a field that is at hand is read without. */
  #madeAccess: BodyAccess | undefined;
  #isTaken = false;
  #pieces: PieceDecoder | undefined;
  #path: readonly number[] | undefined;

  /** Parts are made by a {@linkcode MultipartReader}. */
  constructor(head: PartHead, body: PartBody, context: PartContext) {
    this.#head = head;
    this.#body = body;
    this.#context = context;
  }

  /**
   * Bounds the body of a part that nobody has read from yet, whoever reads or
   * skips it: `part-too-large` over `maxBytes`. For `readForm`, since users have
   * the type of this class alone.
   */
  static bound(part: PartReader, maxBytes: number): void {
    const partBytes = Math.min(maxBytes, part.#context.partBytes);
    // What comes out of a decoder is bounded too.
    part.#context = { ...part.#context, partBytes };
    part.#body.bound(maxBytes, part.name);
  }

  /** Whether a part that nobody has read from yet has no body. */
  static async isEmpty(part: PartReader): Promise<boolean> {
    const body = part.#body;
    const chunk = await body.read();
    if (chunk !== null) body.unread(chunk);
    return chunk === null;
  }

  get #access(): BodyAccess {
    return this.#madeAccess ??= new BodyAccess(
      this.#body,
      this.#head,
      this.#context,
      this.#isTaken,
    );
  }

  /** The part's place in its multipart, from 0. */
  get index(): number {
    return this.#head.index;
  }

  /** The indexes that lead to this part from the outermost multipart: `[0, 2]`. */
  get path(): readonly number[] {
    return this.#path ??= [...this.#context.path, this.index];
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
    return this.#access.isDone;
  }

  /** Whether something of the body has been read, or taken to be. */
  get bodyUsed(): boolean {
    return this.#access.isUsed;
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
    options: PartDecodeOptions = {},
  ): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#access.stream(options.decode);
  }

  /**
   * The chunks of the body as they come, without a stream. A chunk is a view of
   * the source's own: it is good until the next one is asked for.
   */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return this.#access.iterate();
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
    return this.#access.run(() => this.#collect(new ByteBuilder(), options));
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
  text(
    charset?: string,
    options: PartReadOptions = NO_OPTIONS,
  ): Promise<string> {
    if (this.#isUntouched && options === NO_OPTIONS) {
      try {
        const known = this.#charsetFor(charset);
        const bytes = this.#takeAtHand();
        if (bytes !== undefined) return Promise.resolve(known.decode(bytes));
      } catch (error) {
        return Promise.reject(error);
      }
    }
    return this.#access.run(() => {
      const known = this.#charsetFor(charset);
      return this.#collect(new TextBuilder(known), options);
    });
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
    return this.#access.run(async () => {
      if (size !== undefined && !(Number.isSafeInteger(size) && size > 0)) {
        throw new RangeError(
          `Cannot read ${size} bytes: it is not a whole number from 1`,
        );
      }
      const chunks = this.#access.open(options.decode);
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
    return this.#access.run(() => {
      const limit = this.#limitOf(options);
      const chunks = this.#access.open(options.decode);
      return this.#access.endWith(collectLine(chunks, limit));
    });
  }

  /**
   * What this part's encodings make of `bytes`, which were read with
   * `decode: false`: the whole body, or its pieces one call after another, in
   * order and of any size. What a piece leaves incomplete, such as half a group
   * of base64, comes with the next one.
   *
   * The end is known when all bytes of a body that has been read to its end were
   * passed. Otherwise, pass an empty array at the end: it gives what is left, and
   * says whether the body was cut short. After that the next call begins anew.
   *
   * @throws {MultipartError} As {@linkcode PartReader.bytes}; `maxBytes` bounds
   * what one call gives. Later pieces fail with the same error.
   */
  async decode(
    bytes: Uint8Array,
    options: PartReadOptions = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    this.#pieces ??= new PieceDecoder(
      this.#head,
      this.#body,
      this.#context.partBytes,
    );
    return await this.#pieces.decode(bytes, this.#limitOf(options));
  }

  /**
   * The part's own parts, if it is a multipart.
   *
   * @param options What is not given is as in the reader of this part, but for
   * the profile, which is that of the part's own type, and the signal.
   * @throws {TypeError} If the part is not a multipart, or has been read.
   * @throws {MultipartError} `too-deep`, or `invalid-boundary`.
   */
  parts(options: MultipartReaderOptions = {}): MultipartReader {
    const type = this.#head.parsedType;
    if (type?.type !== "multipart") {
      throw new TypeError(
        `Cannot read the parts of part ${this.index}: its media type is ${this.mediaType}`,
      );
    }
    this.#access.assertUnlocked();
    // Before anything listens to a signal; a part that cannot be opened as a
    // multipart can still be read.
    this.#access.assertUnclaimed();
    const reader = this.#context.open(this, type, options);
    this.#access.claim();
    return reader;
  }

  /** Reads what is left of the body, for nobody. */
  skip(): Promise<void> {
    return this.#access.skip();
  }

  get #isUntouched(): boolean {
    return this.#madeAccess === undefined && !this.#isTaken;
  }

  /**
   * The whole body of a part that has not been touched, if it is at hand. That
   * it makes nothing else takes an eighth off the time of 20,000 fields on Node
   * 24, a fifth on Deno 2.9, and a tenth on Bun 1.4.
   */
  #takeAtHand(): Uint8Array | undefined {
    const { decode, bufferedBytes } = this.#context;
    if (decode && DecodedBody.concerns(this.#head)) return undefined;
    this.#body.assertOpen();
    const bytes = this.#body.takeAtHand(bufferedBytes);
    this.#isTaken = bytes !== undefined;
    return bytes;
  }

  #collect<T>(sink: Sink<T>, options: PartReadOptions): T | Promise<T> {
    return this.#access.collect(sink, this.#limitOf(options), options.decode);
  }

  #limitOf(
    { maxBytes = this.#context.bufferedBytes }: PartReadOptions,
  ): CollectLimit {
    return {
      maxBytes: checkLimit("maxBytes", maxBytes),
      partIndex: this.index,
    };
  }

  #charsetFor(charset: string | undefined): Charset {
    const { usesCharset, keepsMark } = this.#context;
    const own = usesCharset ? this.charset : undefined;
    const label = charset ?? own ?? this.#context.charset;
    try {
      return Charset.of(label, keepsMark);
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
