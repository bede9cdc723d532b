// Fastify 5, on Node: `node examples/frameworks/fastify.ts`, then
// `curl -F title=River -F film=@river.mp4 http://localhost:8000/`.
import process from "node:process";
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";
import fastify from "fastify";

const store = saveTo(process.env["FOLDER"] ?? "uploads");
const shape = {
  title: field({ maxBytes: 200 }),
  film: file({ types: ["video/*"], maxBytes: 5_000_000_000, store }),
};

// Node's five minutes for a request are short for a large file. Closes a
// connection that is silent for a minute.
const app = fastify({ requestTimeout: 0, connectionTimeout: 60_000 });
// The handler reads the bodies. Fastify's bodyLimit is only for its own
// parsers.
app.removeAllContentTypeParsers();
app.addContentTypeParser("*", (_request, _body, done) => done(null));
app.setErrorHandler((error, _request, reply) => {
  const isRefused = error instanceof MultipartError;
  // The response is destroyed if the client has hung up.
  if (!isRefused && !reply.raw.destroyed) console.error(error);
  reply.code(isRefused ? error.status : 500).type("text/plain");
  return isRefused ? error.message : "The upload failed";
});
app.post("/", async ({ raw }) => ({ ...await readForm(raw, shape) }));

const port = Number(process.env["PORT"] ?? 8000);
console.log(`Listening on ${await app.listen({ port, host: "127.0.0.1" })}/`);
