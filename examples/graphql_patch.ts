/** Puts together what comes of a GraphQL answer, for `graphql_incremental.ts`. */

/** What has come of the answer so far. */
export interface Answer {
  data?: unknown;
  errors: unknown[];
}

/** Where something is within the answer. */
export type Path = readonly (string | number)[];

/** What is to be put into the answer: fields, or items of a list. */
interface Increment {
  data?: object | null;
  items?: unknown[] | null;
  errors?: unknown[];
}

/** What is to be put into the answer, and where. */
export interface Patch extends Increment {
  path: Path;
}

/** A patch as GraphQL 17 sends it: its place was said before, under an id. */
export interface PendingPatch extends Increment {
  id: string;
  /** Where within that place. */
  subPath?: Path;
}

/** What is to come, as GraphQL 17 says it. */
export interface Pending {
  id: string;
  path: Path;
}

/**
 * Gives a patch its place. Items go to the end of their list.
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
 * Puts a patch where it belongs; it may say again what is there.
 *
 * @throws {Error} If a list has no such place.
 */
export function apply({ path, data, items }: Patch, answer: Answer): void {
  // What is added to a list has the place of its first item as its path.
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
    if (key === "__proto__") continue; // To set it is to change the object.
    if (Array.isArray(old)) assertPlace(key, old);
    old[key] = Object.hasOwn(old, key) ? merge(old[key], value) : value;
  }
  return old;
}

/** A list grows at its end: an index far beyond it would make a huge list. */
function assertPlace(key: string, { length }: readonly unknown[]): void {
  if (/^\d+$/.test(key) && Number(key) <= length) return;
  throw new Error(`Cannot put ${JSON.stringify(key)} into a list of ${length}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
