/**
 * Stores a form's files in a folder, on runtimes that have `node:` modules:
 * Deno, Bun and Node.
 *
 * @example Save the files of a form
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
  link,
  lstat,
  open,
  readdir,
  rename,
  rm,
  unlink,
} from "node:fs/promises";
import { join, resolve } from "node:path";
import type { FileStore } from "../reader/form/file_store.ts";
import type { PartReader } from "../reader/part_reader.ts";
import { sanitizeFilename } from "../reader/sanitize_filename.ts";

/**
 * A file that {@linkcode saveTo} has stored.
 *
 * @example Describe an upload
 * ```ts
 * import type { SavedFile } from "@tributary/multipart/disk";
 *
 * const describe = ({ filename, size }: SavedFile) => `${filename}: ${size} bytes`;
 * const file = { path: "/srv/1", size: 4, filename: "a.txt", type: "text/plain" };
 * if (describe(file) !== "a.txt: 4 bytes") throw new Error(describe(file));
 * ```
 */
export interface SavedFile {
  /** Its absolute path. */
  readonly path: string;
  /** Its size in bytes. */
  readonly size: number;
  /** The client's filename, made safe by `sanitizeFilename`. */
  readonly filename: string;
  /** The media type that the client declares, without parameters. */
  readonly type: string;
}

/**
 * A {@linkcode SavedFile} whose bytes were hashed as they were written.
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
 * Options of {@linkcode saveTo}.
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
   * An algorithm of `node:crypto`, such as `sha256`, with which to hash the
   * bytes as they are written.
   *
   * @default {undefined} nothing is hashed
   */
  hash?: string;
  /**
   * Whether to keep the extension of the client's filename, in lower case, if
   * it is at most 10 letters and digits. A web server may derive the file's
   * type from it: do not serve the folder as is.
   *
   * @default {false}
   */
  extension?: boolean;
}

/**
 * Options of {@linkcode sweep}.
 *
 * @example Remove files older than a day
 * ```ts
 * import type { SweepOptions } from "@tributary/multipart/disk";
 *
 * const options: SweepOptions = { olderThan: 24 * 60 * 60 * 1000 };
 * console.log(options);
 * ```
 */
export interface SweepOptions {
  /**
   * Milliseconds since a file was last written to. Use more than an upload may
   * stall for: files that are still being written count too.
   */
  olderThan: number;
}

/** Bytes of a file's first block; each is twice as long as the previous one. */
const FIRST_BLOCK_BYTES = 32 * 1024;

/** Bytes of the largest block: each write has a cost. */
const BLOCK_BYTES = 256 * 1024;

/** The name of a file that {@linkcode saveTo} has not completed. */
const PARTIAL_NAME =
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}([.][a-z0-9]{1,10})?[.]part$/;

/**
 * Creates a store for `file()` that writes each part into a folder, under a
 * UUID as its name. The client's filename is never used as a path.
 *
 * A file appears only when it is complete: it is written as `NAME.part`, with
 * mode 0600, then synced and renamed, and removed if it fails or the form is
 * undone. Existing files are not overwritten, and links not followed.
 *
 * @param folder An existing folder.
 * @param options Whether to hash the bytes, and whether to keep the extension.
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
/** Creates a store that writes each file into a folder, without a hash. */
export function saveTo(
  folder: string,
  options?: SaveOptions,
): FileStore<SavedFile>;
export function saveTo(
  folder: string,
  { hash, extension = false }: SaveOptions = {},
): FileStore<SavedFile> {
  // Resolved now: the working directory may change later.
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
 * Removes incomplete files that {@linkcode saveTo} left in a folder when its
 * process was killed. Nothing else is touched, and no link is followed.
 *
 * @param folder The folder passed to `saveTo`.
 * @param options How old the files have to be.
 * @returns How many files were removed.
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
    // File times have fractions of a millisecond.
    if (!stats?.isFile() || Math.floor(stats.mtimeMs) > latest) continue;
    if (await unlessMissing(unlink(path).then(() => true))) removed++;
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
  // Fails if anything has that name, even a dangling link.
  const file = await create(partial);
  try {
    const hash = algorithm === undefined ? undefined : createHash(algorithm);
    const writer = new BlockWriter(file);
    let size = 0;
    try {
      for await (const chunk of part) {
        hash?.update(chunk);
        size += chunk.length;
        await writer.write(chunk);
      }
      await writer.end();
      await file.sync();
    } finally {
      // A file must not be closed during a write.
      await writer.settle();
      await file.close();
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
    // A failure to remove it must not hide the error: a sweep removes it later.
    await rm(partial, { force: true }).catch(() => {});
    throw error;
  }
}

/**
 * Writes chunks in two blocks: one is filled while the other is written, so the
 * disk and the source work at the same time. Chunks are copied, since a source
 * may reuse a chunk's memory for the next one.
 */
class BlockWriter {
  readonly #file: NewFile;
  #block = new Uint8Array(FIRST_BLOCK_BYTES);
  #length = 0;
  /** The block being written. */
  #other = new Uint8Array();
  #writing: Promise<void> = Promise.resolve();

  constructor(file: NewFile) {
    this.#file = file;
  }

  /** Adds a chunk; waits while both blocks are full. */
  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      const end = at + this.#block.length - this.#length;
      const piece = chunk.subarray(at, end);
      this.#block.set(piece, this.#length);
      this.#length += piece.length;
      at += piece.length;
      if (this.#length === this.#block.length) await this.#flush();
    }
  }

  /** Writes the rest. */
  async end(): Promise<void> {
    if (this.#length > 0) await this.#flush();
    await this.#writing;
  }

  /** Waits for the pending write, however it ends. */
  async settle(): Promise<void> {
    await this.#writing.catch(() => {});
  }

  async #flush(): Promise<void> {
    await this.#writing;
    const full = this.#block;
    this.#writing = writeAll(this.#file, full.subarray(0, this.#length));
    // The next flush, or the end, throws the error.
    this.#writing.catch(() => {});
    const size = Math.min(2 * full.length, BLOCK_BYTES);
    this.#block = this.#other.length === size
      ? this.#other
      : new Uint8Array(size);
    this.#other = full;
    this.#length = 0;
  }
}

async function writeAll(file: NewFile, block: Uint8Array): Promise<void> {
  for (let at = 0; at < block.length;) {
    at += await file.write(block.subarray(at));
  }
}

/** A file that this process has created and writes to. */
interface NewFile {
  /** Returns how many bytes were written. */
  write(bytes: Uint8Array): Promise<number>;
  sync(): Promise<void>;
  close(): void | Promise<void>;
}

/** Creates a file. */
async function create(path: string): Promise<NewFile> {
  // Deno's `node:fs` writes on the main thread, which a slow disk would block.
  const own = Reflect.get(globalThis, "Deno")?.open;
  if (typeof own === "function") {
    return await own(path, { write: true, createNew: true, mode: 0o600 });
  }
  const handle = await open(path, "wx", 0o600);
  return {
    write: async (bytes) => (await handle.write(bytes)).bytesWritten,
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}

/** Renames a complete file, unless something has that name already. */
async function publish(partial: string, path: string): Promise<void> {
  try {
    // A rename would overwrite.
    await link(partial, path);
  } catch (error) {
    if (!lacksLinks(error)) throw error;
    return await publishWithoutLinks(partial, path);
  }
  await unlink(partial).catch(async (error) => {
    await rm(path, { force: true });
    throw error;
  });
}

/**
 * For file systems without hard links: only our own file can be overwritten.
 */
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

/** The code of a file system error. */
function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : undefined;
}

/** A harmless extension, with its dot, or `""`. */
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
