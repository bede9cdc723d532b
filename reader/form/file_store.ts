import type { PartReader } from "../part_reader.ts";

/**
 * The second argument of {@linkcode FileOptions.store}.
 *
 * @example Undo what a store did
 * ```ts
 * import type { FileStoreContext, PartReader } from "@tributary/multipart";
 *
 * const shelf = new Map<number, Uint8Array>();
 * async function store(part: PartReader, { undo }: FileStoreContext) {
 *   undo(() => shelf.delete(part.index));
 *   shelf.set(part.index, await part.bytes());
 *   return part.index;
 * }
 * console.log(typeof store);
 * ```
 */
export interface FileStoreContext {
  /**
   * Aborted when the caller's signal is: stop, since nobody is waiting any
   * longer.
   */
  readonly signal: AbortSignal;
  /**
   * Registers an action to run if the form fails before it is complete: the
   * last one first, each awaited. Register it before there is something to
   * undo.
   */
  undo(action: () => unknown): void;
}

/**
 * Stores a part with a filename as it streams, and returns its value. What it
 * leaves unread is skipped.
 *
 * @example Keep only the size of each file
 * ```ts
 * import { type FileStore, file } from "@tributary/multipart";
 *
 * const measure: FileStore<number> = async (part) => {
 *   let size = 0;
 *   for await (const chunk of part) size += chunk.length;
 *   return size;
 * };
 * file({ store: measure });
 * ```
 */
export type FileStore<Value> = (
  part: PartReader,
  context: FileStoreContext,
) => Value | Promise<Value>;
