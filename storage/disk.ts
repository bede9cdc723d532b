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

/** The first block of a file; each is twice as large as the one before. */
const FIRST_BLOCK_BYTES = 32 * 1024;

/** The largest block: each write has its price. */
const BLOCK_BYTES = 256 * 1024;

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
/** Makes a store that writes each file into a folder, without a hash of it. */
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
  // Fails if anything has that name, a link that leads nowhere too.
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
      // A file must not be closed while it is written to.
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
    // That it cannot be removed must not hide why: a sweep removes it later.
    await rm(partial, { force: true }).catch(() => {});
    throw error;
  }
}

/**
 * Writes chunks in blocks, of which one fills while the other is written: the
 * disk and the source work at the same time. Chunks are copied, since a source
 * may reuse a chunk's memory when the next one is asked for.
 */
class BlockWriter {
  readonly #file: NewFile;
  #block = new Uint8Array(FIRST_BLOCK_BYTES);
  #length = 0;
  /** The block that is being written. */
  #other = new Uint8Array();
  #writing: Promise<void> = Promise.resolve();

  constructor(file: NewFile) {
    this.#file = file;
  }

  /** Takes a chunk; waits while both blocks are full. */
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

  /** Writes what is left. */
  async end(): Promise<void> {
    if (this.#length > 0) await this.#flush();
    await this.#writing;
  }

  /** Waits for the write that is pending, however it ends. */
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

/** A file that this process has made and writes to. */
interface NewFile {
  /** Gives how many bytes it took. */
  write(bytes: Uint8Array): Promise<number>;
  sync(): Promise<void>;
  close(): void | Promise<void>;
}

/** Makes a file. */
async function create(path: string): Promise<NewFile> {
  // Deno's `node:fs` writes on the main thread, which a slow disk would stop.
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

/** Gives a complete file its name, unless something has it already. */
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
