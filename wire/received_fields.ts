/**
 * Carries the fields of a reader's part to a writer that forwards it, line by
 * line: a `Headers` would join the fields of one name.
 *
 * @module
 */
import type { HeaderField } from "./header_block.ts";

/** The property of a part's `Headers` with its fields as received. */
const RECEIVED_FIELDS = /* @__PURE__ */ Symbol("fields as received");

/** Stores on `headers` the fields that it was made from. */
export function setReceivedFields(
  headers: Headers,
  fields: readonly HeaderField[],
): void {
  Object.defineProperty(headers, RECEIVED_FIELDS, { value: fields });
}

/** The fields that `headers` was made from, if a reader made it. */
export function receivedFields(
  headers: Headers,
): readonly HeaderField[] | undefined {
  return Reflect.get(headers, RECEIVED_FIELDS);
}
