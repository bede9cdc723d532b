// The same with Fastify: `node examples/forms/fastify.ts [folder]`.
import process from "node:process";
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";
import fastify from "fastify";

const store = saveTo(process.argv[2] ?? "uploads");
const images = { types: ["image/*"], maxBytes: 5_000_000, store };
const shape = {
  title: field({ maxBytes: 200 }),
  avatar: file({ ...images, optional: true }),
  gallery: file({ ...images, multiple: { max: 8 }, optional: true }),
};
// Closes a connection that is silent for a minute.
const app = fastify({ requestTimeout: 0, connectionTimeout: 60_000 });
app.removeAllContentTypeParsers(); // The handler reads the bodies.
app.addContentTypeParser("*", (_request, _body, done) => done(null));
app.setErrorHandler((error, _request, reply) => {
  const isTheirs = error instanceof MultipartError;
  reply.code(isTheirs ? error.status : 500).type("text/plain");
  return isTheirs ? error.message : "The upload failed";
});
app.post("/", async ({ raw }) => ({ ...await readForm(raw, shape) }));
const port = Number(process.env.PORT ?? 8000);
console.log(`Listening on ${await app.listen({ port, host: "127.0.0.1" })}/`);
