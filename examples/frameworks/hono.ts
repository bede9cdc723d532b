// Hono 4, on Bun: `bun examples/frameworks/hono.ts`; on Deno:
// `deno serve --host=127.0.0.1 -A examples/frameworks/hono.ts`; on Node:
// hono_node.ts; on Workers: hono_worker.ts. Then
// `curl -F title=River -F film=@river.mp4 http://localhost:8000/`.
import process from "node:process";
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";
import { Hono } from "hono";

const store = saveTo(process.env["FOLDER"] ?? "uploads");
const shape = {
  title: field({ maxBytes: 200 }),
  film: file({ types: ["video/*"], maxBytes: 5_000_000_000, store }),
};

const app = new Hono();
// Hono's own request would buffer the form. `raw` is the platform's request.
app.post("/", async (c) => c.json(await readForm(c.req.raw, shape)));
app.onError((error, c) => {
  if (error instanceof MultipartError) {
    return c.text(error.message, error.status);
  }
  // Clients that hang up are not logged.
  if (!c.req.raw.signal.aborted) console.error(error);
  return c.text("The upload failed", 500);
});

/** The server for `deno serve` and Bun. */
export default {
  fetch: app.fetch,
  hostname: "127.0.0.1", // By default, Bun listens on all interfaces.
  maxRequestBodySize: 5_100_000_000, // By default, Bun refuses more than 128 MiB.
  idleTimeout: 60, // By default, Bun closes idle connections after ten seconds.
};
