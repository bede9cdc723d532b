/** How each runtime writes a file, as its documentation has it. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
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

export async function saveStream(
  path: string,
  stream: ReadableStream<Uint8Array>,
): Promise<void> {
  if (isDeno) await Deno.writeFile(path, stream);
  else if (isBun) await Bun.write(path, new Response(stream));
  else await writeFile(path, stream);
}

export async function saveBlob(path: string, blob: Blob): Promise<void> {
  if (isBun) await Bun.write(path, blob);
  else await saveStream(path, blob.stream());
}
