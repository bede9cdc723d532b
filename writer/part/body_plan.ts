/**
 * The interfaces of a body, and of its plan.
 *
 * @module
 */
import type { HeaderField } from "../../wire/header_block.ts";
import type { OpenedBody, PartLabel } from "./body_reader.ts";

/** A body, and what it adds to the fields of its part. */
export interface Body {
  /** Its own media type, if any. */
  readonly type?: string | undefined;
  /** Its own filename, if any. */
  readonly filename?: string | undefined;
  /** Whether it is a file in a form, not text. */
  readonly isFile?: boolean;
  /** The fields of a forwarded part. */
  readonly forwarded?: readonly HeaderField[];
  /**
   * Plans the body as it is now: later changes to the parts of a multipart do
   * not affect the plan.
   *
   * @param around The boundaries of the multiparts around it, outermost first.
   */
  plan(around: readonly string[]): BodyPlan;
}

/** A body as it will be written. */
export interface BodyPlan {
  /** Its bytes; `undefined` if not known. */
  readonly size?: number | undefined;
  /**
   * The sources it reads that can be read only once, and so by one part only.
   */
  readonly oneTimeSources?: readonly object[];
  /** Whether opening or reading it may take a while. */
  readonly isLive?: boolean;
  /** Why it cannot be opened now; `undefined` if it can. */
  problem?(): string | undefined;
  /** Opens it. */
  open(label: PartLabel): OpenedBody | Promise<OpenedBody>;
  /** The body for a Blob's constructor, if nothing has to be read for it. */
  segments?(): BlobPart[] | undefined;
}

/** The property of a `MultipartWriter` that holds it as a body. */
const AS_BODY = /* @__PURE__ */ Symbol("as a body");

/** Makes `multipart` a body. */
export function setAsBody(multipart: object, body: Body): void {
  Object.defineProperty(multipart, AS_BODY, { value: body });
}

/** `value` as a body, if it is a `MultipartWriter`. */
export function asBody(value: object): Body | undefined {
  return Reflect.get(value, AS_BODY);
}

/** The media type of unknown bytes. */
export const OCTET_STREAM = "application/octet-stream";
