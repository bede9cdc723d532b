// Deno.serve: `deno run --allow-net --allow-env --allow-read --allow-write
// examples/frameworks/deno.ts`, then
// `curl -F title=River -F film=@river.mp4 http://localhost:8000/`.
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";

const store = saveTo(Deno.env.get("FOLDER") ?? "uploads");
const shape = {
  title: field({ maxBytes: 200 }),
  film: file({ types: ["video/*"], maxBytes: 5_000_000_000, store }),
};

Deno.serve({
  port: Number(Deno.env.get("PORT") ?? 8000),
  hostname: "127.0.0.1",
  onListen: ({ port }) => console.log(`Listening on http://127.0.0.1:${port}/`),
}, async (request) => {
  try {
    return Response.json(await readForm(request, shape));
  } catch (error) {
    if (error instanceof MultipartError) {
      return new Response(error.message, { status: error.status });
    }
    // Clients that hang up are not logged.
    if (!request.signal.aborted) console.error(error);
    return new Response("The upload failed", { status: 500 });
  }
});
