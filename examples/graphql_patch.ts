/** Assembles the parts of a GraphQL answer, for `graphql_incremental.ts`. */

/** The answer so far. */
export interface Answer {
  data?: unknown;
  errors: unknown[];
}

/** A position within the answer. */
export type Path = readonly (string | number)[];

/** What to add to the answer: fields, or items of a list. */
interface Increment {
  data?: object | null;
  items?: unknown[] | null;
  errors?: unknown[];
}

/** What to add to the answer, and where. */
export interface Patch extends Increment {
  path: Path;
}

/** A patch as in GraphQL 17: its position was announced before, under an id. */
export interface PendingPatch extends Increment {
  id: string;
  /** The position within the announced one. */
  subPath?: Path;
}

/** The announcement of patches, as in GraphQL 17. */
export interface Pending {
  id: string;
  path: Path;
}

/**
 * Adds the position to a patch. Items are appended to their list.
 *
 * @throws {Error} If nothing is pending under its id.
 */
export function placed(
  patch: Patch | PendingPatch,
  pending: ReadonlyMap<string, Path>,
  answer: Answer,
): Patch {
  if (!("id" in patch)) return patch;
  const { id, subPath = [], ...increment } = patch;
  const place = pending.get(id);
  if (place === undefined) {
    throw new Error(
      `Cannot place a patch: ${JSON.stringify(id)} is not pending`,
    );
  }
  const path = [...place, ...subPath];
  if (increment.items) path.push(lengthAt(path, answer.data));
  return { ...increment, path };
}

function lengthAt(path: Path, data: unknown): number {
  let value = data;
  for (const key of path) {
    value = isObject(value) && Object.hasOwn(value, key)
      ? value[key]
      : undefined;
  }
  return Array.isArray(value) ? value.length : 0;
}

/**
 * Applies a patch. It may repeat what is already there.
 *
 * @throws {Error} If a list has no such position.
 */
export function apply({ path, data, items }: Patch, answer: Answer): void {
  // The path of items is the position of the first of them.
  const more = items?.map((item, i) =>
    [Number(path.at(-1)) + i, item] as const
  );
  const [value, place] = more
    ? [Object.fromEntries(more), path.slice(0, -1)]
    : [data ?? {}, path];
  const nested = place.reduceRight<unknown>((v, key) => ({ [key]: v }), value);
  answer.data = merge(answer.data, nested);
}

function merge(old: unknown, more: unknown): unknown {
  if (!isObject(old) || !isObject(more)) return more;
  for (const [key, value] of Object.entries(more)) {
    if (key === "__proto__") continue; // Setting it would change the object's prototype.
    if (Array.isArray(old)) assertPlace(key, old);
    old[key] = Object.hasOwn(old, key) ? merge(old[key], value) : value;
  }
  return old;
}

/** Lists may only grow at their end: a large index would make a huge list. */
function assertPlace(key: string, { length }: readonly unknown[]): void {
  if (/^\d+$/.test(key) && Number(key) <= length) return;
  throw new Error(`Cannot put ${JSON.stringify(key)} into a list of ${length}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
