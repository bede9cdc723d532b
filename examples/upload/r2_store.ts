import type { Store } from "./store.ts";

/** The part of Cloudflare's `R2Bucket` that is used here. */
export interface Bucket {
  put(key: string, value: Uint8Array): Promise<unknown>;
  delete(key: string): Promise<void>;
  head(key: string): Promise<{ size: number } | null>;
  get(
    key: string,
    options: { range: { offset: number; length: number } },
  ): Promise<{ body: ReadableStream<Uint8Array> } | null>;
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

// R2 requires parts of one size, at least 5 MiB, and at most 10,000 of them.
// With this size, they reach 80 GB. A Worker has 128 MB of memory for all its
// uploads.
const PART_BYTES = 8 * 1024 * 1024;

/**
 * An R2 bucket as a store. `put` requires the length, which a form's part does
 * not have. So anything longer than one block is uploaded in parts.
 */
export function r2Store(bucket: Bucket): Store {
  return {
    async save(name, chunks) {
      const parts: BucketPart[] = [];
      let upload: BucketUpload | undefined;
      try {
        for await (const block of blocksOf(chunks)) {
          if (upload === undefined && block.length < PART_BYTES) {
            await bucket.put(name, block);
            return;
          }
          upload ??= await bucket.createMultipartUpload(name);
          if (block.length > 0) {
            parts.push(await upload.uploadPart(parts.length + 1, block));
          }
        }
        await upload?.complete(parts);
      } catch (error) {
        await upload?.abort();
        throw error;
      }
    },
    async open(name) {
      const found = await bucket.head(name);
      if (found === null) return undefined;
      const read = (start: number, end: number) =>
        ReadableStream.from(readRange(bucket, name, start, end - start));
      return { size: found.size, read };
    },
    async remove(name) {
      await bucket.delete(name);
    },
  };
}

/** Requests the bytes from the bucket when they are read. */
async function* readRange(
  bucket: Bucket,
  name: string,
  offset: number,
  length: number,
) {
  const object = await bucket.get(name, { range: { offset, length } });
  if (object === null) throw new Error(`Cannot read ${name}: it is gone`);
  yield* object.body;
}

/**
 * Joins chunks into full blocks. The last block is shorter, and may be empty.
 */
async function* blocksOf(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let block = new Uint8Array(PART_BYTES);
  let length = 0;
  for await (let chunk of chunks) {
    while (length + chunk.length >= PART_BYTES) {
      const fitting = PART_BYTES - length;
      block.set(chunk.subarray(0, fitting), length);
      yield block;
      chunk = chunk.subarray(fitting);
      block = new Uint8Array(PART_BYTES);
      length = 0;
    }
    block.set(chunk, length);
    length += chunk.length;
  }
  yield block.subarray(0, length);
}
