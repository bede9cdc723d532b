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
// Hono's own request would hold the form: `raw` is the platform's.
app.post("/", async (c) => c.json(await readForm(c.req.raw, shape)));
app.onError((error, c) => {
  if (error instanceof MultipartError) {
    return c.text(error.message, error.status);
  }
  // A client that has hung up is not news.
  if (!c.req.raw.signal.aborted) console.error(error);
  return c.text("The upload failed", 500);
});

/** What `deno serve` and Bun take as a server. */
export default {
  fetch: app.fetch,
  hostname: "127.0.0.1", // Bun listens on all interfaces otherwise.
  maxRequestBodySize: 5_100_000_000, // Bun refuses more than 128 MiB otherwise.
  idleTimeout: 60, // Bun closes what is silent for ten seconds otherwise.
};
