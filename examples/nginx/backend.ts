/**
 * The backend of nginx.conf: `TOKEN=secret node backend.ts` in this folder. With
 * nginx in front of it,
 * `curl -H "Authorization: Bearer secret" -F file=@cat.jpg http://localhost:8080/file`,
 * or the same to `/stream`.
 */
import { MultipartError, MultipartReader } from "@tributary/multipart";
import { createHash, timingSafeEqual } from "node:crypto";
import { createReadStream } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import process from "node:process";

const { TOKEN = "", PORT = 8000 } = process.env;
if (TOKEN === "") throw new Error("Cannot start: TOKEN is not set");

/** Whether the request has the token. Compares in constant time. */
function isKnown({ headers: { authorization = "" } }: IncomingMessage) {
  const hash = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(authorization), hash(`Bearer ${TOKEN}`));
}

/** Opens the file only when it is read, so a refused file is never opened. */
async function* readLater(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path);
}

/** Reads a form from the file that nginx wrote, or as it streams. */
async function receive(request: IncomingMessage) {
  const { headers } = request;
  const path = headers["x-body-file"];
  const message = typeof path === "string"
    ? { headers, body: readLater(path) }
    : request;
  const files: { filename: string; size: number; sha256: string }[] = [];
  for await (const part of MultipartReader.from(message)) {
    const { filename } = part;
    if (!filename) continue; // A field, or a file input without a file.
    const hash = createHash("sha256");
    let size = 0;
    for await (const chunk of part) {
      hash.update(chunk);
      size += chunk.length;
    }
    files.push({ filename, size, sha256: hash.digest("hex") });
  }
  return files;
}

// Only nginx may reach it: any other client could name any file as a body.
const server = createServer(async (request, response) => {
  if (request.url === "/auth") {
    response.writeHead(isKnown(request) ? 204 : 403).end();
    return;
  }
  try {
    const files = JSON.stringify(await receive(request));
    response.setHeader("content-type", "application/json").end(files);
  } catch (error) {
    // The library's errors have a status for the response.
    const isTheirs = error instanceof MultipartError;
    if (!isTheirs) console.error("Cannot read a form:", error);
    response.writeHead(isTheirs ? error.status : 500).end();
  }
});
server.requestTimeout = 0; // Node's five minutes are short for a large file.
server.timeout = 60_000; // Closes a connection that is silent for a minute.
server.listen(Number(PORT), "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : address;
  console.log(`Listening on http://127.0.0.1:${port}/`);
});
