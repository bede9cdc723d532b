/**
 * Bodies, lines and pieces out of chunks, bounded. Each function is settled at
 * once when no I/O is needed.
 *
 * @module
 */
import { ByteBuilder } from "../wire/byte_builder.ts";
import { LF } from "../wire/bytes.ts";
import { MultipartError } from "../wire/errors.ts";
import type { ChunkReader, PushbackChunks } from "./chunks.ts";

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
  const bytes = new ByteBuilder();
  await forEachChunk(chunks, limit, (chunk) => bytes.add(chunk));
  return bytes.take();
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

/** Reads `size` bytes, or what is left; `null` if that is nothing. */
export async function collectPiece(
  chunks: PushbackChunks,
  size: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const piece = new ByteBuilder();
  while (piece.length < size) {
    let chunk = chunks.read();
    if (chunk instanceof Promise) chunk = await chunk;
    if (chunk === null) break;
    const wanted = size - piece.length;
    piece.add(chunk.subarray(0, wanted));
    chunks.unread(chunk.subarray(wanted));
  }
  return piece.length === 0 ? null : piece.take();
}

/** Reads up to and including the next LF, or what is left; `null` if that is nothing. */
export async function collectLine(
  chunks: PushbackChunks,
  limit: CollectLimit,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const line = new ByteBuilder();
  for (;;) {
    let chunk = chunks.read();
    if (chunk instanceof Promise) chunk = await chunk;
    if (chunk === null) break;
    const end = chunk.indexOf(LF) + 1;
    const wanted = end === 0 ? chunk.length : end;
    checkRoom(line.length + wanted, limit);
    line.add(chunk.subarray(0, wanted));
    chunks.unread(chunk.subarray(wanted));
    if (end > 0) break;
  }
  return line.length === 0 ? null : line.take();
}

async function forEachChunk(
  chunks: ChunkReader,
  limit: CollectLimit,
  take: (chunk: Uint8Array) => void,
): Promise<void> {
  let length = 0;
  for (;;) {
    let chunk = chunks.read();
    if (chunk instanceof Promise) chunk = await chunk;
    if (chunk === null) return;
    length += chunk.length;
    checkRoom(length, limit);
    take(chunk);
  }
}

function checkRoom(bytes: number, { maxBytes, partIndex }: CollectLimit): void {
  if (bytes <= maxBytes) return;
  throw new MultipartError(
    "part-too-large",
    `Cannot hold the body of part ${partIndex}: it has more than ${maxBytes} bytes`,
    { partIndex },
  );
}
