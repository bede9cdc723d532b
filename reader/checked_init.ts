import { assertSignal } from "../wire/abort_signal.ts";
import { checkBoundary } from "../wire/boundary.ts";
import type { ChunkSource } from "../wire/chunk_source.ts";
import {
  assertNoStrayLimits,
  type ResolvedLimits,
  resolveLimits,
} from "../wire/limits.ts";
import type { MediaType } from "../wire/media_type.ts";
import type { PartSource } from "./body/body_access.ts";
import type { DecodedTotal } from "./body/decoded_total.ts";
import {
  assertAccepted,
  boundaryOf,
  multipartTypeOf,
  utf8Boundary,
} from "./multipart_type.ts";
import type { MultipartReaderInit, MultipartReaderOptions } from "./options.ts";
import {
  type MultipartProfile,
  profileOf,
  type ProfileRules,
  rulesOf,
} from "./parse/profiles.ts";

/** What a part tells the reader of its own parts. */
export interface Nesting {
  /** The indexes that lead to the part from the outermost multipart. */
  readonly path: readonly number[];
  /** What the multiparts around it have decoded so far. */
  readonly decodedTotal: DecodedTotal;
}

/** What a reader reads from: a message's body, or a part's. */
export type OpenedSource = ChunkSource<Uint8Array> & Partial<PartSource>;

/**
 * What a reader is made with, checked once: the media type is parsed, and every
 * default is filled in.
 */
export class CheckedInit implements MultipartReaderInit {
  readonly mediaType: MediaType;
  readonly boundary: string;
  readonly profile: MultipartProfile;
  readonly rules: ProfileRules;
  readonly limits: ResolvedLimits;
  /** The options as they were given, for the multiparts within this one. */
  readonly options: MultipartReaderOptions;
  /** Opens the source, if it is another than the constructor is given. */
  readonly open: (() => OpenedSource) | undefined;
  /** Where the multipart stands, if it is a part of another. */
  readonly nesting: Nesting | undefined;

  /**
   * @throws {MultipartError} `invalid-boundary`.
   * @throws {TypeError} If the profile or the name of a limit is unknown, or
   * `signal` is not an `AbortSignal`.
   * @throws {RangeError} If a limit is not a number that can bound anything.
   */
  constructor(
    mediaType: MediaType,
    boundary: string,
    options: MultipartReaderOptions,
    open?: () => OpenedSource,
    nesting?: Nesting,
  ) {
    const { profile, lineEndings, dashedBoundary } = options;
    this.mediaType = mediaType;
    this.profile = profile ?? profileOf(mediaType.subtype);
    this.rules = rulesOf(
      this.profile,
      lineEndings,
      dashedBoundary,
      nesting !== undefined,
    );
    this.boundary = checkBoundary(boundary);
    assertNoStrayLimits(options);
    assertSignal(options.signal);
    this.limits = resolveLimits(options.limits, this.rules.limits);
    this.options = options;
    this.open = open;
    this.nesting = nesting;
  }

  /**
   * Checks what was given for bytes without a header.
   *
   * @param open Opens the source, if it is not what the reader is given.
   */
  static of(
    init: MultipartReaderInit,
    open?: () => OpenedSource,
  ): CheckedInit {
    if (init instanceof CheckedInit) return init;
    const mediaType = multipartTypeOf(init ?? {});
    // Of a type that is not told the caller knows what it is.
    if (init.contentType !== undefined) {
      assertAccepted(mediaType, init.accept ?? "*");
    }
    return new CheckedInit(
      mediaType,
      init.boundary ?? boundaryOf(mediaType),
      init,
      open,
    );
  }

  /**
   * Checks the options for bytes whose media type is known.
   *
   * @param accept The subtypes that are taken, if the options do not say.
   * @param open Opens the source, once all has been checked.
   */
  static ofType(
    mediaType: MediaType,
    options: MultipartReaderOptions,
    accept: string,
    open: () => OpenedSource,
    nesting?: Nesting,
  ): CheckedInit {
    assertAccepted(mediaType, options.accept ?? accept);
    const boundary = boundaryOf(mediaType);
    return new CheckedInit(
      mediaType,
      // Its bytes stand in the part's head as they do in its body.
      nesting === undefined ? boundary : utf8Boundary(boundary),
      options,
      open,
      nesting,
    );
  }
}
