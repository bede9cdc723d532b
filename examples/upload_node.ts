/**
 * Saves the files of a form with plain `node:http`:
 * `node examples/upload_node.ts [folder]`, then
 * `curl -F name=Ada -F photo=@cat.jpg http://localhost:8000/`.
 *
 * In Express and Fastify the same `saveForm` serves:
 *
 * - Express: `app.post("/", async (request, response) => ...)` calls it with
 *   `request`, with no body parser before it that takes forms.
 * - Fastify: it is called with `request.raw`, behind
 *   `app.addContentTypeParser("multipart/form-data", (_request, _body, done) => done(null))`,
 *   which leaves the body alone.
 */
import {
  MultipartError,
  MultipartReader,
  sanitizeFilename,
} from "@tributary/multipart";
import { randomUUID } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { join } from "node:path";
import process from "node:process";

// Fields are held in memory, so their number and their size are bounded.
const limits = { parts: 100, bufferedBytes: 64 * 1024 };

/** Saves each file as it comes in; gives the fields, and the files' paths. */
export async function saveForm(message: IncomingMessage, folder: string) {
  const fields: [name: string, value: string][] = [];
  const files: string[] = [];
  try {
    for await (const part of MultipartReader.from(message, { limits })) {
      const { name = "", filename } = part;
      if (filename === undefined) {
        fields.push([name, await part.text()]);
      } else if (filename !== "") { // As it is where no file was chosen.
        const safe = sanitizeFilename(filename);
        const path = join(folder, sanitizeFilename(`${randomUUID()}-${safe}`));
        files.push(path);
        // A slow disk slows the sender: nothing piles up in memory.
        await writeFile(path, part, { flag: "wx" });
      }
    }
  } catch (error) {
    // A form that breaks off leaves nothing behind.
    await Promise.all(files.map((file) => rm(file, { force: true })));
    throw error;
  }
  return { fields, files };
}

if (import.meta.main) {
  const folder = process.argv[2] ?? "uploads";
  await mkdir(folder, { recursive: true });
  const server = createServer(async (request, response) => {
    try {
      const saved = JSON.stringify(await saveForm(request, folder));
      response.setHeader("content-type", "application/json").end(saved);
    } catch (error) {
      // The library's errors know the status to answer with.
      const isTheirs = error instanceof MultipartError;
      if (!isTheirs) console.error("Cannot save a form:", error);
      // A message may hold what was sent, and is never to be taken for HTML.
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
