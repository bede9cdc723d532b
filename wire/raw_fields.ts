import type { HeaderField } from "./header_block.ts";

/** The fields that a `Headers` was made of: it joins those of one name. */
const rawFields = new WeakMap<Headers, readonly HeaderField[]>();

/** Says what `headers` was made of, for who forwards them line by line. */
export function noteRawFields(
  headers: Headers,
  fields: readonly HeaderField[],
): void {
  rawFields.set(headers, fields);
}

/** What `headers` was made of at first, if that was said. */
export function rawFieldsOf(
  headers: Headers,
): readonly HeaderField[] | undefined {
  return rawFields.get(headers);
}
