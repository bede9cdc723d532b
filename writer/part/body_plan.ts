/**
 * What is known of a body, and how it is written.
 *
 * @module
 */
import type { HeaderField } from "../../wire/header_block.ts";
import type { OpenedBody, PartLabel } from "./body_reader.ts";

/** A body, and what it brings for the fields of its part. */
export interface Body {
  /** The media type that it brings, if any. */
  readonly type?: string | undefined;
  /** The name that it brings, if any. */
  readonly filename?: string | undefined;
  /** Whether servers have to take it for a file in a form, and not for text. */
  readonly isFile?: boolean;
  /** The fields of a part that is forwarded. */
  readonly forwarded?: readonly HeaderField[];
  /**
   * What is to be written, if that is done now: from then on nothing that the
   * caller does to the parts of a multipart changes it.
   *
   * @param around The boundaries of the multiparts around it, outermost first.
   */
  plan(around: readonly string[]): BodyPlan;
}

/** A body as it is to be written. */
export interface BodyPlan {
  /** Bytes; `undefined` if that is not known. */
  readonly size?: number | undefined;
  /** What it reads that can be read just once, and so by one part alone. */
  readonly oneTimeSources?: readonly object[];
  /** Whether opening or reading it may take a while. */
  readonly isLive?: boolean;
  /** Why it cannot be opened now, if so. */
  problem?(): string | undefined;
  /** Opens it. */
  open(label: PartLabel): OpenedBody | Promise<OpenedBody>;
  /** The same for a Blob's constructor, where nothing has to be read for it. */
  segments?(): BlobPart[] | undefined;
}

/** The property by which a `MultipartWriter` says what it is as a body. */
const AS_BODY = /* @__PURE__ */ Symbol("as a body");

/** Makes `multipart` a body. */
export function setAsBody(multipart: object, body: Body): void {
  Object.defineProperty(multipart, AS_BODY, { value: body });
}

/** What `value` is as a body, if it is a `MultipartWriter`. */
export function asBody(value: object): Body | undefined {
  return Reflect.get(value, AS_BODY);
}

/** The media type of bytes of which nothing is known. */
export const OCTET_STREAM = "application/octet-stream";
