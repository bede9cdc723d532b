import { randomBoundary } from "../wire/boundary.ts";
import { assertText, printable } from "../wire/errors.ts";
import { checkHeaderField } from "../wire/header_block.ts";
import { isToken } from "../wire/parameters.ts";
import type { Body } from "./part/body_plan.ts";
import type { MultipartWriterOptions, PartInit } from "./options.ts";
import { PartDraft } from "./part_draft.ts";
import type { EnclosingMultipart } from "./part_fields.ts";
import {
  checkWrittenBoundary,
  formatMultipartType,
} from "./part/serializer.ts";

/** What all parts of a multipart have in common. */
export class Container implements EnclosingMultipart {
  readonly boundary: string;
  readonly contentType: string;
  readonly isForm: boolean;
  readonly typeByExtension: EnclosingMultipart["typeByExtension"];

  /**
   * Checks the caller's options.
   *
   * @throws {TypeError} If the subtype is not a token, or the boundary or a
   * parameter cannot be written.
   */
  constructor(subtype: string, options: MultipartWriterOptions) {
    // null means no options, as on the platform.
    const { boundary, parameters, typeByExtension } = options ?? {};
    assertText(subtype, "the subtype");
    if (!isToken(subtype)) {
      throw new TypeError(
        `Cannot write multipart/${printable(subtype)}: it is not a token`,
      );
    }
    for (const [name, value] of Object.entries(parameters ?? {})) {
      checkHeaderField(name, value);
      // By RFC 2231 readers would take these for the boundary too.
      if (/^boundary(\*|$)/i.test(name)) {
        throw new TypeError(
          `Cannot set parameter ${name}: pass the option boundary`,
        );
      }
    }
    this.boundary = boundary === undefined
      ? randomBoundary()
      : checkWrittenBoundary(boundary);
    const lowerCase = subtype.toLowerCase();
    this.contentType = formatMultipartType(
      lowerCase,
      this.boundary,
      parameters ?? {},
    );
    this.isForm = lowerCase === "form-data";
    this.typeByExtension = typeByExtension;
  }

  /**
   * Creates the part at this index.
   *
   * @throws {TypeError} If the body is in use, or a field cannot be written.
   * @throws {RangeError} If `size` is not a valid size, or not the body's.
   */
  makePart(
    body: Body,
    init: PartInit | null,
    index: number,
  ): PartDraft {
    init ??= {};
    if (typeof init !== "object") {
      throw new TypeError(
        `Cannot append part ${index}: its init is not an object. Call append(body, { name })`,
      );
    }
    const planned = body.plan([this.boundary]);
    const problem = planned.problem?.();
    if (problem !== undefined) {
      throw new TypeError(`Cannot append part ${index}: ${problem}`);
    }
    return new PartDraft(body, planned, init, index, this);
  }
}
