/** The files of a GraphQL request that are still to come, for `graphql_upload.ts`. */
import { MultipartError, type PartReader } from "@tributary/multipart";

/** What a client asks for. */
export interface Operations {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
}

/** A file that comes when the form is read up to it: what a resolver gets. */
export class PendingUpload {
  /** The name of its part, which `map` has as its key. */
  readonly name: string;
  readonly #asked = Promise.withResolvers<void>();
  readonly #part = Promise.withResolvers<PartReader>();
  #isWanted = false;

  constructor(name: string) {
    this.name = name;
    this.#part.promise.catch(() => {}); // It may be that nobody opens it.
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
   * @returns Its part, to be read once.
   * @throws {MultipartError} If it has not come, or came before it was opened.
   */
  open(): Promise<PartReader> {
    this.#isWanted = true;
    this.#asked.resolve();
    return this.#part.promise;
  }

  /** Hands over the part, if it has been opened. */
  deliver(part: PartReader): void {
    if (this.#isWanted) this.#part.resolve(part);
    else this.#part.reject(this.#missing("it came before it was opened"));
  }

  /** Tells whoever opens it that it does not come. */
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
 * Puts an upload wherever `map` says, in place of a `null`.
 *
 * @returns The uploads, by the names of their parts.
 * @throws {MultipartError} If a path leads to anything else.
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

/** A property of an object itself: a path is the client's, and may be `__proto__`. */
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
