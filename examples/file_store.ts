/**
 * Keeps the files of forms in SQLite, and answers with their ids:
 * `deno serve --config=deno.json --host=127.0.0.1 --allow-read --allow-write examples/file_store.ts files.db`,
 * or `bun examples/file_store.ts files.db` (on port 3000, or PORT), then
 * `curl -F a=@one.pdf -F b=@two.pdf http://localhost:8000/`.
 */
import {
  MultipartError,
  MultipartReader,
  type PartReader,
} from "@tributary/multipart";
import process from "node:process";
import { sqliteStore } from "./sqlite_store.ts";

/** Receives each file as it arrives. */
export interface FileDelegate {
  /** Returns an id for the file. */
  startFile(part: PartReader): string;
  fileData(id: string, chunk: Uint8Array): void;
  finishFile(id: string): void;
  /** Removes a file, complete or not, because its form failed. */
  removeFile(id: string): void;
}

const CHUNK_BYTES = 255 * 1024; // The chunk size of GridFS.

/**
 * Stores each file of a form. Returns all ids, or keeps no file if the form
 * fails.
 */
export async function storeFiles(request: Request, delegate: FileDelegate) {
  const ids: string[] = [];
  try {
    for await (const part of MultipartReader.from(request)) {
      if (!part.filename) continue; // A field, or a file input without a file.
      const id = delegate.startFile(part);
      ids.push(id);
      let chunk: Uint8Array | null;
      while ((chunk = await part.readChunk(CHUNK_BYTES)) !== null) {
        delegate.fileData(id, chunk);
      }
      delegate.finishFile(id);
    }
  } catch (error) {
    for (const id of ids) delegate.removeFile(id);
    throw error;
  }
  return ids;
}

const store = sqliteStore(process.argv[2] ?? "files.db");

/** The server for `deno serve` and Bun. */
export default {
  hostname: "127.0.0.1", // By default, Bun listens on all interfaces.
  maxRequestBodySize: Infinity, // By default, Bun refuses more than 128 MiB.
  async fetch(request: Request): Promise<Response> {
    try {
      return Response.json(await storeFiles(request, store));
    } catch (error) {
      // The library's errors have a status, such as 400 for a malformed body.
      if (error instanceof MultipartError) {
        return new Response(`${error.message}\n`, { status: error.status });
      }
      console.error("Cannot store the files:", error);
      return new Response("The upload failed\n", { status: 500 });
    }
  },
};
