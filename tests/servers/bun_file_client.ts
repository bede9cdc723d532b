/**
 * Uploads a file, a slice of it, and both in a form, as Bun's own Blobs. It
 * runs on Bun.
 */
import { MultipartWriter } from "@tributary/multipart/writer";
import process from "node:process";

const [url = "", path = ""] = process.argv.slice(2);
const bun: { file(path: string): Blob } = Reflect.get(globalThis, "Bun");

const form = new FormData();
form.append("file", bun.file(path), "file");

const writer = new MultipartWriter();
writer.append(bun.file(path));
writer.append(bun.file(path).slice(5, 25));
writer.append(MultipartWriter.fromFormData(form));

for (const init of [writer.toRequestInit(), { body: await writer.blob() }]) {
  await fetch(url, {
    ...init,
    method: "POST",
    headers: { "content-type": writer.contentType },
  });
}
