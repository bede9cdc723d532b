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
 * Reads a multipart part by part, as its bytes come in.
 *
 * Memory is bounded whatever the peer sends. A part that you do not read is
 * skipped; a part that you read slowly makes the source wait. However the
 * reading ends, the source is released: at the end its lock is released, and
 * leaving the loop, an error, an abort, or `cancel()` cancels it.
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
  /** What stands behind `multipart/`, in lower case. */
  readonly subtype: string;
  /** The boundary, without the two dashes that begin a delimiter line. */
  readonly boundary: string;
  /** Content-Type's parameters, their names in lower case; of a doubled one, the first. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Which rules hold. */
  readonly profile: MultipartProfile;

  readonly #init: CheckedInit;
  readonly #feed: EventFeed;
  readonly #parts: PartSequence<PartReader>;
  #settings: PartSettings;

  /**
   * Reads bytes that come without a header.
   *
   * @param source A stream, an iterable of chunks, a `Blob`, or the bytes.
   * @param init The boundary or the Content-Type, and how to read.
   * @throws {MultipartError} `invalid-boundary`, or `unsupported-media-type`.
   * @throws {TypeError} If the source is missing or locked, if neither is given,
   * or if the profile is unknown.
   * @throws {RangeError} If a limit is not a number that can bound anything.
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
   * Reads a request's or a response's body.
   *
   * A request has to be a form, unless `options.accept` names other multiparts:
   * the client must not choose by which rules a server reads. A response, or
   * anything with a numeric `status` or `statusCode`, may be any multipart.
   *
   * Nothing is read before the first part is asked for, except that a request of
   * at most 64 KiB, as its Content-Length says, is read whole where the platform
   * does that faster.
   *
   * @param message A `Request`, a `Response`, Node's `IncomingMessage`, or
   * anything with `headers` and a body.
   * @param options How to read.
   * @throws {MultipartError} `unsupported-media-type` without a multipart
   * Content-Type that is accepted; `invalid-boundary` without one boundary that
   * can be used; `truncated` if the body is `null`.
   * @throws {TypeError} If the body has been used, or is locked, or if there is
   * no limit of a name that was given.
   * @throws {RangeError} If a limit is not a number that can bound anything.
   */
  static from(
    message: MultipartMessage,
    options: MultipartReaderOptions = {},
  ): MultipartReader {
    // The header comes first: a peer that does not send a multipart is answered
    // as such, whatever its body.
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

  /** Parts begun so far. */
  get partsRead(): number {
    return this.#parts.partsRead;
  }

  /** Whether all parts have been read, or the reading was cancelled. */
  get done(): boolean {
    return this.#parts.isDone;
  }

  /**
   * The next part, when what is left of the one before has been skipped. Calls
   * queue.
   *
   * @throws {MultipartError} If the input is malformed or goes over a limit;
   * every later call rejects with the same error.
   */
  next(): Promise<IteratorResult<PartReader, undefined>> {
    return this.#parts.next();
  }

  /** Cancels the source, as leaving a `for await` loop does. */
  async return(): Promise<IteratorResult<PartReader, undefined>> {
    await this.cancel();
    return { done: true, value: undefined };
  }

  /**
   * Ends the reading: cancels the source, and settles what is pending.
   *
   * @param reason What the source is told.
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
   * Iterates the parts, and on request leaves the source open when the loop is
   * left.
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
   * The root of a multipart/related, which the others belong to: the part whose
   * Content-ID the parameter `start` names, or the first part (RFC 2387, section
   * 3.2). Parts before it are skipped; those after it are read as usual.
   *
   * @throws {MultipartError} `missing-part` if the multipart lacks that part, and what
   * {@linkcode MultipartReader.next} throws.
   * @throws {TypeError} If it is not a multipart/related, or if a part has been
   * asked for before: that may have been the root.
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
        "Cannot find the root: a part has been asked for. Call root() first",
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
   * The leaves of the tree of parts, depth first: a part that is a multipart is
   * replaced by its own parts, unless it has no usable boundary. `path` says
   * where each stands. Ending the walk cancels the source, at once even while a
   * part is awaited.
   *
   * @throws What {@linkcode MultipartReader.next} and `PartReader.parts` throw.
   */
  walk(): AsyncGenerator<PartReader, void, undefined> {
    return new PartWalk<PartReader>(this);
  }

  /**
   * The whole form as the platform's `FormData`.
   *
   * Files are held in memory, within `limits.bufferedBytes` for the form as a
   * whole, unless `options.file` takes them.
   *
   * @throws {MultipartError} `part-too-large` over the limit;
   * `unsupported-media-type` if the body is not read as a form.
   * @throws {TypeError} If a part has been asked for before: it would be missing.
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
    // A reader that was cancelled has no more parts, but they are not a form.
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
