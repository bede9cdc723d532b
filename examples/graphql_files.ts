/**
 * Files of a GraphQL request that have not arrived yet, for
 * `graphql_upload.ts`.
 */
import { MultipartError, type PartReader } from "@tributary/multipart";

/** A client's operations. */
export interface Operations {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
}

/**
 * A file that is available when the form has been read up to it. Resolvers
 * receive it.
 */
export class PendingUpload {
  /** The name of its part, which is a key of `map`. */
  readonly name: string;
  readonly #asked = Promise.withResolvers<void>();
  readonly #part = Promise.withResolvers<PartReader>();
  #isWanted = false;

  constructor(name: string) {
    this.name = name;
    this.#part.promise.catch(() => {}); // A resolver may never open it.
  }

  /** Whether a resolver has opened it. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** Resolves when a resolver opens it. */
  get wanted(): Promise<void> {
    return this.#asked.promise;
  }

  /**
   * Waits for the file.
   *
   * @returns Its part, which can be read once.
   * @throws {MultipartError} If the form does not have it, or it came before it
   *   was opened.
   */
  open(): Promise<PartReader> {
    this.#isWanted = true;
    this.#asked.resolve();
    return this.#part.promise;
  }

  /** Passes on the part, if the file has been opened. */
  deliver(part: PartReader): void {
    if (this.#isWanted) this.#part.resolve(part);
    else this.#part.reject(this.#missing("it came before it was opened"));
  }

  /** Rejects the promise of whoever opens it. */
  fail(error: unknown = this.#missing("it has not come")): void {
    this.#part.reject(error);
  }

  #missing(state: string): MultipartError {
    const message = `Cannot open the file ${JSON.stringify(this.name)}: `;
    return new MultipartError("missing-part", message + state, {
      partName: this.name,
    });
  }
}

/**
 * Puts an upload at each path in `map`, in place of a `null`.
 *
 * @returns The uploads, by the names of their parts.
 * @throws {MultipartError} If a path leads to anything except `null`.
 */
export function place(
  map: Record<string, string[]>,
  operations: Operations,
): Map<string, PendingUpload> {
  const uploads = new Map<string, PendingUpload>();
  for (const [name, paths] of Object.entries(map)) {
    const upload = new PendingUpload(name);
    uploads.set(name, upload);
    if (!Array.isArray(paths)) throw unusable(name);
    for (const path of paths) put(upload, String(path), operations);
  }
  return uploads;
}

function put(upload: PendingUpload, path: string, operations: object): void {
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let target: unknown = operations;
  for (const key of keys) target = own(target, key);
  if (typeof target !== "object" || own(target, last) !== null) {
    throw unusable(path);
  }
  Reflect.set(Object(target), last, upload);
}

/**
 * Returns an own property: the client chooses the path, which may have
 * `__proto__`.
 */
function own(target: unknown, key: string): unknown {
  if (typeof target !== "object" || target === null) return undefined;
  return Object.hasOwn(target, key) ? Reflect.get(target, key) : undefined;
}

function unusable(path: string): MultipartError {
  return new MultipartError(
    "invalid-value",
    `Cannot place a file at ${
      JSON.stringify(path.slice(0, 80))
    }: the operations have no null there`,
  );
}
