// The same with `Deno.serve`: `deno run --allow-net --allow-env --allow-read
// --allow-write examples/forms/deno.ts [folder]`.
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";

const store = saveTo(Deno.args[0] ?? "uploads");
const images = { types: ["image/*"], maxBytes: 5_000_000, store };
const shape = {
  title: field({ maxBytes: 200 }),
  avatar: file({ ...images, optional: true }),
  gallery: file({ ...images, multiple: { max: 8 }, optional: true }),
};
Deno.serve({
  port: Number(Deno.env.get("PORT") ?? 8000),
  hostname: "127.0.0.1",
  onListen: ({ port }) => console.log(`Listening on http://127.0.0.1:${port}/`),
  onError: (error) =>
    error instanceof MultipartError
      ? new Response(error.message, { status: error.status })
      : new Response("The upload failed", { status: 500 }),
}, async (request) => Response.json(await readForm(request, shape)));
