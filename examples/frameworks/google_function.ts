// Google's functions-framework 5, on Node: `npx functions-framework
// --source=google_function.ts --target=upload` in this folder, then
// `curl -F title=River -F film=@river.mp4 http://localhost:8080/`.
import process from "node:process";
import { http } from "@google-cloud/functions-framework";
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { saveTo } from "@tributary/multipart/disk";

const store = saveTo(process.env["FOLDER"] ?? "/tmp");
const shape = {
  title: field({ maxBytes: 200 }),
  film: file({ types: ["video/*"], store }),
};

// The framework reads the whole request, up to 1 GB, before it calls a
// function, and Google's servers pass on at most 32 MB. So the form is already
// in memory. Upload larger files to a bucket, with a signed URL.
http("upload", async ({ headers, rawBody }, response) => {
  try {
    response.json(await readForm({ headers, body: rawBody ?? null }, shape));
  } catch (error) {
    const isRefused = error instanceof MultipartError;
    if (!isRefused) console.error(error);
    response.status(isRefused ? error.status : 500).type("text");
    response.send(isRefused ? error.message : "The upload failed");
  }
});
