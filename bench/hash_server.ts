/**
 * A server that reads a form, and responds with the size and SHA-256 of its
 * parts.
 */
import { MultipartReader } from "../mod.ts";
import { createHash } from "node:crypto";
import { createServer } from "node:http";

const server = createServer(async (request, response) => {
  const parts: Record<string, unknown>[] = [];
  try {
    for await (const part of MultipartReader.from(request)) {
      const hash = createHash("sha256");
      let size = 0;
      for await (const chunk of part) {
        hash.update(chunk);
        size += chunk.length;
      }
      parts.push({ name: part.name, size, sha256: hash.digest("hex") });
    }
    response.end(JSON.stringify(parts));
  } catch (error) {
    response.writeHead(400).end(String(error));
  }
});
server.requestTimeout = 0;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : address;
  console.log(`Listening on http://127.0.0.1:${port}/`);
});
