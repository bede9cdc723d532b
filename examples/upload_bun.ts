/**
 * Saves the files of a form with `Bun.serve`:
 * `bun examples/upload_bun.ts [folder]`, then
 * `curl -F name=Ada -F photo=@cat.jpg http://localhost:8000/`.
 */
import {
  MultipartError,
  MultipartReader,
  sanitizeFilename,
} from "@tributary/multipart";
import { mkdir, open, rm } from "node:fs/promises";
import process from "node:process";

/** What is used here of the types that `@types/bun` brings. */
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
        await using disk = await open(path, "wx");
        // A slow disk slows the sender: nothing piles up in memory.
        await disk.writeFile(part);
      }
    }
  } catch (error) {
    // A form that breaks off leaves nothing behind.
    await Promise.all(files.map((file) => rm(file, { force: true })));
    throw error;
  }
  return { fields, files };
}

if (import.meta.main) {
  const folder = process.argv[2] ?? "uploads";
  await mkdir(folder, { recursive: true });
  const { port } = Bun.serve({
    port: Number(process.env.PORT ?? 8000),
    hostname: "127.0.0.1",
    maxRequestBodySize: Infinity, // Or else Bun refuses more than 128 MiB.
    idleTimeout: 60, // Or else Bun hangs up on a disk that stalls for ten seconds.
    fetch: async (request) => Response.json(await saveForm(request, folder)),
    error: (error) => {
      // The library's errors know the status to answer with.
      if (error instanceof MultipartError) {
        return new Response(`${error.message}\n`, { status: error.status });
      }
      console.error("Cannot save a form:", error);
      return new Response("The upload failed\n", { status: 500 });
    },
  });
  console.log(`Listening on http://127.0.0.1:${port}/`);
}
