// H3 2, the server of Nitro and Nuxt, on Node: `node examples/frameworks/h3.ts`,
// then `curl -F title=River -F film=@river.mp4 http://localhost:8000/`.
import process from "node:process";
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";
import { H3, onError, serve } from "h3";

const store = saveTo(process.env["FOLDER"] ?? "uploads");
const shape = {
  title: field({ maxBytes: 200 }),
  film: file({ types: ["video/*"], maxBytes: 5_000_000_000, store }),
};

const app = new H3();
app.use(onError((error, event) => {
  // H3 wraps errors of handlers.
  const { cause } = error;
  const isRefused = cause instanceof MultipartError;
  if (!isRefused && !event.req.signal.aborted) console.error(cause);
  const text = isRefused ? cause.message : "The upload failed";
  return new Response(text, { status: isRefused ? cause.status : 500 });
}));
app.post("/", async ({ req, runtime }) => {
  // Uses Node's own request, if there is one: H3 would close the connection if
  // the request was not read to its end, and the response would be lost.
  const message = runtime?.node?.req ?? req;
  return { ...await readForm(message, shape) };
});

const server = serve(app, {
  port: Number(process.env["PORT"] ?? 8000),
  hostname: "127.0.0.1",
  silent: true,
  node: { requestTimeout: 0 }, // Node's five minutes are short for a large file.
});
await server.ready();
console.log(`Listening on ${server.url}`);
