// Koa 3, on Node: `node examples/frameworks/koa.ts`, then
// `curl -F title=River -F film=@river.mp4 http://localhost:8000/`.
import { createServer } from "node:http";
import process from "node:process";
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";
import Koa from "koa";

const store = saveTo(process.env["FOLDER"] ?? "uploads");
const shape = {
  title: field({ maxBytes: 200 }),
  film: file({ types: ["video/*"], maxBytes: 5_000_000_000, store }),
};

const app = new Koa();
app.use(async (context, next) => {
  try {
    await next();
  } catch (error) {
    const isRefused = error instanceof MultipartError;
    // The response is destroyed if the client has hung up.
    if (!isRefused && !context.res.destroyed) console.error(error);
    context.status = isRefused ? error.status : 500;
    context.body = isRefused ? error.message : "The upload failed";
  }
});
app.use(async (context) => {
  if (context.method !== "POST") return;
  // Koa's own request has headers but no bytes. `req` is Node's.
  context.body = { ...await readForm(context.req, shape) };
});

const server = createServer(app.callback());
server.requestTimeout = 0; // Node's five minutes are short for a large file.
server.timeout = 60_000; // Closes a connection that is silent for a minute.
server.listen(Number(process.env["PORT"] ?? 8000), "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  console.log(`Listening on http://127.0.0.1:${port}/`);
});
