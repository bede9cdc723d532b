/**
 * Metadata and media in one multipart/related request, as object stores accept
 * it, both sides. The server, which stores objects in `objects/`:
 * `deno serve --config=deno.json --host=127.0.0.1 --allow-read --allow-write examples/related_upload.ts`. The
 * client: `node examples/related_upload.ts http://localhost:8000/ cat.jpg image/jpeg`.
 */
import {
  MultipartError,
  MultipartReader,
  MultipartWriter,
  type PartReader,
  sanitizeFilename,
} from "@tributary/multipart";
import { openAsBlob } from "node:fs";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import process from "node:process";

/** An object's metadata. Real stores have more. */
export interface Metadata {
  name: string;
  contentType?: string;
}

// Metadata are buffered, and media may be compressed, so both are limited.
const limits = { bufferedBytes: 64 * 1024, partBytes: 1024 ** 3 };

/** Sends an object. A file opened as a Blob is read while it is sent. */
export function upload(url: string, metadata: Metadata, media: Blob) {
  // The type of the first part, which is the root (RFC 2387, section 3.1).
  const parameters = { type: "application/json" };
  const writer = new MultipartWriter("related", { parameters });
  writer.appendJson(metadata);
  writer.append(media, { type: metadata.contentType });
  return fetch(url, writer.toRequestInit());
}

/** Stores an object under its name, where it is always complete. */
export async function receive(request: Request, folder: string) {
  // Google's Python client ends lines with LF.
  const options = { accept: "related", limits, lineEndings: "any" } as const;
  // Discards the rest of the request, however this ends.
  await using reader = MultipartReader.from(request, options);
  const { value: root } = await reader.next();
  const metadata = root && await readMetadata(root);
  const { value: media } = await reader.next();
  if (metadata === undefined || media === undefined) {
    return new Response("Send metadata and media\n", { status: 400 });
  }
  const path = `${folder}/${sanitizeFilename(metadata.name)}`;
  const partial = `${folder}/.${crypto.randomUUID()}`;
  try {
    await writeFile(partial, media);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  const { size } = await stat(path);
  return Response.json({ contentType: media.mediaType, ...metadata, size });
}

/** Returns the metadata of an object, or undefined if they are not valid. */
async function readMetadata(root: PartReader): Promise<Metadata | undefined> {
  const metadata = await root.json<Metadata | null>();
  return typeof metadata?.name === "string" ? metadata : undefined;
}

/**
 * Makes the folder, and removes incomplete objects that a killed server left.
 */
async function prepare(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  // No object's name begins with a dot: sanitizeFilename() removes it.
  const partial = (await readdir(folder)).filter((name) => name[0] === ".");
  await Promise.all(partial.map((name) => rm(`${folder}/${name}`)));
}

let prepared: Promise<void> | undefined;

/** The server for `deno serve`. */
export default {
  async fetch(request: Request): Promise<Response> {
    try {
      await (prepared ??= prepare("objects"));
      return await receive(request, "objects");
    } catch (error) {
      // The library's errors have a status for the response.
      if (error instanceof MultipartError) {
        return new Response(`${error.message}\n`, { status: error.status });
      }
      console.error("Cannot store an object:", error);
      return new Response("The upload failed\n", { status: 500 });
    }
  },
};

const [url, file, contentType] = process.argv.slice(2);
if (import.meta.main && url !== undefined) {
  const media = await openAsBlob(file);
  const name = basename(file);
  const response = await upload(url, { name, contentType }, media);
  console.log(response.status, await response.text());
}
