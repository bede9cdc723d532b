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

/** An entry of a form as a part. */
export interface FormEntry {
  readonly name: string;
  readonly filename: string | undefined;
  /** Content-Type, or `""` for none. */
  readonly type: string;
  readonly value: string | File;
}

/**
 * The parts that the HTML Standard makes of a form ("multipart/form-data
 * encoding algorithm"): line breaks in text become CRLF, a file has a type, and
 * a field has none.
 */
export function formEntries(form: FormData): FormEntry[] {
  const entries: FormEntry[] = [];
  for (const [name, value] of form) {
    const isText = typeof value === "string";
    // The name that the standard gives a Blob; not every runtime does.
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
 * A form as a body: what its entries are now, as the HTML Standard writes them.
 *
 * @throws {TypeError} If a name holds a NUL, or a file's type cannot be written.
 */
export function formBody(form: FormData): Body {
  const boundary = randomBoundary();
  const parts = formEntries(form).map(
    ({ name, filename, type, value }, index) => {
      const fields: HeaderField[] = [
        ["content-disposition", formatFormDataDisposition(name, filename)],
      ];
      // A File of another realm, or a polyfill's, may have any.
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
