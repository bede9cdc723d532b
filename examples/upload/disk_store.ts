import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { sweep } from "@tributary/multipart/disk";
import type { Store } from "./store.ts";

/**
 * A folder as a store, on any runtime with `node:fs`.
 *
 * @param folder Its path. It is created if necessary. Only one server may use
 *   it at a time: incomplete files are removed when the server starts.
 */
export async function diskStore(folder: string): Promise<Store> {
  await mkdir(folder, { recursive: true });
  await sweep(folder, { olderThan: 0 });
  return {
    async save(name, chunks) {
      // Under its final name, a file is always complete.
      const partial = join(folder, `${randomUUID()}.part`);
      const file = await open(partial, "wx");
      try {
        // Awaiting each write is the backpressure: a slow disk slows the
        // sender.
        for await (const chunk of chunks) await file.writeFile(chunk);
        await file.close();
        await rename(partial, join(folder, name));
      } catch (error) {
        await file.close().catch(() => {});
        await rm(partial, { force: true });
        throw error;
      }
    },
    async open(name) {
      const path = join(folder, name);
      const found = await stat(path).catch(() => undefined);
      if (!found?.isFile()) return undefined;
      const read = (start: number, end: number) =>
        ReadableStream.from(readRange(path, start, end));
      return { size: found.size, read };
    },
    async remove(name) {
      await rm(join(folder, name), { force: true });
    },
  };
}

/** Opens the file only when it is read. */
async function* readRange(path: string, start: number, end: number) {
  // `end` is exclusive here, but inclusive in `createReadStream()`.
  yield* createReadStream(path, { start, end: end - 1 });
}
