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
    hostname: "127.0.0.1", // By default, Bun listens on all interfaces.
    maxRequestBodySize: 5_100_000_000, // By default, Bun refuses more than 128 MiB.
    idleTimeout: 60, // By default, Bun closes idle connections after ten seconds.
  },
})
  .onError(({ error, request }) => {
    if (error instanceof MultipartError) {
      return new Response(error.message, { status: error.status });
    }
    // Clients that hang up are not logged.
    if (!request.signal.aborted) console.error(error);
    return new Response("The upload failed", { status: 500 });
  })
  // Otherwise Elysia would read and buffer the form itself.
  .post("/", async ({ request }) => ({ ...await readForm(request, shape) }), {
    parse: "none",
  })
  .listen(Number(process.env["PORT"] ?? 8000), ({ url }) => {
    console.log(`Listening on ${url}`);
  });
