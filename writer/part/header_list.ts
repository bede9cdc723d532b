/**
 * Header fields as a list: unlike in `Headers`, lines with the same name are
 * not joined.
 *
 * @module
 */
import { checkHeaderField, type HeaderField } from "../../wire/header_block.ts";
import { receivedFields } from "../../wire/received_fields.ts";
import { hasMethod, isIterable } from "../../wire/type_guards.ts";

/**
 * The fields of a `HeadersInit`, one per line.
 *
 * @throws {TypeError} If a field cannot be written.
 */
export function listFields(init: HeadersInit): HeaderField[] {
  if (isHeadersLike(init)) return fieldsOf(init);
  const entries: Iterable<unknown> = isIterable(init)
    ? init
    : Object.entries(init);
  return Array.from(entries, (entry) => {
    if (!Array.isArray(entry) || entry.length !== 2) {
      throw new TypeError(
        "Cannot write a field: it is not a pair of a name and a value",
      );
    }
    const [name, value] = entry;
    // `Headers` accept a number.
    return checkHeaderField(
      name,
      typeof value === "number" ? `${value}` : value,
    );
  });
}

/**
 * The fields of `headers`, as received if that is known, with later changes
 * applied.
 *
 * @throws {TypeError} If a field cannot be written, even if this runtime
 * accepts it.
 */
export function fieldsOf(headers: Headers): HeaderField[] {
  return reconcile(receivedFields(headers) ?? [], headers);
}

/**
 * Applies to `fields` the changes made in `headers`, which were made from them.
 * Fields with unchanged values keep their places, line by line; a changed value
 * takes the place of the first; new names go last.
 */
export function reconcile(
  fields: readonly HeaderField[],
  headers: Headers,
): HeaderField[] {
  const current: HeaderField[] = [];
  headers.forEach((value, name) => {
    current.push(checkHeaderField(name, value));
  });
  const result: HeaderField[] = [];
  /** The names so far, and whether their values are unchanged. */
  const seen = new Map<string, boolean>();
  for (const field of fields) {
    const [name] = field;
    let isSame = seen.get(name);
    if (isSame === undefined) {
      isSame = joinedValue(fields, name) === joinedValue(current, name);
      seen.set(name, isSame);
      if (!isSame) result.push(...current.filter((field) => field[0] === name));
    }
    if (isSame) result.push(field);
  }
  return [...result, ...current.filter(([name]) => !seen.has(name))];
}

/** All values of the fields with this name. */
export function fieldValues(
  fields: readonly HeaderField[],
  name: string,
): string[] {
  const values: string[] = [];
  for (const field of fields) if (field[0] === name) values.push(field[1]);
  return values;
}

/** The value of the fields with this name, as `Headers` join them. */
export function joinedValue(
  fields: readonly HeaderField[],
  name: string,
): string | undefined {
  let joined: string | undefined;
  for (const field of fields) {
    if (field[0] !== name) continue;
    joined = joined === undefined ? field[1] : `${joined}, ${field[1]}`;
  }
  return joined;
}

/** The value of the first field with this name. */
export function firstValue(
  fields: readonly HeaderField[],
  name: string,
): string | undefined {
  for (const field of fields) if (field[0] === name) return field[1];
  return undefined;
}

/** Sorts like `Headers`; fields with the same name stay in order. */
export function sortFields(fields: HeaderField[]): HeaderField[] {
  return fields.sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
}

/** Of the others only URLSearchParams have it: their `forEach` is the same. */
function isHeadersLike(init: HeadersInit): init is Headers {
  return hasMethod(init, "append");
}
