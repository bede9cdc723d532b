/** The fast way to write a file on each runtime. */
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { pipeline } from "node:stream/promises";
import { isBun, isDeno } from "./server.ts";

/** The part of Bun's types that is used here. */
declare const Bun: {
  write(path: string, data: Response | Blob): Promise<number>;
};

/** The folder for the servers' files. */
const folder = process.env.UPLOAD_FOLDER ?? ".";

export { folder };

/** Returns an unused path. */
export function newPath(): string {
  return join(folder, crypto.randomUUID());
}

/** `Deno.writeFile()` writes chunk by chunk, which takes twice as long. */
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
