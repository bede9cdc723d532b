/**
 * The bytes that the grammar names, and the two ways it turns bytes into text.
 *
 * Header fields are handled as byte strings, one character a byte, as the
 * Fetch Standard does: nothing is lost, and UTF-8 is decoded only where a
 * field is known to hold it.
 *
 * @module
 */

export const NUL = 0x00;
export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const DASH = 0x2d;

/** Bytes that one `String.fromCharCode` call takes: engines bound its arguments. */
const CHARACTERS_PER_CALL = 4096;

const encoder = new TextEncoder();
// `ignoreBOM` keeps a leading U+FEFF: a name is decoded, never trimmed.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Isomorphic decoding: each byte becomes the character of that number. */
export function toByteString(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHARACTERS_PER_CALL) {
    text += String.fromCharCode.apply(
      null,
      // Any array-like does, and spreading a typed array is far slower.
      bytes.subarray(at, at + CHARACTERS_PER_CALL) as unknown as number[],
    );
  }
  return text;
}

/** The UTF-8 bytes of `text`. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Reads `bytes` as UTF-8; what is not UTF-8 becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Reads a byte string as UTF-8; text in ASCII is returned as it is. */
export function decodeByteString(text: string): string {
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) >= 0x80) {
      return decoder.decode(fromByteString(text));
    }
  }
  return text;
}

/** Isomorphic encoding: the inverse of {@linkcode toByteString}. */
export function fromByteString(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
