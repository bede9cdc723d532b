import { randomBoundary } from "../wire/boundary.ts";
import { assertText, printable } from "../wire/errors.ts";
import { checkHeaderField } from "../wire/header_block.ts";
import { isToken } from "../wire/parameters.ts";
import type { MultipartBody } from "./body.ts";
import { describeBody } from "./describe_body.ts";
import { PartContent } from "./part_content.ts";
import type { PartInit, PartPlace } from "./part_fields.ts";
import { checkWrittenBoundary, formatMultipartType } from "./serializer.ts";

/**
 * How a multipart is made, whoever writes it.
 *
 * @example Name the root of a multipart/related
 * ```ts
 * import { MultipartWriter, type MultipartWriterOptions } from "@tributary/multipart";
 *
 * const options: MultipartWriterOptions = {
 *   boundary: "b",
 *   parameters: { type: "text/html" },
 * };
 * const { contentType } = new MultipartWriter("related", options);
 * if (contentType !== 'multipart/related; boundary=b; type="text/html"') {
 *   throw new Error(contentType);
 * }
 * ```
 */
export interface MultipartWriterOptions {
  /**
   * The text of its delimiters: what RFC 2046, section 5.1.1, allows.
   *
   * @default {randomBoundary()} 136 random bits that nobody can guess
   */
  boundary?: string;
  /** More parameters of Content-Type, such as `type` in a multipart/related. */
  parameters?: Readonly<Record<string, string>>;
  /**
   * Gives the media type for the extension of a filename, without its dot, for
   * bodies that bring none; `typeByExtension` of `@std/media-types` fits.
   *
   * @default {undefined} extensions say nothing
   */
  typeByExtension?: (extension: string) => string | undefined;
}

/** What is common to all parts of a multipart. */
export class Container {
  readonly boundary: string;
  readonly contentType: string;
  readonly #around: readonly string[];
  readonly #place: PartPlace;

  /**
   * Checks what the caller gave.
   *
   * @throws {TypeError} If the subtype is no token, or the boundary or a
   * parameter cannot be written.
   */
  constructor(subtype: string, options: MultipartWriterOptions) {
    const { boundary, parameters = {}, typeByExtension } = options;
    assertText(subtype, "the subtype");
    if (!isToken(subtype)) {
      throw new TypeError(
        `Cannot write multipart/${printable(subtype)}: it is not a token`,
      );
    }
    for (const [name, value] of Object.entries(parameters)) {
      const [lowerCase] = checkHeaderField(name, value);
      // RFC 2231 would have a reader take these for the boundary, too.
      if (/^boundary(\*|$)/.test(lowerCase)) {
        throw new TypeError(
          `Cannot set parameter ${name}: boundary is an option of its own`,
        );
      }
    }
    this.boundary = boundary === undefined
      ? randomBoundary()
      : checkWrittenBoundary(boundary);
    this.contentType = formatMultipartType(
      subtype.toLowerCase(),
      this.boundary,
      parameters,
    );
    this.#around = [this.boundary];
    this.#place = {
      boundary: this.boundary,
      isForm: subtype.toLowerCase() === "form-data",
      typeByExtension,
    };
  }

  /**
   * Makes the part with this index.
   *
   * @throws {TypeError} If the body is none, or in use, or a field cannot be
   * written.
   * @throws {RangeError} If `size` is no size, or not the body's.
   */
  makePart(body: MultipartBody, init: PartInit, index: number): PartContent {
    if (typeof init !== "object" || init === null) {
      throw new TypeError(
        `Cannot append part ${index}: what is said of it is no object`,
      );
    }
    const described = describeBody(body, { index, name: undefined });
    const planned = described.plan(this.#around);
    const problem = planned.problem();
    if (problem !== undefined) {
      throw new TypeError(`Cannot append part ${index}: ${problem}`);
    }
    return new PartContent(described, planned, init, index, this.#place);
  }
}
