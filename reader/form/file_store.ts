import type { PartReader } from "../part_reader.ts";

/**
 * What {@linkcode FileOptions.store} is given besides the part.
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
  /** Aborted when the caller's signal is: stop, since nobody waits any longer. */
  readonly signal: AbortSignal;
  /**
   * Has `action` run if the form fails, in whatever way, before it is complete:
   * the last action first, each awaited. Register it before there is something
   * to undo.
   */
  undo(action: () => unknown): void;
}

/**
 * Takes a part with a filename as it streams, and gives what stands for it.
 * What it leaves unread is skipped.
 *
 * @example Keep just the size of each file
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
