/**
 * The content codings (RFC 9110, section 8.4.1), their names in the runtimes,
 * and which of them this runtime supports: tried once each.
 *
 * Start reading at `content_decoder.ts` and `content_encoder.ts`, which are
 * built on this file.
 *
 * @module
 */

/** A content coding that at least one runtime supports. */
export type ContentCoding = "gzip" | "deflate" | "br" | "zstd";

/**
 * The codings' names in the Compression Standard and, beyond it, in runtimes.
 */
export const FORMATS: Readonly<Record<ContentCoding, string>> = {
  gzip: "gzip",
  deflate: "deflate",
  br: "brotli",
  zstd: "zstd",
};

/**
 * The coding of a name in any case; "x-gzip" is gzip (RFC 9110, section
 * 8.4.1.3).
 */
export function knownCoding(name: string): ContentCoding | undefined {
  const lowerCase = name.toLowerCase();
  if (lowerCase === "x-gzip") return "gzip";
  return isKnown(lowerCase) ? lowerCase : undefined;
}

function isKnown(name: string): name is ContentCoding {
  return Object.hasOwn(FORMATS, name);
}

/**
 * Creates a decompressor. The types know only the standard's formats, not those
 * of every runtime.
 */
export function makeDecompressor(format: string): DecompressionStream {
  return new DecompressionStream(format as CompressionFormat);
}

/** Creates a compressor, likewise. */
export function makeCompressor(format: string): CompressionStream {
  return new CompressionStream(format as CompressionFormat);
}

const decodable = /* @__PURE__ */ new Map<ContentCoding, boolean>();
const encodable = /* @__PURE__ */ new Map<ContentCoding, boolean>();

/** Whether this runtime can decode `coding`. */
export function canDecode(coding: ContentCoding): boolean {
  return isMade(coding, makeDecompressor, decodable);
}

/** Whether this runtime can encode in `coding`. */
export function canEncode(coding: ContentCoding): boolean {
  return isMade(coding, makeCompressor, encodable);
}

function isMade(
  coding: ContentCoding,
  make: (format: string) => unknown,
  known: Map<ContentCoding, boolean>,
): boolean {
  let isThere = known.get(coding);
  if (isThere === undefined) {
    try {
      make(FORMATS[coding]);
      isThere = true;
    } catch {
      isThere = false;
    }
    known.set(coding, isThere);
  }
  return isThere;
}
