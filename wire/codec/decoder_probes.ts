/**
 * What the runtimes' decompressors do differently, found by trying: nothing here
 * knows a runtime by its name.
 *
 * @module
 */
import { EMPTY } from "../bytes.ts";
import { makeDecompressor } from "./content_coding.ts";
import { READ_LENGTH } from "./native_codec.ts";

/** 1 MiB of zeros, in brotli. */
const BROTLI_ZEROS = /* @__PURE__ */ Uint8Array.of(
  0x5b,
  0xff,
  0xff,
  0x8f,
  0x7f,
  0x02,
  0x20,
  0x1e,
  0x0b,
  0x04,
  0x72,
  0xef,
  0x1f,
  0x00,
);

let allAtOnce: boolean | undefined;

/**
 * Whether the runtime hands over all that a slice makes as one chunk, however
 * much it is. Deno 2.9 does; Bun 1.4 and Node 24 make 64 and 16 KiB at a time,
 * and stop while nobody reads. Where it cannot be told, it is assumed.
 */
export async function makesAllAtOnce(): Promise<boolean> {
  if (allAtOnce !== undefined) return allAtOnce;
  const chunk = await firstChunk("brotli", BROTLI_ZEROS);
  return allAtOnce = chunk === null || chunk.length === 0 ||
    chunk.length > READ_LENGTH;
}

let partForWhole: boolean | undefined;

/**
 * Whether the runtime ends a deflate body that is cut short as if it were
 * whole, which the Compression Standard forbids. Deno 2.9 does so, in zlib's
 * format and without it; its gzip is sound.
 */
export async function takesPartForWhole(): Promise<boolean> {
  // Not a promise that is kept: workerd ties those to the request that made them.
  return partForWhole ??= await firstChunk("deflate-raw", EMPTY) === null;
}

/** What `bytes` begin with when they are decoded: `null` for nothing, and `EMPTY` for an error. */
async function firstChunk(
  format: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array | null> {
  let stream: DecompressionStream;
  try {
    stream = makeDecompressor(format);
  } catch {
    return EMPTY;
  }
  const { readable, writable } = stream;
  const writer = writable.getWriter();
  const reader = readable.getReader();
  const ignore = (): void => {};
  writer.closed.catch(ignore);
  writer.ready.catch(ignore);
  reader.closed.catch(ignore);
  if (bytes.length > 0) writer.write(bytes).catch(ignore);
  writer.close().catch(ignore);
  try {
    const { done, value } = await reader.read();
    return done ? null : value;
  } catch {
    return EMPTY;
  } finally {
    reader.cancel().catch(ignore);
  }
}
