/**
 * Serves a file, so that downloads can be resumed, and players can seek:
 * `node examples/range_server.ts film.mp4 video/mp4`, or with `bun`, or with
 * `deno run --allow-net --allow-read --allow-env=PORT`. Ctrl+C ends it.
 */
import { byteRanges } from "@tributary/multipart";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import process from "node:process";
import { fetchListener } from "./fetch_listener.ts";

/** Answers with the file, or with the requested ranges. */
export async function serveFile(
  request: Request,
  path: string,
  type?: string,
): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    const headers = { allow: "GET, HEAD" };
    return new Response("Method not allowed\n", { status: 405, headers });
  }
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (!found?.isFile()) return new Response("Not found\n", { status: 404 });
  const { size, mtimeNs, mtimeMs } = found;
  return byteRanges(
    request,
    (start, end) => ReadableStream.from(readLater(path, start, end)),
    {
      type,
      size: Number(size),
      etag: `"${mtimeNs}-${size}"`,
      lastModified: Number(mtimeMs),
    },
  );
}

/** Opens the file only when it is read. */
async function* readLater(path: string, start: number, end: number) {
  // `end` is exclusive here, but inclusive in `createReadStream()`.
  yield* createReadStream(path, { start, end: end - 1 });
}

if (import.meta.main) {
  const [path = "", type] = process.argv.slice(2);
  await stat(path);
  const server = createServer(
    fetchListener((request) => serveFile(request, path, type)),
  );
  server.listen(Number(process.env["PORT"] ?? 8000), "127.0.0.1", () => {
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    console.log(`Listening on http://127.0.0.1:${port}/`);
  });
}
