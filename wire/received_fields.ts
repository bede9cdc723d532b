/**
 * How a reader's part hands its fields to a writer that forwards it, line by
 * line: a `Headers` joins the fields of one name.
 *
 * @module
 */
import type { HeaderField } from "./header_block.ts";

/** The property of a part's `Headers` that holds its fields as received. */
const RECEIVED_FIELDS = /* @__PURE__ */ Symbol("fields as received");

/** Stores the fields that `headers` was made of on `headers`. */
export function setReceivedFields(
  headers: Headers,
  fields: readonly HeaderField[],
): void {
  Object.defineProperty(headers, RECEIVED_FIELDS, { value: fields });
}

/** The fields that `headers` was made of, if a reader made it. */
export function receivedFields(
  headers: Headers,
): readonly HeaderField[] | undefined {
  return Reflect.get(headers, RECEIVED_FIELDS);
}
