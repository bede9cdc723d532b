/**
 * Stores uploads of any size in an R2 bucket, without a server of your own:
 * `npx wrangler dev` in this folder, then
 * `curl -F film=@film.mp4 http://localhost:8787/`. `npx wrangler deploy` puts it
 * on Cloudflare, where your plan limits the size of a request.
 *
 * Anyone may upload. Check the client first, as `../auth_upload.ts` does.
 */
import {
  file,
  type FileStore,
  MultipartError,
  type PartReader,
  readForm,
  sanitizeFilename,
} from "@tributary/multipart";

/** The part of the types from `wrangler types` that is used here. */
interface Bucket {
  put(key: string, value: Uint8Array): Promise<unknown>;
  delete(key: string): Promise<void>;
  createMultipartUpload(key: string): Promise<BucketUpload>;
}

interface BucketUpload {
  uploadPart(number: number, value: Uint8Array): Promise<BucketPart>;
  complete(parts: BucketPart[]): Promise<unknown>;
  abort(): Promise<void>;
}

interface BucketPart {
  partNumber: number;
  etag: string;
}

// R2 takes up to 10,000 parts, all but the last of the same size: 80 GB with
// this.
const PART_BYTES = 8 * 1024 * 1024;

/** Stores a file in parts, since its length is known only at its end. */
async function put(part: PartReader, key: string, bucket: Bucket) {
  let block = await part.readChunk(PART_BYTES);
  if (block === null || block.length < PART_BYTES) {
    await bucket.put(key, block ?? new Uint8Array());
    return key;
  }
  const upload = await bucket.createMultipartUpload(key);
  try {
    const parts: BucketPart[] = [];
    for (; block !== null; block = await part.readChunk(PART_BYTES)) {
      parts.push(await upload.uploadPart(parts.length + 1, block));
    }
    await upload.complete(parts);
    return key;
  } catch (error) {
    await upload.abort(); // Otherwise the bucket would keep the parts for days.
    throw error;
  }
}

/** A store for `file()`: one object per file. */
function storeIn(bucket: Bucket): FileStore<string> {
  return async (part, { undo }) => {
    const name = sanitizeFilename(part.filename ?? "");
    const key = `${crypto.randomUUID()}/${name}`;
    const done = put(part, key, bucket);
    undo(async () => {
      await done.catch(() => {});
      await bucket.delete(key);
    });
    return await done;
  };
}

/** Stores the films of a form. A failed upload leaves no objects. */
async function receive(request: Request, bucket: Bucket): Promise<Response> {
  const shape = { film: file({ multiple: true, store: storeIn(bucket) }) };
  try {
    const { film } = await readForm(request, shape, { unknown: "skip" });
    return Response.json(film);
  } catch (error) {
    // The library's errors have a status for the response.
    if (error instanceof MultipartError) {
      return new Response(`${error.message}\n`, { status: error.status });
    }
    console.error("Cannot store the files:", error);
    return new Response("The upload failed\n", { status: 500 });
  }
}

export default {
  fetch(
    request: Request,
    { UPLOADS }: { UPLOADS: Bucket },
    context: { waitUntil(promise: Promise<unknown>): void },
  ): Promise<Response> {
    const response = receive(request, UPLOADS);
    // Without this, a Worker ends when its client hangs up, without cleaning
    // up.
    context.waitUntil(response);
    return response;
  },
};
