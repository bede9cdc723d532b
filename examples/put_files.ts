/**
 * Accepts many files in one PUT, each handled as it streams, and skips fields:
 * `deno serve --config=deno.json --host=127.0.0.1 examples/put_files.ts`, or
 * `bun examples/put_files.ts` (on port 3000, or PORT), then
 * `curl -X PUT -F a=@one.iso -F b=@two.iso http://localhost:8000/`.
 */
import { MultipartError, MultipartReader } from "@tributary/multipart";
import { createHash } from "node:crypto";

/** What is known of a file after its last byte. */
export interface Received {
  filename: string;
  type: string;
  size: number;
  sha256: string;
}

// The names of all files are kept, so each is limited.
const limits = { parts: 10_000, headerBytes: 1024 };

/** Handles each file in turn. A real handler would store the bytes. */
export async function receiveFiles(request: Request): Promise<Received[]> {
  const received: Received[] = [];
  for await (const part of MultipartReader.from(request, { limits })) {
    // The reader skips a field by itself, however long it is.
    if (part.filename === undefined) continue;
    const hash = createHash("sha256");
    let size = 0;
    for await (const chunk of part) {
      hash.update(chunk);
      size += chunk.length;
    }
    const { filename, mediaType: type } = part;
    received.push({ filename, type, size, sha256: hash.digest("hex") });
  }
  return received;
}

/** The server for `deno serve` and Bun. */
export default {
  hostname: "127.0.0.1", // By default, Bun listens on all interfaces.
  maxRequestBodySize: Infinity, // By default, Bun refuses more than 128 MiB.
  async fetch(request: Request): Promise<Response> {
    if (request.method !== "PUT") {
      return new Response(null, { status: 405, headers: { allow: "PUT" } });
    }
    try {
      return Response.json(await receiveFiles(request));
    } catch (error) {
      // The library's errors have a status for the response.
      if (error instanceof MultipartError) {
        return new Response(`${error.message}\n`, { status: error.status });
      }
      console.error("Cannot hash the files:", error);
      return new Response("The upload failed\n", { status: 500 });
    }
  },
};
