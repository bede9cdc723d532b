import { excerpt, MultipartError } from "../wire/errors.ts";
import type { MediaType } from "../wire/media_type.ts";
import type { PartSource } from "./body/body_access.ts";
import { DecodedTotal } from "./body/decoded_total.ts";
import { EventFeed } from "./body/event_feed.ts";
import { type MultipartSource, openSource } from "./body/multipart_source.ts";
import { CheckedInit, type OpenedSource } from "./checked_init.ts";
import { collectFormData, type FormDataOptions } from "./form_data.ts";
import {
  contentTypeOf,
  isResponse,
  type MultipartMessage,
  openMessage,
} from "./message.ts";
import {
  parameterMap,
  parseMultipartType,
  requireMultipart,
} from "./multipart_type.ts";
import {
  type MultipartIteratorOptions,
  type MultipartReaderInit,
  type MultipartReaderOptions,
  nestedOptions,
} from "./options.ts";
import { ParserStates } from "./parse/parser_states.ts";
import type { MultipartProfile } from "./parse/profiles.ts";
import { PartReader, type PartSettings } from "./part_reader.ts";
import { PartSequence } from "./part_sequence.ts";
import { PartWalk } from "./part_walk.ts";

/**
 * Reads a multipart part by part, as it arrives.
 *
 * Memory is bounded whatever the peer sends. A part that you do not read is
 * skipped; a part that you read slowly makes the source wait. The source is
 * always released: at the end its lock is released; leaving the loop, an error,
 * an abort or `cancel()` cancels it.
 *
 * @example Read a form with a file
 * ```ts
 * import { MultipartReader } from "@tributary/multipart";
 *
 * const form = new FormData();
 * form.append("title", "River");
 * form.append("map", new File(["<svg/>"], "map.svg", { type: "image/svg+xml" }));
 * const request = new Request("http://localhost/", { method: "POST", body: form });
 *
 * for await (const part of MultipartReader.from(request)) {
 *   if (part.filename === undefined) console.log(part.name, await part.text());
 *   else for await (const chunk of part) console.log(part.filename, chunk.length);
 * }
 * ```
 */
export class MultipartReader
  implements AsyncIterableIterator<PartReader>, AsyncDisposable {
  /** The media type without parameters, in lower case: `multipart/form-data`. */
  readonly mediaType: string;
  /** The media type after `multipart/`, in lower case. */
  readonly subtype: string;
  /** The boundary, without the two dashes that begin a delimiter line. */
  readonly boundary: string;
  /**
   * Content-Type's parameters, with names in lower case; of duplicates, the
   * first.
   */
  readonly parameters: ReadonlyMap<string, string>;
  /** The rules by which the multipart is read. */
  readonly profile: MultipartProfile;

  readonly #init: CheckedInit;
  readonly #feed: EventFeed;
  readonly #parts: PartSequence<PartReader>;
  #settings: PartSettings;

  /**
   * Creates a reader for bytes without header fields.
   *
   * @param source A stream, an iterable of chunks, a `Blob`, or bytes.
   * @param init The boundary or the Content-Type, and how to read.
   * @throws {MultipartError} `invalid-boundary`, or `unsupported-media-type`.
   * @throws {TypeError} If the source is missing or locked, if neither a
   * boundary nor a Content-Type is given, or if the profile is unknown.
   * @throws {RangeError} If a limit is not a whole number from 0, or
   * `Infinity`.
   */
  constructor(source: MultipartSource, init: MultipartReaderInit) {
    const checked = CheckedInit.of(init);
    const { mediaType, options, rules, limits } = checked;
    const { essence, subtype } = mediaType;
    this.mediaType = essence;
    this.subtype = subtype;
    this.boundary = checked.boundary;
    this.parameters = parameterMap(mediaType);
    this.profile = checked.profile;
    this.#init = checked;

    const isForm = this.profile === "form-data";
    const { formCharset = false } = options;
    const parser = new ParserStates(
      this.boundary,
      rules,
      limits,
      {
        isForm,
        defaultMediaType: subtype === "digest"
          ? "message/rfc822"
          : "text/plain",
        percentDecodeNames: options.percentDecodeNames ?? false,
      },
    );
    const { nesting } = checked;
    const opened: OpenedSource = checked.open?.() ?? openSource(source);
    this.#feed = new EventFeed(
      parser,
      opened,
      options.signal,
      opened.assertOpen,
    );
    opened.onEnd?.(() => this.#feed.endPart());
    this.#settings = {
      path: nesting?.path ?? [],
      bufferedBytes: limits.bufferedBytes,
      partBytes: limits.partBytes,
      decodedTotal: new DecodedTotal(limits.totalBytes, nesting?.decodedTotal),
      decode: options.decode ?? !isForm,
      usesCharset: !isForm || formCharset,
      charset: "utf-8",
      keepsBom: isForm,
      open: (part, type, options, lend) =>
        this.#open(part, type, options, lend),
    };
    this.#parts = new PartSequence(
      this.#feed,
      (head, body) => new PartReader(head, body, this.#settings),
      formCharset ? (charset) => this.#useCharset(charset) : undefined,
    );
  }

  /**
   * Creates a reader for the body of a request or a response.
   *
   * A request must be a form, unless `options.accept` names other multiparts:
   * the client must not choose the rules by which a server reads. A response,
   * or anything with a numeric `status` or `statusCode`, may be any multipart.
   *
   * Nothing is read before the first part is requested, except that a request
   * with a Content-Length of at most 64 KiB is read whole where that is faster.
   *
   * @param message A `Request`, a `Response`, Node's `IncomingMessage`, or
   * anything with `headers` and a body.
   * @param options How to read.
   * @throws {MultipartError} `unsupported-media-type` if Content-Type is not an
   * accepted multipart; `invalid-boundary` if it does not have exactly one
   * valid boundary; `truncated` if the body is `null`.
   * @throws {TypeError} If the body has been used or is locked, or if a limit
   * is unknown.
   * @throws {RangeError} If a limit is not a whole number from 0, or
   * `Infinity`.
   */
  static from(
    message: MultipartMessage,
    options: MultipartReaderOptions = {},
  ): MultipartReader {
    // Content-Type is checked first: if it is not a multipart, that is the
    // error, whatever the body.
    const type = parseMultipartType(contentTypeOf(message));
    const accept = isResponse(message) ? "*" : "form-data";
    const open = () => openMessage(message);
    const init = CheckedInit.ofType(type, options, accept, open);
    return new MultipartReader([], init);
  }

  /** Bytes taken from the source so far, for a progress bar. */
  get bytesRead(): number {
    return this.#feed.bytesRead;
  }

  /** The number of parts begun so far. */
  get partsRead(): number {
    return this.#parts.partsRead;
  }

  /** Whether all parts have been read, or the reader was cancelled. */
  get done(): boolean {
    return this.#parts.isDone;
  }

  /**
   * Returns the next part, after skipping the rest of the current one. Calls
   * queue.
   *
   * @throws {MultipartError} If the input is malformed or exceeds a limit;
   * every later call rejects with the same error.
   */
  next(): Promise<IteratorResult<PartReader, undefined>> {
    return this.#parts.next();
  }

  /**
   * Cancels the source. A `for await` loop calls this when it is left early:
   * the rest of the body is not wanted then.
   */
  async return(): Promise<IteratorResult<PartReader, undefined>> {
    await this.cancel();
    return { done: true, value: undefined };
  }

  /**
   * Stops reading: cancels the source, and settles pending calls.
   *
   * @param reason The reason to pass to the source.
   */
  async cancel(reason?: unknown): Promise<void> {
    await this.#parts.cancel(reason);
  }

  /** The reader itself: one input can be iterated once. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The same as {@linkcode MultipartReader.cancel}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.cancel();
  }

  /**
   * Iterates over the parts, optionally without cancelling the source when the
   * loop is left.
   */
  values(
    { preventCancel = false }: MultipartIteratorOptions = {},
  ): AsyncIterableIterator<PartReader, undefined> {
    if (!preventCancel) return this;
    let left = false;
    return {
      next: () =>
        left ? Promise.resolve({ done: true, value: undefined }) : this.next(),
      return: () => {
        left = true;
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /**
   * Returns the root of a multipart/related: the part whose Content-ID is the
   * parameter `start`, or the first part (RFC 2387, section 3.2). Parts before
   * it are skipped; those after it are read as usual.
   *
   * @throws {MultipartError} `missing-part` if there is no such part, and
   * everything that {@linkcode MultipartReader.next} throws.
   * @throws {TypeError} If it is not a multipart/related, or if a part has been
   * requested before, which may have been the root.
   *
   * @example Read a document and what it refers to
   * ```ts
   * import { MultipartReader, MultipartWriter } from "@tributary/multipart";
   *
   * const parameters = { type: "text/html", start: "<page>" };
   * const writer = new MultipartWriter("related", { parameters });
   * writer.append('<img src="cid:dot">', { type: "text/html", contentId: "page" });
   * writer.append(new Uint8Array(1), { type: "image/png", contentId: "dot" });
   *
   * const reader = MultipartReader.from(writer.toResponse());
   * const root = await reader.root();
   * if (await root.text() !== '<img src="cid:dot">') throw new Error();
   * for await (const { contentId } of reader) {
   *   if (contentId !== "dot") throw new Error(contentId);
   * }
   * ```
   */
  async root(): Promise<PartReader> {
    if (this.subtype !== "related") {
      throw new TypeError(
        `Cannot find a root: the body is ${
          excerpt(this.mediaType)
        }, and only multipart/related has one`,
      );
    }
    if (this.#parts.hasBegun) {
      throw new TypeError(
        "Cannot find the root: a part has been requested already. Call root() first",
      );
    }
    const start = this.parameters.get("start")?.replace(/^<([^]*)>$/, "$1");
    for (;;) {
      const { value: part } = await this.next();
      if (part === undefined) {
        const which = start === undefined ? "part" : `part ${excerpt(start)}`;
        throw new MultipartError(
          "missing-part",
          `Cannot find the root: the body has no ${which}`,
        );
      }
      if (start === undefined || part.contentId === start) return part;
    }
  }

  /**
   * Iterates over the leaves of the tree of parts, depth first: a multipart is
   * replaced by its own parts, unless it has no usable boundary. `path` is the
   * position of each. Ending the walk cancels the source at once, even while a
   * part is pending.
   *
   * @throws Everything that {@linkcode MultipartReader.next} and
   * `PartReader.parts` throw.
   */
  walk(): AsyncGenerator<PartReader, void, undefined> {
    return new PartWalk<PartReader>(this);
  }

  /**
   * Reads the whole form as the platform's `FormData`.
   *
   * Files are held in memory, within `limits.bufferedBytes` for the whole form,
   * unless `options.file` handles them.
   *
   * @throws {MultipartError} `part-too-large` over the limit;
   * `unsupported-media-type` if the profile is not `form-data`.
   * @throws {TypeError} If a part has been requested before, which would be
   * missing.
   */
  async formData(options: FormDataOptions = {}): Promise<FormData> {
    this.#feed.throwIfFailed();
    if (this.profile !== "form-data") {
      const error = new MultipartError(
        "unsupported-media-type",
        `Cannot make a form: the body is ${
          excerpt(this.mediaType).slice(1, -1)
        }, not multipart/form-data`,
      );
      this.cancel(error).catch(() => {});
      throw error;
    }
    if (this.#parts.hasBegun) {
      throw new TypeError(
        "Cannot make a form: parts have been read from it already",
      );
    }
    const form = await collectFormData(
      this,
      this.#init.limits.bufferedBytes,
      options,
    );
    // A cancelled reader has no more parts, but that is not a complete form.
    this.#feed.throwIfFailed();
    return form;
  }

  #useCharset(charset: string): void {
    this.#settings = { ...this.#settings, charset };
  }

  #open(
    part: PartReader,
    type: MediaType,
    options: MultipartReaderOptions,
    lend: () => PartSource,
  ): MultipartReader {
    const { depth } = this.#init.limits;
    if (part.path.length > depth) {
      throw new MultipartError(
        "too-deep",
        `Cannot read the parts of part ${part.index}: they are nested deeper than ${depth}`,
        { partIndex: part.index, limit: "depth" },
      );
    }
    const init = CheckedInit.ofType(
      requireMultipart(type, part.contentType),
      nestedOptions(this.#init.options, options),
      "*",
      lend,
      { path: part.path, decodedTotal: this.#settings.decodedTotal },
    );
    return new MultipartReader([], init);
  }
}
