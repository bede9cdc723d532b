/**
 * Stores a form's files in a folder, on runtimes that have `node:` modules:
 * Deno, Bun and Node.
 *
 * @example Save what a form brings
 * ```ts
 * import { file, readForm } from "@tributary/multipart";
 * import { saveTo } from "@tributary/multipart/disk";
 *
 * const shape = {
 *   scans: file({ multiple: true, maxBytes: 5_000_000, store: saveTo("uploads") }),
 * };
 * async function handle(request: Request): Promise<Response> {
 *   const { scans } = await readForm(request, shape);
 *   return Response.json(scans.map(({ filename, size }) => ({ filename, size })));
 * }
 * console.log(typeof handle);
 * ```
 *
 * @module
 */
import { createHash, getHashes, randomUUID } from "node:crypto";
import {
  type FileHandle,
  link,
  lstat,
  open,
  readdir,
  rename,
  rm,
} from "node:fs/promises";
import { join, resolve } from "node:path";
import type { FileStore } from "../reader/form/file_store.ts";
import type { PartReader } from "../reader/part_reader.ts";
import { sanitizeFilename } from "../reader/sanitize_filename.ts";

/**
 * A file that {@linkcode saveTo} has stored.
 *
 * @example Keep what is known of an upload
 * ```ts
 * import type { SavedFile } from "@tributary/multipart/disk";
 *
 * const describe = ({ filename, size }: SavedFile) => `${filename}: ${size} bytes`;
 * const file = { path: "/srv/1", size: 4, filename: "a.txt", type: "text/plain" };
 * if (describe(file) !== "a.txt: 4 bytes") throw new Error(describe(file));
 * ```
 */
export interface SavedFile {
  /** Where it is: an absolute path. */
  readonly path: string;
  /** Bytes in it. */
  readonly size: number;
  /** The name that the client gave it, made safe by `sanitizeFilename`. */
  readonly filename: string;
  /** The media type that the client declares, without parameters. */
  readonly type: string;
}

/**
 * A {@linkcode SavedFile} whose bytes have been hashed on the way.
 *
 * @example Compare two files
 * ```ts
 * import type { HashedFile } from "@tributary/multipart/disk";
 *
 * const isSame = (a: HashedFile, b: HashedFile) => a.hash === b.hash;
 * console.log(typeof isSame);
 * ```
 */
export interface HashedFile extends SavedFile {
  /** The hash of its bytes, in hexadecimal. */
  readonly hash: string;
}

/**
 * How {@linkcode saveTo} stores.
 *
 * @example Keep extensions
 * ```ts
 * import type { SaveOptions } from "@tributary/multipart/disk";
 *
 * const options: SaveOptions = { extension: true };
 * console.log(options);
 * ```
 */
export interface SaveOptions {
  /**
   * An algorithm of `node:crypto`, such as `sha256`, to hash the bytes with as
   * they are written.
   *
   * @default {undefined} nothing is hashed
   */
  hash?: string;
  /**
   * Whether the stored name keeps the extension of the client's, in lower case,
   * if that is up to 10 letters and digits. A web server may take its word for
   * what the file is: do not serve the folder as it is.
   *
   * @default {false}
   */
  extension?: boolean;
}

/**
 * What {@linkcode sweep} removes.
 *
 * @example Remove what is older than a day
 * ```ts
 * import type { SweepOptions } from "@tributary/multipart/disk";
 *
 * const options: SweepOptions = { olderThan: 24 * 60 * 60 * 1000 };
 * console.log(options);
 * ```
 */
export interface SweepOptions {
  /**
   * Milliseconds since a file was last written to. Give more than an upload
   * may stall for: a file that is being written counts too.
   */
  olderThan: number;
}

/** Chunks shorter than this are gathered: each write has its price. */
const BLOCK_BYTES = 64 * 1024;

/** What {@linkcode saveTo} calls a file that is not complete. */
const PARTIAL_NAME =
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}([.][a-z0-9]{1,10})?[.]part$/;

/**
 * Makes a store for `file()` that writes each part into a folder, under a name
 * of its own: a UUID. The name that the client sent is never used as a path.
 *
 * A file is there when it is complete, or not at all: it is written as
 * `NAME.part`, with mode 0600, synced, and renamed when all of it has come, and
 * removed if it fails or the form is undone. Nothing that exists is followed or
 * overwritten.
 *
 * @param folder An existing folder.
 * @param options Whether to hash the bytes, and what the name is.
 * @returns The store. It throws what the file system throws: `ENOSPC` when the
 * disk is full, `ENOENT` when the folder is missing.
 * @throws {TypeError} If this runtime does not know the hash.
 *
 * @example Save with a hash
 * ```ts
 * import { file } from "@tributary/multipart";
 * import { saveTo } from "@tributary/multipart/disk";
 *
 * const shape = {
 *   scan: file({ store: saveTo("uploads", { hash: "sha256", extension: true }) }),
 * };
 * console.log(shape);
 * ```
 */
export function saveTo(
  folder: string,
  options: SaveOptions & { hash: string },
): FileStore<HashedFile>;
/** As above, without a hash. */
export function saveTo(
  folder: string,
  options?: SaveOptions,
): FileStore<SavedFile>;
export function saveTo(
  folder: string,
  { hash, extension = false }: SaveOptions = {},
): FileStore<SavedFile> {
  // Now, and not when the working directory may be another.
  const absolute = resolve(folder);
  if (hash !== undefined) assertHash(hash);
  return async (part, { undo }) => {
    const name = extension
      ? `${randomUUID()}${extensionOf(part.filename ?? "")}`
      : randomUUID();
    const path = join(absolute, name);
    const saving = save(part, path, hash);
    undo(async () => {
      const saved = await saving.catch(() => undefined);
      if (saved !== undefined) await rm(path, { force: true });
    });
    return await saving;
  };
}

/**
 * Removes the files that {@linkcode saveTo} had begun in a folder when its
 * process was killed. Nothing else is touched, and no link is followed.
 *
 * @param folder The folder that `saveTo` has.
 * @param options How old they have to be.
 * @returns How many were removed.
 * @throws {RangeError} If `olderThan` is not a number from 0.
 *
 * @example Sweep when a server starts
 * ```ts
 * import { sweep } from "@tributary/multipart/disk";
 *
 * async function start(folder: string): Promise<void> {
 *   const removed = await sweep(folder, { olderThan: 24 * 60 * 60 * 1000 });
 *   console.log(`Removed ${removed} files that were not complete`);
 * }
 * console.log(typeof start);
 * ```
 */
export async function sweep(
  folder: string,
  { olderThan }: SweepOptions,
): Promise<number> {
  if (!(olderThan >= 0)) {
    throw new RangeError(
      `Cannot sweep: olderThan is ${olderThan}, not a number of milliseconds from 0`,
    );
  }
  const latest = Date.now() - olderThan;
  let removed = 0;
  for (const name of await readdir(folder)) {
    if (!PARTIAL_NAME.test(name)) continue;
    const path = join(folder, name);
    const stats = await unlessMissing(lstat(path));
    // Times of files have fractions of a millisecond.
    if (!stats?.isFile() || Math.floor(stats.mtimeMs) > latest) continue;
    if (await unlessMissing(rm(path).then(() => true))) removed++;
  }
  return removed;
}

/** Writes a part to `path`, complete or not at all. */
async function save(
  part: PartReader,
  path: string,
  algorithm: string | undefined,
): Promise<SavedFile> {
  const partial = `${path}.part`;
  // Fails if anything has that name, a link that leads nowhere too.
  const handle = await open(partial, "wx", 0o600);
  try {
    const hash = algorithm === undefined ? undefined : createHash(algorithm);
    let size = 0;
    try {
      for await (const block of blocksOf(part)) {
        hash?.update(block);
        await writeAll(handle, block);
        size += block.length;
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await publish(partial, path);
    return {
      path,
      size,
      filename: sanitizeFilename(part.filename ?? ""),
      type: part.mediaType,
      ...(hash && { hash: hash.digest("hex") }),
    };
  } catch (error) {
    // That it cannot be removed must not hide why: a sweep removes it later.
    await rm(partial, { force: true }).catch(() => {});
    throw error;
  }
}

/** A part's chunks, the short ones gathered; each is good until the next. */
async function* blocksOf(part: PartReader): AsyncGenerator<Uint8Array> {
  let block: Uint8Array | undefined;
  let length = 0;
  for await (const chunk of part) {
    if (length + chunk.length > BLOCK_BYTES && block !== undefined) {
      yield block.subarray(0, length);
      length = 0;
    }
    if (chunk.length >= BLOCK_BYTES / 4 && length === 0) {
      yield chunk;
      continue;
    }
    block ??= new Uint8Array(BLOCK_BYTES);
    block.set(chunk, length);
    length += chunk.length;
  }
  if (block !== undefined && length > 0) yield block.subarray(0, length);
}

async function writeAll(handle: FileHandle, block: Uint8Array): Promise<void> {
  for (let at = 0; at < block.length;) {
    const { bytesWritten } = await handle.write(block, at, block.length - at);
    at += bytesWritten;
  }
}

/** Gives a complete file its name, unless something has it already. */
async function publish(partial: string, path: string): Promise<void> {
  try {
    // A rename would overwrite.
    await link(partial, path);
  } catch (error) {
    if (!lacksLinks(error)) throw error;
    return await publishWithoutLinks(partial, path);
  }
  await rm(partial).catch(async (error) => {
    await rm(path, { force: true });
    throw error;
  });
}

/** On file systems without hard links: what is overwritten is our own. */
async function publishWithoutLinks(
  partial: string,
  path: string,
): Promise<void> {
  await (await open(path, "wx", 0o600)).close();
  await rename(partial, path).catch(async (error) => {
    await rm(path, { force: true });
    throw error;
  });
}

function lacksLinks(error: unknown): boolean {
  const codes = ["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EMLINK"];
  return codes.includes(codeOf(error) ?? "");
}

async function unlessMissing<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** The code of a file system's error. */
function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : undefined;
}

/** An extension that no system takes for anything else, with its dot; or nothing. */
function extensionOf(filename: string): string {
  const [extension = ""] =
    /(?<=.)[.][a-z0-9]{1,10}$/.exec(sanitizeFilename(filename).toLowerCase()) ??
      [];
  return extension === ".part" ? "" : extension;
}

function assertHash(hash: string): void {
  if (getHashes().some((name) => name.toLowerCase() === hash.toLowerCase())) {
    return;
  }
  throw new TypeError(
    `Cannot save with the hash ${
      JSON.stringify(hash)
    }: this runtime does not know it`,
  );
}
