/**
 * Saves a response as it streams, each part of a multipart under its own name,
 * or the single body: `node examples/download.ts URL [folder]`, or with
 * `bun`, or with `deno run --allow-net --allow-read --allow-write`.
 */
import { MultipartReader, sanitizeFilename } from "@tributary/multipart";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";

/** Saves each part, and yields the path of each complete file. */
export async function* download(url: string, folder: string) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`Cannot load ${url}: ${response.status}`);
  await mkdir(folder, { recursive: true });
  const type = response.headers.get("content-type") ?? "";
  if (/^multipart\//i.test(type)) {
    for await (const part of MultipartReader.from(response)) {
      const name = part.filename ?? part.name ?? `part ${part.index}`;
      yield await save(part, folder, name);
    }
  } else if (response.body) {
    const name = new URL(response.url).pathname.split("/").at(-1) ?? "";
    yield await save(response.body, folder, name);
  }
}

/**
 * Writes each chunk before it reads the next. An incomplete file is removed.
 */
async function save(
  chunks: AsyncIterable<Uint8Array>,
  folder: string,
  name: string,
): Promise<string> {
  const { path, file } = await openNew(folder, name);
  try {
    await using open = file; // Closed before it is removed, as Windows requires.
    await open.writeFile(chunks);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return path;
}

/** Creates a new file: the sender must not be able to overwrite one. */
async function openNew(folder: string, name: string) {
  for (let count = 0;; count++) {
    const numbered = count === 0 ? name : `${count} ${sanitizeFilename(name)}`;
    const path = join(folder, sanitizeFilename(numbered));
    try {
      return { path, file: await open(path, "wx") };
    } catch (error) {
      const isThere = error instanceof Error && "code" in error &&
        error.code === "EEXIST";
      if (!isThere) throw error;
    }
  }
}

if (import.meta.main) {
  const [url = "", folder = "."] = process.argv.slice(2);
  for await (const path of download(url, folder)) console.log(path);
}
