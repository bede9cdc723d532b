import { checkBoundary } from "../wire/boundary.ts";
import { MultipartError } from "../wire/errors.ts";
import { type ResolvedLimits, resolveLimits } from "../wire/limits.ts";
import { formatMediaType, type MediaType } from "../wire/media_type.ts";
import { type MultipartSource, openSource } from "./body/byte_source.ts";
import { EventFeed } from "./body/event_feed.ts";
import { collectFormData, type FormDataOptions } from "./form_data.ts";
import { bodyOf, contentTypeOf, type MultipartMessage } from "./message.ts";
import {
  boundaryOf,
  multipartTypeOf,
  parameterMap,
  parseMultipartType,
} from "./multipart_type.ts";
import {
  type MultipartIteratorOptions,
  type MultipartReaderInit,
  type MultipartReaderOptions,
  nestedOptions,
} from "./options.ts";
import { NESTED } from "./parse/options.ts";
import { MultipartParser } from "./parse/parser.ts";
import { PartSequence } from "./part_sequence.ts";
import type { PartContext, PartReader } from "./part_reader.ts";
import {
  type MultipartProfile,
  profileOf,
  PROFILES,
} from "./parse/profiles.ts";

/**
 * Reads a multipart part by part, as its bytes come in.
 *
 * Memory is bounded whatever the peer sends. A part that you do not read is
 * skipped; a part that you read slowly makes the source wait. However the
 * reading ends, the source is let go of: at the end its lock is released, and
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

  readonly #options: MultipartReaderOptions;
  readonly #limits: ResolvedLimits;
  readonly #feed: EventFeed;
  readonly #parts: PartSequence;

  /**
   * Reads bytes that come without a header.
   *
   * @param source A stream, an iterable of chunks, a `Blob`, or the bytes.
   * @param init The boundary or the Content-Type, and how to read.
   * @throws {MultipartError} `invalid-boundary`, or `unsupported-media-type`.
   * @throws {TypeError} If the source is locked or none, if neither is given, or
   * if there is no such profile.
   * @throws {RangeError} If a limit is no number that can bound anything.
   */
  constructor(source: MultipartSource, init: MultipartReaderInit) {
    const mediaType = multipartTypeOf(init);
    this.mediaType = mediaType.essence;
    this.subtype = mediaType.subtype;
    this.boundary = init.boundary ?? boundaryOf(mediaType);
    this.parameters = parameterMap(mediaType);
    this.profile = init.profile ?? profileOf(mediaType.subtype);
    this.#options = init;

    const { limits, lineEndings, dashedBoundary, percentDecodeNames } = init;
    const parser = new MultipartParser({
      boundary: this.boundary,
      profile: this.profile,
      limits,
      lineEndings,
      dashedBoundary,
      percentDecodeNames,
      defaultMediaType: this.subtype === "digest"
        ? "message/rfc822"
        : "text/plain",
      ...(Object.hasOwn(init, NESTED) ? { [NESTED]: true } : undefined),
    });
    this.#limits = resolveLimits(limits, PROFILES[this.profile].limits);
    this.#feed = new EventFeed(parser, openSource(source), init.signal);
    const isForm = this.profile === "form-data";
    const { decode, formCharset = false } = init;
    const context: PartContext = {
      path: [],
      bufferedBytes: this.#limits.bufferedBytes,
      partBytes: this.#limits.partBytes,
      decode: decode ?? PROFILES[this.profile].decode,
      usesCharset: !isForm || formCharset,
      charset: "utf-8",
      keepsMark: isForm,
      open: (part, type, options) => this.#open(part, type, options),
    };
    this.#parts = new PartSequence(this.#feed, context, formCharset);
  }

  /**
   * Reads a request's or a response's body.
   *
   * @param message A `Request`, a `Response`, Node's `IncomingMessage`, or
   * anything with `headers` and a body.
   * @param options How to read.
   * @throws {MultipartError} `unsupported-media-type` without a multipart
   * Content-Type; `invalid-boundary` without one boundary that can be used.
   * @throws {TypeError} If there is no body, or it has been used, or is locked.
   * @throws {RangeError} If a limit is no number that can bound anything.
   */
  static from(
    message: MultipartMessage,
    options: MultipartReaderOptions = {},
  ): MultipartReader {
    // The header comes first: a peer that sends no multipart at all is answered
    // as such, whatever its body.
    const contentType = contentTypeOf(message);
    checkBoundary(boundaryOf(parseMultipartType(contentType)));
    return new MultipartReader(bodyOf(message), {
      ...options,
      contentType,
      boundary: undefined,
    });
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
   * The leaves of the tree of parts, depth first: a part that is a multipart is
   * replaced by its own parts. `path` says where each stands. A multipart without
   * a boundary that can be used is a leaf itself, and one that is not closed ends
   * where its part does.
   *
   * @throws What {@linkcode MultipartReader.next} and `PartReader.parts` throw.
   */
  async *walk(): AsyncGenerator<PartReader, void, undefined> {
    for await (const part of this) {
      const inner = part.isMultipart ? openIfBounded(part) : undefined;
      if (inner === undefined) yield part;
      else yield* inner.walk();
    }
  }

  /**
   * The whole form as the platform's `FormData`.
   *
   * Files are held in memory, within `limits.bufferedBytes` for the form as a
   * whole, unless `options.file` takes them.
   *
   * @throws {MultipartError} `part-too-large` over the limit;
   * `invalid-disposition` for a part without a name.
   * @throws {TypeError} If a part has been asked for before: it would be missing.
   */
  async formData(options: FormDataOptions = {}): Promise<FormData> {
    this.#feed.throwIfFailed();
    if (this.#parts.hasBegun) {
      throw new TypeError(
        "Cannot make a form: parts have been read from it already",
      );
    }
    const form = await collectFormData(
      this,
      this.#limits.bufferedBytes,
      options,
    );
    // A reader that was cancelled has no more parts, but that makes no form.
    this.#feed.throwIfFailed();
    return form;
  }

  #open(
    part: PartReader,
    type: MediaType,
    options: MultipartReaderOptions,
  ): MultipartReader {
    const { depth } = this.#limits;
    if (part.path.length > depth) {
      throw new MultipartError(
        "too-deep",
        `Cannot read the parts of part ${part.index}: they are nested deeper than ${depth}`,
        { partIndex: part.index },
      );
    }
    const init = {
      ...nestedOptions(this.#options, options),
      // Of several types, that which `mediaType` shows.
      contentType: formatMediaType(type),
      boundary: undefined,
      [NESTED]: true,
    };
    const reader = new MultipartReader(part, init);
    reader.#parts.context = { ...reader.#parts.context, path: part.path };
    return reader;
  }
}

/** A part's own parts, or `undefined` if it has no boundary that can be used. */
function openIfBounded(part: PartReader): MultipartReader | undefined {
  try {
    return part.parts();
  } catch (error) {
    const isUnbounded = error instanceof MultipartError &&
      error.code === "invalid-boundary";
    if (isUnbounded) return undefined;
    throw error;
  }
}
