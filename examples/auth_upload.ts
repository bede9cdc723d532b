/**
 * Checks the client's token, and the size of the upload, before it reads the body:
 * `TOKEN=secret node examples/auth_upload.ts`, then
 * `curl -H "Authorization: Bearer secret" -F file=@cat.jpg http://localhost:8000/`.
 *
 * Before it sends a large body, curl asks with `Expect: 100-continue`, so it
 * receives a refusal before it has sent anything. For a client that does not
 * ask, the connection is closed, and it may miss the response: that is the
 * price of leaving a body unread.
 */
import { MultipartError, MultipartReader } from "@tributary/multipart";
import { createHash, timingSafeEqual } from "node:crypto";
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import process from "node:process";

const MAX_BYTES = 64 * 1024 * 1024;

/** Returns the status of a refusal, if the head alone is reason enough. */
export function refusal(request: IncomingMessage, token: string) {
  const { authorization = "", "content-length": length } = request.headers;
  const hash = (text: string) => createHash("sha256").update(text).digest();
  // Compares in constant time, so the time does not reveal how much matched.
  const isKnown = timingSafeEqual(hash(authorization), hash(`Bearer ${token}`));
  if (!isKnown) return 403;
  return Number(length) > MAX_BYTES ? 413 : undefined;
}

async function receive(request: IncomingMessage, response: ServerResponse) {
  // Counts the bytes, since a chunked body has no declared length.
  const limits = { totalBytes: MAX_BYTES };
  let size = 0;
  try {
    for await (const part of MultipartReader.from(request, { limits })) {
      for await (const chunk of part) size += chunk.length;
    }
    response.setHeader("content-type", "text/plain").end(`${size} bytes\n`);
  } catch (error) {
    // The library's errors have a status for the response.
    const isTheirs = error instanceof MultipartError;
    if (!isTheirs) console.error("Cannot read a form:", error);
    const status = isTheirs ? error.status : 500;
    response.writeHead(status, { connection: "close" }).end();
  }
}

if (import.meta.main) {
  const { TOKEN = "", PORT = 8000 } = process.env;
  if (TOKEN === "") throw new Error("Cannot start: TOKEN is not set");
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const status = refusal(request, TOKEN);
    if (status === undefined) {
      if (request.headers.expect !== undefined) response.writeContinue();
      return receive(request, response);
    }
    response.writeHead(status, { connection: "close" }).end();
  };
  // Without this listener, Node itself would ask for each body.
  const server = createServer(answer).on("checkContinue", answer);
  server.requestTimeout = 0; // Node's five minutes are short for a large file.
  server.timeout = 60_000; // Closes a connection that is silent for a minute.
  server.listen(Number(PORT), "127.0.0.1", () => {
    const address = server.address();
    const port = typeof address === "object" ? address?.port : address;
    console.log(`Listening on http://127.0.0.1:${port}/`);
  });
}
