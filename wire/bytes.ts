/**
 * The bytes that the grammar names, and conversions between bytes and text.
 *
 * Header fields are handled as byte strings, one character per byte, as in the
 * Fetch Standard: nothing is lost, and UTF-8 is decoded only where a field is
 * known to contain it.
 *
 * @module
 */

export const NUL = 0x00;
export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const DASH = 0x2d;

export const EMPTY = /* @__PURE__ */ new Uint8Array(0);

/** Bytes per call to `String.fromCharCode`: engines limit its arguments. */
const CHARACTERS_PER_CALL = 4096;

/** ASCII text up to this many bytes is decoded without a `TextDecoder`. */
const SHORT_TEXT = 24;

/** One encoder for all: it has no state. */
export const encoder: TextEncoder = /* @__PURE__ */ new TextEncoder();
// `ignoreBOM` keeps a leading U+FEFF: a name is decoded, never trimmed.
const decoder = /* @__PURE__ */ new TextDecoder("utf-8", { ignoreBOM: true });

/** Isomorphic decoding: each byte becomes the character with that code. */
export function toByteString(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHARACTERS_PER_CALL) {
    text += String.fromCharCode.apply(
      null,
      // Any array-like will do, and spreading a typed array is far slower.
      bytes.subarray(at, at + CHARACTERS_PER_CALL) as unknown as number[],
    );
  }
  return text;
}

/** `undefined` if a byte is not ASCII. */
function shortAsciiText(
  bytes: Uint8Array,
  start: number,
  end: number,
): string | undefined {
  let text = "";
  let at = start;
  for (; at + 8 <= end; at += 8) {
    const a = bytes[at];
    const b = bytes[at + 1];
    const c = bytes[at + 2];
    const d = bytes[at + 3];
    const e = bytes[at + 4];
    const f = bytes[at + 5];
    const g = bytes[at + 6];
    const h = bytes[at + 7];
    if ((a | b | c | d | e | f | g | h) >= 0x80) return undefined;
    text += String.fromCharCode(a, b, c, d, e, f, g, h);
  }
  for (; at < end; at++) {
    if (bytes[at] >= 0x80) return undefined;
    text += String.fromCharCode(bytes[at]);
  }
  return text;
}

/** The UTF-8 bytes of `text`. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/**
 * Decodes bytes from `start` to `end` as UTF-8; malformed bytes become U+FFFD.
 * Short ASCII text is decoded here: 16 characters take 80 ns on Node 24, and
 * 200 in a `TextDecoder`. From about 30 characters on, the decoder is faster.
 */
export function decodeUtf8(
  bytes: Uint8Array,
  start = 0,
  end: number = bytes.length,
): string {
  const text = end - start > SHORT_TEXT
    ? undefined
    : shortAsciiText(bytes, start, end);
  return text ?? decoder.decode(bytes.subarray(start, end));
}

/** Decodes a byte string as UTF-8; ASCII text is returned as is. */
export function decodeByteString(text: string): string {
  return /[^\0-\u007f]/.test(text)
    ? decoder.decode(fromByteString(text))
    : text;
}

/**
 * Decodes a byte string in a charset, given by any label of the Encoding
 * Standard.
 *
 * @param isCut Whether the text may end in the middle of a character.
 * @returns `undefined` if the charset is unknown, or the bytes are malformed in
 * it.
 */
export function decodeStrictly(
  text: string,
  charset: string,
  isCut = false,
): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true })
      .decode(fromByteString(text), { stream: isCut });
  } catch {
    return undefined;
  }
}

/** Isomorphic encoding: the inverse of {@linkcode toByteString}. */
export function fromByteString(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** Like {@linkcode concat}, but copies nothing if `first` is empty. */
export function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  return first.length === 0 ? second : concat(first, second);
}

/** Copies both into one array. */
export function concat(
  first: Uint8Array,
  second: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
