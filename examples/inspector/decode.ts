import { MultipartError, MultipartReader } from "@tributary/multipart";
import type { Part } from "./analyse.ts";

/** A part's decoded body. */
export interface Decoded {
  /** The encodings as the part names them: "base64", or "base64, gzip". */
  readonly encodings: string;
  /** The first bytes, or all of them if `isWhole`. */
  readonly bytes: Uint8Array;
  readonly isWhole: boolean;
  /** Why the body cannot be decoded, or only up to here. */
  readonly problem?: { readonly code: string; readonly message: string };
}

/** The most bytes to decode: a small body may expand to gigabytes. */
export const MAX_DECODED: number = 64 * 1024;

/** Encodings that do not change the bytes. */
const AS_THEY_ARE = /^(?:7bit|8bit|binary|identity|)$/i;

/**
 * Decodes a part's Content-Transfer-Encoding and Content-Encoding, up to
 * {@linkcode MAX_DECODED} bytes.
 *
 * @returns The decoded body, or `undefined` if the part has no encoding.
 */
export async function decode(
  { head, body }: Part,
): Promise<Decoded | undefined> {
  // RFC 2045, section 6.4: a multipart has no transfer encoding of its own.
  const transfer = head.isMultipart ? "" : head.transferEncoding ?? "";
  const content = head.contentEncoding ?? "";
  const encodings = [transfer, content]
    .filter((name) => !AS_THEY_ARE.test(name)).join(", ");
  if (encodings === "") return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  const result = (rest: Partial<Decoded>): Decoded => ({
    encodings,
    bytes: joined(chunks).subarray(0, MAX_DECODED),
    isWhole: size <= MAX_DECODED,
    ...rest,
  });
  try {
    for await (const part of alone(transfer, content, body)) {
      for await (const chunk of part) {
        chunks.push(chunk);
        size += chunk.length;
        if (size > MAX_DECODED) return result({});
      }
    }
    return result({});
  } catch (error) {
    if (!(error instanceof MultipartError)) throw error;
    const { code, message } = error;
    return result({ isWhole: false, problem: { code, message } });
  }
}

/** A multipart with only this body, since a part's reader decodes. */
function alone(
  transfer: string,
  content: string,
  body: Uint8Array,
): MultipartReader {
  const boundary = crypto.randomUUID();
  const fields = [
    ["Content-Transfer-Encoding", transfer],
    ["Content-Encoding", content],
  ].filter(([, value]) => value !== "");
  const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const encoder = new TextEncoder();
  return new MultipartReader([
    encoder.encode(`--${boundary}\r\n${head}\r\n`),
    body,
    encoder.encode(`\r\n--${boundary}--\r\n`),
  ], { boundary, profile: "mime" });
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(
    chunks.reduce((size, { length }) => size + length, 0),
  );
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
