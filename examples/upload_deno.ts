/**
 * Saves the files of a form with `Deno.serve`:
 * `deno run --allow-net --allow-env --allow-read --allow-write examples/upload_deno.ts [folder]`,
 * then `curl -F name=Ada -F photo=@cat.jpg http://localhost:8000/`.
 */
import {
  MultipartError,
  MultipartReader,
  sanitizeFilename,
} from "@tributary/multipart";

// Fields are held in memory, so their number and their size are bounded.
const limits = { parts: 100, bufferedBytes: 64 * 1024 };

/** Saves each file as it comes in; gives the fields, and the files' paths. */
export async function saveForm(request: Request, folder: string) {
  const fields: [name: string, value: string][] = [];
  const files: string[] = [];
  try {
    for await (const part of MultipartReader.from(request, { limits })) {
      const { name = "", filename } = part;
      if (filename === undefined) {
        fields.push([name, await part.text()]);
      } else if (filename !== "") { // As it is where no file was chosen.
        const safe = sanitizeFilename(filename);
        const unique = sanitizeFilename(`${crypto.randomUUID()}-${safe}`);
        const path = `${folder}/${unique}`;
        files.push(path);
        // A slow disk slows the sender: nothing piles up in memory.
        await Deno.writeFile(path, part.body, { createNew: true });
      }
    }
  } catch (error) {
    // A form that breaks off leaves nothing behind.
    const removed = files.map((file) => Deno.remove(file));
    await Promise.allSettled(removed);
    throw error;
  }
  return { fields, files };
}

if (import.meta.main) {
  const folder = Deno.args[0] ?? "uploads";
  await Deno.mkdir(folder, { recursive: true });
  Deno.serve({
    port: Number(Deno.env.get("PORT") ?? 8000),
    hostname: "127.0.0.1",
    onListen: ({ port }) =>
      console.log(`Listening on http://127.0.0.1:${port}/`),
    onError: (error) => {
      // The library's errors know the status to answer with.
      if (error instanceof MultipartError) {
        return new Response(`${error.message}\n`, { status: error.status });
      }
      console.error("Cannot save a form:", error);
      return new Response("The upload failed\n", { status: 500 });
    },
  }, async (request) => Response.json(await saveForm(request, folder)));
}
