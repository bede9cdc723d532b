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

/** What a part passes to the reader of its nested parts. */
export interface Nesting {
  /** The indexes from the outermost multipart down to the part. */
  readonly path: readonly number[];
  /** The decoded bytes of the multiparts around it so far. */
  readonly decodedTotal: DecodedTotal;
}

/** An opened source of a reader: a message's body, or a part's. */
export type OpenedSource = ChunkSource<Uint8Array> & Partial<PartSource>;

/**
 * A reader's checked options, with the media type parsed and all defaults
 * filled in.
 */
export class CheckedInit implements MultipartReaderInit {
  readonly mediaType: MediaType;
  readonly boundary: string;
  readonly profile: MultipartProfile;
  readonly rules: ProfileRules;
  readonly limits: ResolvedLimits;
  /** The original options, for nested multiparts. */
  readonly options: MultipartReaderOptions;
  /**
   * Opens the source, if it is not the one passed to the reader's constructor.
   */
  readonly open: (() => OpenedSource) | undefined;
  /** Where the multipart is nested, if it is a part of another. */
  readonly nesting: Nesting | undefined;

  /**
   * @throws {MultipartError} `invalid-boundary`.
   * @throws {TypeError} If the profile or the name of a limit is unknown, or
   * `signal` is not an `AbortSignal`.
   * @throws {RangeError} If a limit is not a whole number from 0, or
   * `Infinity`.
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
   * Checks the init for bytes without header fields.
   *
   * @param open Opens the source, if it is not the one passed to the reader.
   */
  static of(
    init: MultipartReaderInit,
    open?: () => OpenedSource,
  ): CheckedInit {
    if (init instanceof CheckedInit) return init;
    const mediaType = multipartTypeOf(init ?? {});
    // Without a type, the caller knows what the body is.
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
   * @param accept The default for the subtypes to accept.
   * @param open Opens the source, after all checks.
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
      // The part's head has the same bytes as the delimiters in its body.
      nesting === undefined ? boundary : utf8Boundary(boundary),
      options,
      open,
      nesting,
    );
  }
}
