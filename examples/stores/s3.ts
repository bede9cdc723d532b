/**
 * Stores the files of a form in S3 or a compatible server:
 * `npm install @aws-sdk/client-s3 @aws-sdk/lib-storage`, then run this file with
 * Node, with BUCKET, AWS_REGION and the keys in its environment, and
 * `curl -F title=River -F scans=@one.pdf http://localhost:8000/`.
 * `AWS_ENDPOINT_URL` is for a server that is not Amazon's.
 */
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import process from "node:process";
import { DeleteObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import {
  field,
  file,
  type FileStore,
  MultipartError,
  readForm,
  sanitizeFilename,
} from "@tributary/multipart";

/** A store for `file()`: one object per file. */
export function storeIn(
  client: S3Client,
  bucket: string,
): FileStore<{ key: string; filename: string }> {
  return async (part, { undo }) => {
    const object = { Bucket: bucket, Key: randomUUID() };
    // A file's size is known only at its end, so it is uploaded in parts of 5
    // MiB, two at a time. Aborting the form ends `part.body`, and with it the
    // upload.
    const params = { ...object, Body: part.body };
    const done = new Upload({ client, params, queueSize: 2 }).done();
    undo(async () => {
      // When it rejects, it has aborted the upload, so that no parts remain.
      await done.catch(() => {});
      await client.send(new DeleteObjectCommand(object));
    });
    await done;
    return { key: object.Key, filename: sanitizeFilename(part.filename ?? "") };
  };
}

const client = new S3Client({ forcePathStyle: true });
const shape = {
  title: field({ maxBytes: 200, optional: true }),
  scans: file({
    multiple: { max: 10 },
    maxBytes: 5_000_000_000,
    store: storeIn(client, process.env.BUCKET ?? "uploads"),
  }),
};

const server = createServer(async (request, response) => {
  response.on("error", () => {}); // The client has gone.
  try {
    const form = JSON.stringify(await readForm(request, shape));
    response.setHeader("content-type", "application/json").end(form);
  } catch (error) {
    const isTheirs = error instanceof MultipartError;
    if (!isTheirs) console.error("Cannot store a form:", error);
    response.setHeader("content-type", "text/plain; charset=utf-8");
    response.statusCode = isTheirs ? error.status : 500;
    response.end(isTheirs ? `${error.message}\n` : "The upload failed\n");
  }
});
server.requestTimeout = 0; // Node's five minutes are short for a large file.
server.timeout = 60_000; // Closes a connection that is silent for a minute.
server.listen(Number(process.env.PORT ?? 8000), "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" ? address?.port : address;
  console.log(`Listening on http://127.0.0.1:${port}/`);
});
