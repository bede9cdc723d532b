// Hono 4, on Cloudflare Workers: `npx wrangler dev examples/frameworks/hono_worker.ts`
// with an R2 bucket bound as UPLOADS, then
// `curl -F title=River -F film=@river.mp4 http://localhost:8787/`.
import {
  field,
  file,
  type FileStore,
  MultipartError,
  readForm,
} from "@tributary/multipart";
import { Hono } from "hono";

/** The part of the types from `wrangler types` that is used here. */
interface Bucket {
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
function saveIn(bucket: Bucket): FileStore<string> {
  return async (part, { undo }) => {
    const key = crypto.randomUUID();
    const upload = await bucket.createMultipartUpload(key);
    let isComplete = false;
    undo(() => isComplete ? bucket.delete(key) : upload.abort());
    const parts: BucketPart[] = [];
    let block: Uint8Array | null = await part.readChunk(PART_BYTES);
    do {
      block ??= new Uint8Array(); // An empty file is stored as one empty part.
      parts.push(await upload.uploadPart(parts.length + 1, block));
    } while ((block = await part.readChunk(PART_BYTES)) !== null);
    await upload.complete(parts);
    isComplete = true;
    return key;
  };
}

const app = new Hono<{ Bindings: { UPLOADS: Bucket } }>();
app.post("/", async (c) => {
  const store = saveIn(c.env.UPLOADS);
  const { headers, body: bytes } = c.req.raw;
  // Locks the body without cancelling it, so that the rest of a refused request
  // can be read below.
  const body = bytes && {
    [Symbol.asyncIterator]: () => bytes.values({ preventCancel: true }),
  };
  const reading = readForm({ headers, body }, {
    title: field({ maxBytes: 200 }),
    film: file({ types: ["video/*"], maxBytes: 5_000_000_000, store }),
  });
  // Without this, a Worker ends when its client hangs up, without cleaning up.
  c.executionCtx.waitUntil(reading.catch(() => {}));
  return c.json(await reading);
});
app.onError(async (error, c) => {
  // If the rest were not read, workerd would close the connection, and the
  // response would be lost.
  await c.req.raw.body?.pipeTo(new WritableStream(), {
    signal: AbortSignal.timeout(30_000),
  }).catch(() => {});
  if (error instanceof MultipartError) {
    return c.text(error.message, error.status);
  }
  // Clients that hang up are not logged.
  if (!c.req.raw.signal.aborted) console.error(error);
  return c.text("The upload failed", 500);
});

export default app;
