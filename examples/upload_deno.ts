/**
 * Saves the photos of a form with `Deno.serve`:
 * `deno run --allow-net --allow-env --allow-read --allow-write examples/upload_deno.ts [folder]`,
 * then `curl -F name=Ada -F photo=@cat.jpg http://localhost:8000/`.
 */
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";

/** Reads forms, and saves each photo as it arrives, complete or not at all. */
export function formSaver(folder: string) {
  const shape = {
    name: field({ maxBytes: 200, optional: true }),
    photo: file({
      multiple: { max: 10 },
      optional: true,
      maxBytes: 5_000_000_000,
      store: saveTo(folder),
    }),
  };
  return (request: Request) => readForm(request, shape);
}

if (import.meta.main) {
  const folder = Deno.args[0] ?? "uploads";
  await Deno.mkdir(folder, { recursive: true });
  const saveForm = formSaver(folder);
  Deno.serve({
    port: Number(Deno.env.get("PORT") ?? 8000),
    hostname: "127.0.0.1",
    onListen: ({ port }) =>
      console.log(`Listening on http://127.0.0.1:${port}/`),
    onError: (error) => {
      // The library's errors have a status for the response.
      if (error instanceof MultipartError) {
        return new Response(`${error.message}\n`, { status: error.status });
      }
      console.error("Cannot save a form:", error);
      return new Response("The upload failed\n", { status: 500 });
    },
  }, async (request) => Response.json(await saveForm(request)));
}
