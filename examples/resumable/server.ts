// Receives files in a single request, as a form, or in several (tus), on the
// same route, on Node: `npm ci --prefix examples/resumable`, then
// `node examples/resumable/server.ts`, and
// `curl -F film=@river.mp4 http://localhost:8000/films`, or
// `node examples/resumable/client.ts http://localhost:8000/films river.mp4`.
import { file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo, sweep } from "@tributary/multipart/disk";
import { FileStore } from "@tus/file-store";
import { Server } from "@tus/server";
import { mkdir, open } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { resolve } from "node:path";
import process from "node:process";

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;
const maxBytes = 5_000_000_000;

const folder = resolve(process.env["FOLDER"] ?? "uploads");
await mkdir(folder, { recursive: true });

/** The complete films, from forms and from tus. */
const films: { path: string; size: number }[] = [];

/** Whether a file begins like an MP4. */
function isFilm(start: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(start.subarray(4, 8)) === "ftyp";
}

const store = saveTo(folder);
const shape = {
  film: file({
    maxBytes,
    store,
    check: async (part) => isFilm(await part.peek(8)),
  }),
};

/** Receives a film in one request. */
async function takeForm(request: IncomingMessage): Promise<void> {
  const { film: { path, size } } = await readForm(request, shape);
  films.push({ path, size });
}

const datastore = new FileStore({ directory: folder });
const tus = new Server({
  path: "/films",
  datastore,
  maxSize: maxBytes,
  relativeLocation: true, // Location is relative: the client chooses the Host header.
  async onUploadFinish(_request, { id, size = 0, storage }) {
    const path = storage?.path ?? "";
    if (!isFilm(await readStart(path))) {
      await datastore.remove(id);
      throw { status_code: 415, body: "Send an MP4\n" };
    }
    films.push({ path, size });
    return {};
  },
});

async function readStart(path: string): Promise<Uint8Array> {
  await using file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(8), 0, 8);
  return buffer;
}

/** Removes incomplete films that were begun more than a day ago. */
async function removeOld(): Promise<void> {
  // Not tus.cleanUpExpiredUploads(): in FileStore 2.1.1 it removes complete
  // files.
  for (const id of await datastore.configstore.list?.() ?? []) {
    const { offset, size, creation_date } = await datastore.getUpload(id);
    const age = Date.now() - Date.parse(creation_date ?? "");
    if (offset !== size && age > DAY) await datastore.remove(id);
  }
  await sweep(folder, { olderThan: DAY });
}
setInterval(() => removeOld().catch(console.error), HOUR).unref();

const server = createServer(async (request, response) => {
  const { method, url = "", headers } = request;
  const isForm = /^multipart\/form-data\b/i.test(headers["content-type"] ?? "");
  try {
    if (method === "GET" && url === "/films") {
      const list = films.map(({ size }) => ({ size }));
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(list));
    } else if (method === "POST" && url === "/films" && isForm) {
      await takeForm(request);
      response.writeHead(201).end();
    } else if (method === "GET" || !/^\/films(?:\/|$)/.test(url)) {
      response.writeHead(404).end(); // tus would serve the uploaded files.
    } else {
      await tus.handle(request, response);
    }
  } catch (error) {
    const isRefused = error instanceof MultipartError;
    if (!isRefused && !response.destroyed) console.error(error);
    response.statusCode = isRefused ? error.status : 500;
    response.setHeader("content-type", "text/plain; charset=utf-8");
    response.end(isRefused ? `${error.message}\n` : "The upload failed\n");
  }
});
server.requestTimeout = 0; // Node's five minutes are short for a large file.
server.timeout = 60_000; // Closes a connection that is silent for a minute.
server.listen(Number(process.env["PORT"] ?? 8000), "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  console.log(`Listening on http://127.0.0.1:${port}/`);
});
