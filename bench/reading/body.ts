/** Makes multipart bodies from pieces, and cuts them into chunks. */
import { randomBytes } from "../random.ts";

export const KIB = 1024;
export const MIB = 1024 * KIB;

/** The size of a chunk from a socket. */
export const CHUNK_BYTES = 64 * KIB;

/** As long as the boundaries of browsers. */
export const BOUNDARY = "----TributaryBench7MA4YWxkTrZu0gW1k";

const encoder = new TextEncoder();

export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** A form's part without its body, preceded by a delimiter. */
export function formPart(
  name: string,
  filename?: string,
  boundary = BOUNDARY,
): Uint8Array<ArrayBuffer> {
  const file = filename === undefined
    ? ""
    : `; filename="${filename}"\r\nContent-Type: application/octet-stream`;
  return utf8(
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`,
  );
}

export function closeDelimiter(boundary = BOUNDARY): Uint8Array<ArrayBuffer> {
  return utf8(`--${boundary}--\r\n`);
}

export const CRLF: Uint8Array<ArrayBuffer> = utf8("\r\n");

/** Returns the joined pieces in chunks of one size. */
export function cut(
  pieces: Iterable<Uint8Array>,
  chunkBytes = CHUNK_BYTES,
): Uint8Array<ArrayBuffer>[] {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let block = new Uint8Array(CHUNK_BYTES);
  let filled = 0;
  const flush = () => {
    for (let at = 0; at < filled; at += chunkBytes) {
      chunks.push(block.subarray(at, Math.min(filled, at + chunkBytes)));
    }
    block = new Uint8Array(CHUNK_BYTES);
    filled = 0;
  };
  for (const piece of pieces) {
    for (let at = 0; at < piece.length;) {
      const taken = piece.subarray(at, at + CHUNK_BYTES - filled);
      block.set(taken, filled);
      filled += taken.length;
      at += taken.length;
      if (filled === CHUNK_BYTES) flush();
    }
  }
  flush();
  return chunks;
}

/** Joins the pieces. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(lengthOf(pieces));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/**
 * The number of chunks that are made and then repeated, so that they stay in
 * the cache.
 */
const RING_CHUNKS = 64;

/**
 * Random bytes in chunks. A socket's bytes were just written, so they are in
 * the processor's cache. Repeating a few chunks imitates that, and a large body
 * takes little memory.
 */
export function* randomChunks(
  bytes: number,
): Generator<Uint8Array<ArrayBuffer>> {
  const count = Math.min(RING_CHUNKS, Math.ceil(bytes / CHUNK_BYTES));
  const all = randomBytes(count * CHUNK_BYTES);
  const ring = Array.from(
    { length: count },
    (_, index) => all.slice(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
  );
  for (let at = 0; at < bytes; at += CHUNK_BYTES) {
    yield ring[at / CHUNK_BYTES % count].subarray(0, bytes - at);
  }
}

export function lengthOf(chunks: Iterable<Uint8Array>): number {
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  return length;
}
