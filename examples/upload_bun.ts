/**
 * Saves the photos of a form with `Bun.serve`:
 * `bun examples/upload_bun.ts [folder]`, then
 * `curl -F name=Ada -F photo=@cat.jpg http://localhost:8000/`.
 */
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";
import { mkdir } from "node:fs/promises";
import process from "node:process";

/** The part of Bun's types that is used here. */
declare const Bun: {
  serve(options: {
    port: number;
    hostname: string;
    maxRequestBodySize: number;
    idleTimeout: number;
    fetch(request: Request): Promise<Response>;
    error(error: Error): Response;
  }): { port: number };
};

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
  const folder = process.argv[2] ?? "uploads";
  await mkdir(folder, { recursive: true });
  const saveForm = formSaver(folder);
  const { port } = Bun.serve({
    port: Number(process.env.PORT ?? 8000),
    hostname: "127.0.0.1",
    maxRequestBodySize: Infinity, // By default, Bun refuses more than 128 MiB.
    idleTimeout: 60, // By default, Bun hangs up if the disk stalls for ten seconds.
    fetch: async (request) => Response.json(await saveForm(request)),
    error: (error) => {
      // The library's errors have a status for the response.
      if (error instanceof MultipartError) {
        return new Response(`${error.message}\n`, { status: error.status });
      }
      console.error("Cannot save a form:", error);
      return new Response("The upload failed\n", { status: 500 });
    },
  });
  console.log(`Listening on http://127.0.0.1:${port}/`);
}
