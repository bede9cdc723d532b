/** The fast way to write a file on each runtime. */
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { pipeline } from "node:stream/promises";
import { isBun, isDeno } from "./server.ts";

/** What is used here of the types that `@types/bun` brings. */
declare const Bun: {
  write(path: string, data: Response | Blob): Promise<number>;
};

/** Where the servers put files. */
const folder = process.env.UPLOAD_FOLDER ?? ".";

export { folder };

/** A path that is not taken. */
export function newPath(): string {
  return join(folder, crypto.randomUUID());
}

/** `Deno.writeFile()` writes chunk by chunk, and takes twice as long. */
export async function saveChunks(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  if (isDeno) await pipeline(chunks, createWriteStream(path));
  else await writeFile(path, chunks);
}

export async function saveStream(
  path: string,
  stream: ReadableStream<Uint8Array>,
): Promise<void> {
  if (isBun) await Bun.write(path, new Response(stream));
  else await saveChunks(path, stream);
}

export async function saveBlob(path: string, blob: Blob): Promise<void> {
  if (isBun) await Bun.write(path, blob);
  else await saveStream(path, blob.stream());
}
