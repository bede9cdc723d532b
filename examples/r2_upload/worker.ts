/**
 * Takes uploads of any size into an R2 bucket, with no machine of one's own:
 * `npx wrangler dev` in this folder, then
 * `curl -F film=@film.mp4 http://localhost:8787/`. `npx wrangler deploy` puts it
 * on Cloudflare; how large a request may be is for your plan there to say.
 *
 * Anybody may upload: check first who it is, as `../auth_upload.ts` does.
 */
import {
  file,
  type FileStore,
  MultipartError,
  type PartReader,
  readForm,
  sanitizeFilename,
} from "@tributary/multipart";

/** What is used here of the types that `wrangler types` makes. */
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

// R2 takes up to 10,000 parts, all but the last of one size: 80 GB in these.
const PART_BYTES = 8 * 1024 * 1024;

/** Puts a file in parts, since its length is known only when it has come. */
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
    await upload.abort(); // Or the bucket would keep the parts, for days.
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

/** Stores the films of a form; a failed upload leaves no objects. */
async function receive(request: Request, bucket: Bucket): Promise<Response> {
  const shape = { film: file({ multiple: true, store: storeIn(bucket) }) };
  try {
    const { film } = await readForm(request, shape, { unknown: "skip" });
    return Response.json(film);
  } catch (error) {
    // The library's errors know the status to answer with.
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
    // Else a Worker ends where its client hangs up, and does not clean up.
    context.waitUntil(response);
    return response;
  },
};
