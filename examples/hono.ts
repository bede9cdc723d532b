/**
 * Reads forms in a Hono application as they stream:
 * `deno serve --config=deno.json --host=127.0.0.1 examples/hono.ts`, or `bun examples/hono.ts` (on
 * port 3000, or PORT), then `curl -F name=Ada -F photo=@cat.jpg http://localhost:8000/upload`.
 * Cloudflare Workers take this file as it is; on Node it is
 * `import { serve } from "@hono/node-server"`, and `serve(app)` with a port.
 *
 * Hono's own `c.req.parseBody()` holds the whole form in memory.
 */
import { MultipartError, MultipartReader } from "@tributary/multipart";
import { Hono } from "hono";

// Fields are held in memory, so their number and their size are bounded.
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
      // Here a file would go to where it belongs, a chunk at a time.
      for await (const chunk of part) size += chunk.length;
      files.push({ filename, type, size });
    }
  }
  return c.json({ fields, files });
});

app.onError((error, c) => {
  // The library's errors know the status to answer with.
  if (error instanceof MultipartError) {
    return c.text(error.message, error.status);
  }
  console.error(error);
  return c.text("The upload failed", 500);
});

/** What `deno serve`, Bun and Workers take as a server. */
export default {
  fetch: app.fetch,
  hostname: "127.0.0.1", // Bun listens on all interfaces otherwise.
  maxRequestBodySize: Infinity, // Bun's 128 MiB is little for a file.
};
