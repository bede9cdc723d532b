/**
 * Stores the files of a form in SQLite, and answers with their ids:
 * `node examples/stores/sqlite.ts files.db`, or the same with `bun`, or with
 * `deno run --allow-net --allow-env --allow-read --allow-write`; then
 * `curl -F title=River -F scans=@one.pdf http://localhost:8000/`.
 */
import {
  field,
  file,
  type FileStore,
  MultipartError,
  readForm,
} from "@tributary/multipart";
import { createServer } from "node:http";
import process from "node:process";
import type { FileDelegate } from "../file_store.ts";
import { sqliteStore } from "../sqlite_store.ts";

const CHUNK_BYTES = 255 * 1024;

/** A store for `file()`: rows of a database, one for each chunk. */
export function storeIn(database: FileDelegate): FileStore<string> {
  return async (part, { undo }) => {
    const id = database.startFile(part);
    undo(() => database.removeFile(id));
    let chunk: Uint8Array | null;
    while ((chunk = await part.readChunk(CHUNK_BYTES)) !== null) {
      database.fileData(id, chunk);
    }
    database.finishFile(id);
    return id;
  };
}

const shape = {
  title: field({ maxBytes: 200, optional: true }),
  scans: file({
    multiple: { max: 10 },
    maxBytes: 100_000_000,
    store: storeIn(sqliteStore(process.argv[2] ?? "files.db")),
  }),
};

const server = createServer(async (request, response) => {
  try {
    const form = JSON.stringify(await readForm(request, shape));
    response.setHeader("content-type", "application/json").end(form);
  } catch (error) {
    // The library's errors have a status for the response.
    const isTheirs = error instanceof MultipartError;
    if (!isTheirs) console.error("Cannot store a form:", error);
    // The message may contain the client's input, and must not be read as HTML.
    response.setHeader("content-type", "text/plain; charset=utf-8");
    response.statusCode = isTheirs ? error.status : 500;
    response.end(isTheirs ? `${error.message}\n` : "The upload failed\n");
  }
});
server.requestTimeout = 0; // Node's five minutes are short for a large file.
server.timeout = 60_000; // Closes a connection that is silent for a minute.
server.listen(Number(process.env.PORT ?? 8000), "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : address;
  console.log(`Listening on http://127.0.0.1:${port}/`);
});
