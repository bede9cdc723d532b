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

/** What hears of each file as it comes. */
export interface FileDelegate {
  /** Gives the file its id. */
  startFile(part: PartReader): string;
  fileData(id: string, chunk: Uint8Array): void;
  finishFile(id: string): void;
  /** Takes a file back, finished or not, since its form is broken. */
  removeFile(id: string): void;
}

const CHUNK_BYTES = 255 * 1024; // As GridFS has it.

/** Hands each file of a form over; gives the ids of all, or else keeps none. */
export async function storeFiles(request: Request, delegate: FileDelegate) {
  const ids: string[] = [];
  try {
    for await (const part of MultipartReader.from(request)) {
      if (!part.filename) continue; // A field, or where no file was chosen.
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

/** What `deno serve` and Bun take as a server. */
export default {
  hostname: "127.0.0.1", // Bun listens on all interfaces otherwise.
  maxRequestBodySize: Infinity, // Bun's 128 MiB is little for files.
  async fetch(request: Request): Promise<Response> {
    try {
      return Response.json(await storeFiles(request, store));
    } catch (error) {
      // The library's errors know the status: 400 for a broken body.
      if (error instanceof MultipartError) {
        return new Response(`${error.message}\n`, { status: error.status });
      }
      console.error("Cannot store the files:", error);
      return new Response("The upload failed\n", { status: 500 });
    }
  },
};
