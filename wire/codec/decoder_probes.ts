/**
 * Detects how the runtime's decompressor behaves, by trying it, not by the
 * runtime's name.
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
 * Whether the runtime returns all output of a slice as one chunk, however long.
 * Deno 2.9 does; Bun 1.4 and Node 24 make 64 and 16 KiB at a time, and stop
 * while nobody reads. If this cannot be detected, it is assumed.
 */
export async function makesAllAtOnce(): Promise<boolean> {
  if (allAtOnce !== undefined) return allAtOnce;
  const chunk = await firstChunk("brotli", BROTLI_ZEROS);
  return allAtOnce = chunk === null || chunk.length === 0 ||
    chunk.length > READ_LENGTH;
}

let partForWhole: boolean | undefined;

/**
 * Whether the runtime accepts a truncated deflate body as whole, which the
 * Compression Standard forbids. Deno 2.9 does, in the zlib format and without
 * it; its gzip is correct.
 */
export async function takesPartForWhole(): Promise<boolean> {
  // The result is cached, not its promise: workerd ties promises to the request
  // that made them.
  return partForWhole ??= await firstChunk("deflate-raw", EMPTY) === null;
}

/**
 * The first chunk of the decoded `bytes`: `null` for none, `EMPTY` for an
 * error.
 */
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
