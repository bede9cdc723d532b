/** How the servers handle an upload with one very large part. */
import { type MultipartMessage, MultipartReader } from "@tributary/multipart";
import { HeapWatch, type WatchedHeap } from "./heap_watch.ts";
import { ContentCheck } from "./large_body.ts";

/** Reads the part of `bytes` bytes, and compares each with what was sent. */
export async function readLargeUpload(
  message: MultipartMessage,
  bytes: number,
): Promise<WatchedHeap> {
  const watch = await HeapWatch.start(bytes);
  const check = new ContentCheck();
  for await (const part of MultipartReader.from(message)) {
    for await (const chunk of part) {
      check.take(chunk);
      await watch.look(check.size);
    }
  }
  return await watch.end();
}

/**
 * Reads the upload without this library, to measure the runtime's own server.
 */
export async function drainLargeUpload(
  chunks: AsyncIterable<Uint8Array>,
  bytes: number,
): Promise<WatchedHeap> {
  const watch = await HeapWatch.start(bytes);
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    await watch.look(size);
  }
  return await watch.end();
}
