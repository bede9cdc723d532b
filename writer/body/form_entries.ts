import { randomBoundary } from "../../wire/boundary.ts";
import {
  formatFormDataDisposition,
  normalizeLineBreaks,
} from "../../wire/content_disposition.ts";
import { checkHeaderField, type HeaderField } from "../../wire/header_block.ts";
import { type Body, OCTET_STREAM } from "../part/body_plan.ts";
import { MultipartPlan } from "../part/multipart_plan.ts";
import { PartPlan } from "../part/part_plan.ts";
import { formatMultipartType } from "../part/serializer.ts";
import { BlobBody, TextBody } from "./repeatable_bodies.ts";

/** A form entry as a part. */
export interface FormEntry {
  readonly name: string;
  readonly filename: string | undefined;
  /** Content-Type, or `""` for none. */
  readonly type: string;
  readonly value: string | File;
}

/**
 * The parts of a form by the HTML Standard ("multipart/form-data encoding
 * algorithm"): line breaks in text become CRLF, a file has a type, and a field
 * has none.
 */
export function formEntries(form: FormData): FormEntry[] {
  const entries: FormEntry[] = [];
  for (const [name, value] of form) {
    const isText = typeof value === "string";
    // The standard's name for a Blob; not every runtime sets it.
    const filename = isText ? undefined : value.name ?? "blob";
    const type = isText ? "" : value.type || OCTET_STREAM;
    entries.push({
      name,
      filename,
      type,
      value: isText ? normalizeLineBreaks(value) : value,
    });
  }
  return entries;
}

/**
 * A form as a body: its current entries, encoded by the HTML Standard.
 *
 * @throws {TypeError} If a name contains NUL, or a file's type cannot be
 * written.
 */
export function formBody(form: FormData): Body {
  const boundary = randomBoundary();
  const parts = formEntries(form).map(
    ({ name, filename, type, value }, index) => {
      const fields: HeaderField[] = [
        ["content-disposition", formatFormDataDisposition(name, filename)],
      ];
      // A File of another realm or a polyfill may have any type.
      if (type !== "") fields.push(checkHeaderField("content-type", type));
      const body = typeof value === "string"
        ? new TextBody(value)
        : new BlobBody(value);
      return new PartPlan({ index, name }, fields, body);
    },
  );
  return {
    type: formatMultipartType("form-data", boundary, {}),
    plan: (around) => new MultipartPlan(boundary, around, () => parts),
  };
}
