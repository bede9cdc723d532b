// Hono 4, on Node: `node examples/frameworks/hono_node.ts`, then
// `curl -F title=River -F film=@river.mp4 http://localhost:8000/`.
import { createServer } from "node:http";
import process from "node:process";
import { type HttpBindings, serve } from "@hono/node-server";
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";
import { Hono } from "hono";

const store = saveTo(process.env["FOLDER"] ?? "uploads");
const shape = {
  title: field({ maxBytes: 200 }),
  film: file({ types: ["video/*"], maxBytes: 5_000_000_000, store }),
};

const app = new Hono<{ Bindings: HttpBindings }>();
// Uses Node's own request: `c.req.raw` would close the connection if it was not
// read to its end, and the response would be lost.
app.post("/", async (c) => c.json(await readForm(c.env.incoming, shape)));
app.onError((error, c) => {
  if (error instanceof MultipartError) {
    return c.text(error.message, error.status);
  }
  // The response is destroyed if the client has hung up.
  if (!c.env.outgoing.destroyed) console.error(error);
  return c.text("The upload failed", 500);
});

serve({
  fetch: app.fetch,
  hostname: "127.0.0.1",
  port: Number(process.env["PORT"] ?? 8000),
  // By default, it closes the connection half a second after the response.
  autoCleanupIncoming: false,
  createServer,
  serverOptions: {
    requestTimeout: 0, // Node's five minutes are short for a large file.
  },
}, ({ port }) => console.log(`Listening on http://127.0.0.1:${port}/`));
