/**
 * Reads forms in a Hono application as they stream:
 * `deno serve --config=deno.json --host=127.0.0.1 examples/hono.ts`, or `bun examples/hono.ts` (on
 * port 3000, or PORT), then `curl -F name=Ada -F photo=@cat.jpg http://localhost:8000/upload`.
 * Cloudflare Workers run this file unchanged. On Node, use
 * `import { serve } from "@hono/node-server"`, and `serve(app)` with a port.
 *
 * Hono's own `c.req.parseBody()` buffers the whole form in memory.
 */
import { MultipartError, MultipartReader } from "@tributary/multipart";
import { Hono } from "hono";

// Fields are buffered, so their number and size are limited.
const limits = { parts: 100, bufferedBytes: 64 * 1024 };

const app = new Hono();

app.post("/upload", async (c) => {
  const fields: [name: string, value: string][] = [];
  const files: { filename: string; type: string; size: number }[] = [];
  for await (const part of MultipartReader.from(c.req.raw, { limits })) {
    const { name = "", filename, mediaType: type } = part;
    if (filename === undefined) {
      fields.push([name, await part.text()]);
    } else {
      let size = 0;
      // A real application would store each chunk here.
      for await (const chunk of part) size += chunk.length;
      files.push({ filename, type, size });
    }
  }
  return c.json({ fields, files });
});

app.onError((error, c) => {
  // The library's errors have a status for the response.
  if (error instanceof MultipartError) {
    return c.text(error.message, error.status);
  }
  console.error(error);
  return c.text("The upload failed", 500);
});

/** The server for `deno serve`, Bun and Workers. */
export default {
  fetch: app.fetch,
  hostname: "127.0.0.1", // By default, Bun listens on all interfaces.
  maxRequestBodySize: Infinity, // By default, Bun refuses more than 128 MiB.
};
