// Sends a file to a tus server, and resumes where a connection broke:
// `node examples/resumable/client.ts http://localhost:8000/films river.mp4`.
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import process from "node:process";
import { Upload } from "tus-js-client";

const [endpoint = "", path = ""] = process.argv.slice(2);
const upload = new Upload(createReadStream(path), {
  endpoint,
  retryDelays: [100, 1000, 5000, 20_000],
  metadata: { filename: basename(path) },
  onBeforeRequest(request) {
    const offset = request.getHeader("Upload-Offset");
    if (offset !== undefined) console.log(`Sending from byte ${offset}`);
  },
  onSuccess: () => console.log(`Sent as ${upload.url}`),
  onError(error) {
    console.error(`Cannot send ${path}: ${error.message}`);
    process.exitCode = 1;
  },
});
upload.start();
