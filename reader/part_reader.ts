import type { ContentRange } from "../wire/content_range.ts";
import { excerpt, MultipartError } from "../wire/errors.ts";
import { checkLimit } from "../wire/limits.ts";
import type { MediaType } from "../wire/media_type.ts";
import {
  BodyAccess,
  type BodyDefaults,
  type PartSource,
} from "./body/body_access.ts";
import { ByteCollector, WHOLE_BYTES } from "./body/byte_collector.ts";
import { Charset, TextPieces } from "./body/charset.ts";
import {
  type CollectLimit,
  collectLine,
  collectPiece,
  type WholeKind,
} from "./body/collect.ts";
import { DecodedBody } from "./body/decoded_body.ts";
import type { MultipartReader } from "./multipart_reader.ts";
import type {
  MultipartReaderOptions,
  PartDecodeOptions,
  PartReadOptions,
  PartStreamOptions,
  PartTextOptions,
  PartTextStreamOptions,
} from "./options.ts";
import type { PartBody } from "./body/part_body.ts";
import type { PartHead } from "./parse/part_head.ts";
import { PieceDecoder } from "./body/piece_decoder.ts";

/** Stands for the options of a caller who passes none. */
const NO_OPTIONS: PartTextOptions = /* @__PURE__ */ Object.freeze({});

/** What `peek` holds at most. */
const MAX_PEEK = 65_536;

/** What a part needs of the reader that it belongs to: the same for all its parts. */
export interface PartSettings extends BodyDefaults {
  /** The indexes that lead to the reader from the outermost multipart. */
  readonly path: readonly number[];
  readonly bufferedBytes: number;
  /** Whether a part's own charset counts: in a form, as a rule, it does not. */
  readonly usesCharset: boolean;
  /** The charset of text that names none. */
  readonly charset: string;
  /** Whether a U+FEFF at the start of text stays, as in a form's. */
  readonly keepsBom: boolean;
  /** Opens a part as a multipart of its own. */
  readonly open: (
    part: PartReader,
    type: MediaType,
    options: MultipartReaderOptions,
    lend: () => PartSource,
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
 * Where a method returns a promise, what it is said to throw is what the promise
 * rejects with. Reading may also fail with any error of the reader or its source.
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
  #settings: PartSettings;
  /** Made when it is first needed: a field that is at hand is read without. */
  #madeAccess: BodyAccess | undefined;
  #isTaken = false;
  #pieces: PieceDecoder | undefined;
  #path: readonly number[] | undefined;

  /** Parts are made by a {@linkcode MultipartReader}. */
  constructor(head: PartHead, body: PartBody, settings: PartSettings) {
    this.#head = head;
    this.#body = body;
    this.#settings = settings;
  }

  /**
   * Bounds the body of a part that nobody has read from yet, whoever reads or
   * skips it: `part-too-large` over `maxBytes`. For `readForm`, since users have
   * the type of this class alone.
   */
  static bound(part: PartReader, maxBytes: number): void {
    const partBytes = Math.min(maxBytes, part.#settings.partBytes);
    // What comes out of a decoder is bounded too.
    part.#settings = { ...part.#settings, partBytes };
    part.#body.bound(maxBytes, part.name);
  }

  /**
   * The text of a part that nobody has read from yet, if it is at hand and within
   * `maxBytes`; `undefined` otherwise. For what reads whole forms.
   */
  static textAtHand(part: PartReader, maxBytes: number): string | undefined {
    const bytes = part.#takeAtHand({ maxBytes });
    return bytes && part.#charsetFor(undefined).of(bytes);
  }

  get #access(): BodyAccess {
    return this.#madeAccess ??= new BodyAccess(
      this.#body,
      this.#head,
      this.#settings,
      this.#isTaken,
    );
  }

  /** The part's place in its multipart, from 0. */
  get index(): number {
    return this.#head.index;
  }

  /** The indexes that lead to this part from the outermost multipart: `[0, 2]`. */
  get path(): readonly number[] {
    return this.#path ??= [...this.#settings.path, this.index];
  }

  /**
   * The part's header fields. Values are byte strings, one character a byte, as
   * in the Fetch Standard; fields of one name are joined with a comma.
   */
  get headers(): Headers {
    return this.#head.headers;
  }

  /**
   * The field's name: the `name` of Content-Disposition, read as UTF-8, or
   * `undefined` if there is none.
   */
  get name(): string | undefined {
    return this.#head.name;
  }

  /**
   * The file's name as the peer sent it, read as UTF-8: `""` if it is empty,
   * `undefined` if there is none. **Do not use it as a path.** It may be
   * `../../etc/passwd` or `C:\Windows\x`: pass it through
   * {@linkcode sanitizeFilename}, or store the file under a name of your own.
   */
  get filename(): string | undefined {
    return this.#head.filename;
  }

  /** Content-Type as it was sent, or `undefined` if there is none. */
  get contentType(): string | undefined {
    return this.#head.contentType;
  }

  /**
   * The media type in lower case, without parameters. Without a valid
   * Content-Type it is `text/plain`, in a multipart/digest `message/rfc822`
   * (RFC 2046, section 5.1.5). It is what the peer claims: to find out what a
   * body is, {@linkcode PartReader.peek} at it.
   */
  get mediaType(): string {
    return this.#head.mediaType;
  }

  /** The `charset` of Content-Type in lower case, or `undefined` if there is none. */
  get charset(): string | undefined {
    return this.#head.charset;
  }

  /**
   * Content-Length in bytes, or `undefined` unless exactly one was sent and is
   * all digits. It is what the peer claims: do not allocate memory by it.
   */
  get contentLength(): number | undefined {
    return this.#head.contentLength;
  }

  /** Content-ID without its angle brackets (RFC 2392), or `undefined` if there is none. */
  get contentId(): string | undefined {
    return this.#head.contentId;
  }

  /**
   * Content-Range, parsed (RFC 9110, section 14.4), or `undefined` if there is
   * none or it is malformed.
   */
  get contentRange(): ContentRange | undefined {
    return this.#head.contentRange;
  }

  /** Content-Transfer-Encoding in lower case, or `undefined` if there is none. */
  get transferEncoding(): string | undefined {
    return this.#head.transferEncoding;
  }

  /** Content-Encoding in lower case, or `undefined` if there is none. */
  get contentEncoding(): string | undefined {
    return this.#head.contentEncoding;
  }

  /** Whether the part has a filename; an empty one counts. */
  get isFile(): boolean {
    return this.#head.isFile;
  }

  /** Whether the media type is a multipart: read it with {@linkcode PartReader.parts}. */
  get isMultipart(): boolean {
    return this.#head.isMultipart;
  }

  /** Whether the last byte of the body has been read or skipped. */
  get done(): boolean {
    return this.#access.isDone;
  }

  /** Whether any of the body has been read, or a stream of it has been made. */
  get bodyUsed(): boolean {
    return this.#access.isUsed;
  }

  /**
   * The body as a stream, made when it is first asked for. It reads nothing
   * ahead. Cancelling it leaves the rest of the part to be skipped.
   *
   * Its chunks are views of the source's, not copies: a chunk is valid until the
   * next one is read, and must not be transferred, since the parser finds the
   * next parts in its buffer. What keeps chunks, or transfers them, as a BYOB
   * reader does, needs `stream({ type: "bytes" })`, which copies.
   */
  get body(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#access.stream();
  }

  /**
   * The body as a stream, decoded or not, or as a byte stream. What
   * {@linkcode PartReader.body} says of its chunks holds for these.
   *
   * @throws {TypeError} If there is a stream that decodes otherwise, or if this
   * runtime has no byte streams.
   */
  stream(
    { type, decode }: PartStreamOptions = {},
  ): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#access.stream(type, decode);
  }

  /**
   * The text as it decodes, in the charset that {@linkcode PartReader.text} would
   * use. It takes the whole body, which no one else can read meanwhile;
   * cancelling it leaves the rest to be skipped.
   *
   * @throws {MultipartError} `unsupported-charset`.
   * @throws {TypeError} As {@linkcode PartReader.bytes}.
   */
  textStream(
    { charset, decode }: PartTextStreamOptions = {},
  ): ReadableStream<string> {
    const text = new TextPieces(this.#charsetFor(charset));
    const access = this.#access;
    const reads = access.readAll((chunk) => text.decode(chunk), decode);
    return new ReadableStream({
      async pull(controller) {
        let piece: string | undefined;
        // The bytes of a chunk may be a part of one character.
        while (piece === undefined || (piece === "" && !text.isOver)) {
          piece = await reads.next();
        }
        if (piece !== "") controller.enqueue(piece);
        if (text.isOver) controller.close();
      },
      cancel: () => access.release(),
    }, { highWaterMark: 0 });
  }

  /**
   * Up to `size` bytes from the start of the body, or from where it was read to,
   * which stay to be read: to tell a type by its first bytes. Calls queue.
   *
   * @returns A copy, which is shorter than `size` only if the body is.
   * @throws {RangeError} If `size` is not a whole number from 1 to 65536.
   * @throws {MultipartError} As {@linkcode PartReader.bytes}.
   */
  peek(
    size: number,
    { decode }: PartDecodeOptions = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.#access.queue.run(async () => {
      if (!(Number.isInteger(size) && size >= 1 && size <= MAX_PEEK)) {
        throw new RangeError(
          `Cannot peek at ${size} bytes: it is not a whole number from 1 to ${MAX_PEEK}`,
        );
      }
      return await this.#access.peek(size, decode);
    });
  }

  /**
   * Resolves when nothing more will be read of the body: it has been read or
   * skipped, the reader has moved on, or the reading has ended. Await it after
   * handing the part to other code; an error is told by the read that it ends.
   */
  get finished(): Promise<void> {
    return this.#access.finished;
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
  bytes(
    options: PartReadOptions = NO_OPTIONS,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.#collect(WHOLE_BYTES, options);
  }

  /**
   * The whole body, or what is left of it, as an `ArrayBuffer`. Throws what
   * {@linkcode PartReader.bytes} throws.
   */
  async arrayBuffer(options: PartReadOptions = {}): Promise<ArrayBuffer> {
    return (await this.bytes(options)).buffer;
  }

  /**
   * The whole body, or what is left of it, as text. Throws what
   * {@linkcode PartReader.bytes} throws.
   *
   * @param options How to read, or the charset alone: `text("latin1")`. It is a
   * label of the Encoding Standard. The default is the part's own charset, or
   * UTF-8; in a form it is UTF-8, as the Fetch Standard has it, unless the reader
   * was told `formCharset`.
   * @throws {MultipartError} `unsupported-charset`, if this runtime has no
   * decoder of that name: nothing has been read then.
   */
  text(options: string | PartTextOptions = NO_OPTIONS): Promise<string> {
    if (arguments.length > 1) {
      return Promise.reject(
        new TypeError(
          `Cannot read part ${this.index}: pass one object, { charset, maxBytes }`,
        ),
      );
    }
    const how = typeof options === "string" ? { charset: options } : options;
    try {
      return this.#collect(this.#charsetFor(how.charset), how);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * The whole body, parsed as JSON; an empty body is `null`. Throws what
   * {@linkcode PartReader.text} throws.
   *
   * @throws {MultipartError} `invalid-json`.
   */
  async json<T>(options: PartTextOptions = {}): Promise<T | null> {
    const text = await this.text(options);
    // RFC 8259, section 8.1, forbids a BOM, but some send one.
    const json = text.startsWith("\ufeff") ? text.slice(1) : text;
    if (json === "") return null;
    try {
      return JSON.parse(json);
    } catch (cause) {
      throw new MultipartError(
        "invalid-json",
        `Cannot read part ${this.index}: its body is not JSON`,
        { partIndex: this.index, cause },
      );
    }
  }

  /**
   * The whole body, parsed as application/x-www-form-urlencoded. Throws what
   * {@linkcode PartReader.text} throws.
   */
  async form(options: PartTextOptions = {}): Promise<URLSearchParams> {
    const text = await this.text(options);
    // The constructor takes a leading question mark for that of a URL.
    return new URLSearchParams(text.startsWith("?") ? `&${text}` : text);
  }

  /**
   * The whole body as a `Blob` of the part's media type. Throws what
   * {@linkcode PartReader.bytes} throws.
   */
  blob(options: PartReadOptions = {}): Promise<Blob> {
    const type = this.#head.blobType;
    return this.#collectPieces((pieces) => new Blob(pieces, { type }), options);
  }

  /**
   * The whole body as a `File`. Its name is the filename as
   * sent, or `""`; it was last modified at 0, since nothing better is known.
   */
  file(options: PartReadOptions = {}): Promise<File> {
    const { filename = "", blobType: type } = this.#head;
    return this.#collectPieces(
      (pieces) => new File(pieces, filename, { type, lastModified: 0 }),
      options,
    );
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
    return this.#access.queue.run(async () => {
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
    return this.#access.queue.run(() => {
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
      this.#settings,
    );
    return await this.#pieces.decode(bytes, this.#limitOf(options));
  }

  /**
   * The part's own parts, if it is a multipart.
   *
   * @param options What is not given is as in the reader of this part, but for
   * the profile, which is that of the part's own type, and the signal.
   * @throws {TypeError} If the part is not a multipart, or bytes of its body have
   * been read; `peek()` leaves them to be read.
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
    this.#access.assertUnused();
    const access = this.#access;
    return this.#settings.open(this, type, options, () => access.lend());
  }

  /** Reads and discards what is left of the body. */
  skip(): Promise<void> {
    return this.#access.skip();
  }

  #collectPieces<T>(
    make: (pieces: Uint8Array<ArrayBuffer>[]) => T,
    options: PartReadOptions,
  ): Promise<T> {
    return this.#collect({
      of: (bytes) => make([new Uint8Array(bytes)]),
      collector: () => new ByteCollector(make),
    }, options);
  }

  /** Reads what is left, and makes one thing of it. Calls queue. */
  #collect<T>(kind: WholeKind<T>, options: PartReadOptions): Promise<T> {
    try {
      const bytes = this.#takeAtHand(options);
      if (bytes !== undefined) return Promise.resolve(kind.of(bytes));
      const limit = this.#limitOf(options);
      const access = this.#access;
      return access.queue.run(() =>
        access.collect(kind.collector(), limit, options.decode)
      );
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * The whole body of a part that has not been touched, if it is at hand. That
   * it makes nothing else takes an eighth off the time of 20,000 fields on Node
   * 24, a fifth on Deno 2.9, and a tenth on Bun 1.4.
   */
  #takeAtHand(options: PartReadOptions): Uint8Array | undefined {
    if (this.#madeAccess !== undefined || this.#isTaken) return undefined;
    const { decode = this.#settings.decode } = options;
    if (decode && DecodedBody.concerns(this.#head)) return undefined;
    this.#body.assertOpen();
    const bytes = this.#body.takeAtHand(this.#maxBytesOf(options));
    this.#isTaken = bytes !== undefined;
    return bytes;
  }

  #limitOf(options: PartReadOptions): CollectLimit {
    return {
      maxBytes: this.#maxBytesOf(options),
      limitName: options.maxBytes === undefined ? "bufferedBytes" : "maxBytes",
      partIndex: this.index,
    };
  }

  #maxBytesOf({ maxBytes }: PartReadOptions): number {
    return maxBytes === undefined
      ? this.#settings.bufferedBytes
      : checkLimit("maxBytes", maxBytes);
  }

  #charsetFor(charset: string | undefined): Charset {
    const { usesCharset, keepsBom } = this.#settings;
    const own = usesCharset ? this.charset : undefined;
    const label = String(charset ?? own ?? this.#settings.charset);
    try {
      return Charset.named(label, keepsBom);
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
