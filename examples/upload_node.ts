/**
 * Saves the photos of a form with plain `node:http`:
 * `node examples/upload_node.ts [folder]`, then
 * `curl -F name=Ada -F photo=@cat.jpg http://localhost:8000/`.
 *
 * In Express and Fastify, use the same `formSaver`:
 *
 * - Express: `app.post("/", async (request, response) => ...)` calls the
 *   returned function with `request`. Register no body parser for forms before.
 * - Fastify: call it with `request.raw`, after
 *   `app.addContentTypeParser("multipart/form-data", (_request, _body, done) => done(null))`,
 *   which leaves the body alone.
 */
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";
import { mkdir } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import process from "node:process";

/** Reads forms, and saves each photo as it arrives, complete or not at all. */
export function formSaver(folder: string) {
  const shape = {
    name: field({ maxBytes: 200, optional: true }),
    photo: file({
      multiple: { max: 10 },
      optional: true,
      maxBytes: 5_000_000_000,
      store: saveTo(folder),
    }),
  };
  return (message: IncomingMessage) => readForm(message, shape);
}

if (import.meta.main) {
  const folder = process.argv[2] ?? "uploads";
  await mkdir(folder, { recursive: true });
  const saveForm = formSaver(folder);
  const server = createServer(async (request, response) => {
    try {
      const saved = JSON.stringify(await saveForm(request));
      response.setHeader("content-type", "application/json").end(saved);
    } catch (error) {
      // The library's errors have a status for the response.
      const isTheirs = error instanceof MultipartError;
      if (!isTheirs) console.error("Cannot save a form:", error);
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
}
