/**
 * Whole bodies out of chunks, bounded. Each function is settled at once when
 * no I/O is needed.
 *
 * @module
 */
import { MultipartError } from "../wire/errors.ts";
import type { ChunkReader } from "./part_body.ts";

/** The bound on what is held. */
export interface CollectLimit {
  readonly maxBytes: number;
  /** The part that is read, for errors. */
  readonly partIndex: number;
}

/** Reads to the end, and returns a copy of the bytes that is the caller's own. */
export async function collectBytes(
  chunks: ChunkReader,
  limit: CollectLimit,
): Promise<Uint8Array<ArrayBuffer>> {
  const copies: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  await forEachChunk(chunks, limit, (chunk) => {
    length += chunk.length;
    copies.push(chunk.slice());
  });
  // A body that lies in one chunk, as most small ones do, is copied once.
  if (copies.length === 1) return copies[0];
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const copy of copies) {
    bytes.set(copy, at);
    at += copy.length;
  }
  return bytes;
}

/** Reads to the end as text; only the text is held. */
export async function collectText(
  chunks: ChunkReader,
  limit: CollectLimit,
  decoder: TextDecoder,
): Promise<string> {
  let text = "";
  await forEachChunk(chunks, limit, (chunk) => {
    text += decoder.decode(chunk, { stream: true });
  });
  return text + decoder.decode();
}

async function forEachChunk(
  chunks: ChunkReader,
  { maxBytes, partIndex }: CollectLimit,
  take: (chunk: Uint8Array) => void,
): Promise<void> {
  let room = maxBytes;
  for (;;) {
    let chunk = chunks.read();
    if (chunk instanceof Promise) chunk = await chunk;
    if (chunk === null) return;
    room -= chunk.length;
    if (room < 0) {
      throw new MultipartError(
        "part-too-large",
        `Cannot hold the body of part ${partIndex}: it has more than ${maxBytes} bytes`,
        { partIndex },
      );
    }
    take(chunk);
  }
}
