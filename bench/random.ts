/**
 * Bytes that cannot be compressed or predicted, but are the same on each
 * runtime and in each run: xorshift32 (Marsaglia, 2003), one word at a time.
 */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  let word = 0x9e3779b9;
  for (let index = 0; index < words.length; index++) {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    words[index] = word;
  }
  return new Uint8Array(words.buffer, 0, length);
}
