// Elysia 1, on Bun: `bun examples/frameworks/elysia.ts`, then
// `curl -F title=River -F film=@river.mp4 http://localhost:8000/`.
import process from "node:process";
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";
import { Elysia } from "elysia";

const store = saveTo(process.env["FOLDER"] ?? "uploads");
const shape = {
  title: field({ maxBytes: 200 }),
  film: file({ types: ["video/*"], maxBytes: 5_000_000_000, store }),
};

new Elysia({
  serve: {
    hostname: "127.0.0.1", // Bun listens on all interfaces otherwise.
    maxRequestBodySize: 5_100_000_000, // Bun refuses more than 128 MiB otherwise.
    idleTimeout: 60, // Bun closes what is silent for ten seconds otherwise.
  },
})
  .onError(({ error, request }) => {
    if (error instanceof MultipartError) {
      return new Response(error.message, { status: error.status });
    }
    // A client that has hung up is not news.
    if (!request.signal.aborted) console.error(error);
    return new Response("The upload failed", { status: 500 });
  })
  // Else Elysia would read the form itself, and hold it.
  .post("/", async ({ request }) => ({ ...await readForm(request, shape) }), {
    parse: "none",
  })
  .listen(Number(process.env["PORT"] ?? 8000), ({ url }) => {
    console.log(`Listening on ${url}`);
  });
