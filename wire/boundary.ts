import { excerpt, MultipartError } from "./errors.ts";

/** RFC 2046, section 5.1.1. */
const MAX_BOUNDARY_LENGTH = 70;

/**
 * A nested multipart's boundary must not begin with that of a multipart around
 * it. A random one would too often begin with a short one that a caller chose,
 * such as "b", so it begins with a character that callers do not use.
 */
const RANDOM_START = "-";

/**
 * 26 of these hold 154 bits. With the start they make the shortest boundary
 * that the HTML Standard's tests accept: 27 to 70 of `[0-9A-Za-z-]`.
 */
const ALPHABET =
  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM_LENGTH = 26;

/**
 * Checks a boundary that a peer or a caller gave, and returns it.
 *
 * Accepts any character except controls. RFC 2046's alphabet is smaller, but
 * real peers send others, and the Fetch Standard reads them, those outside
 * ASCII as UTF-8.
 *
 * @throws {MultipartError} `invalid-boundary`, if it is not 1 to 70 characters
 * long, ends in a space, or holds a control character.
 * @throws {TypeError} If it is not text.
 */
export function checkBoundary(boundary: string): string {
  if (typeof boundary !== "string") {
    throw new TypeError("Cannot use the boundary: it is not text");
  }
  const problem = problemOf(boundary);
  if (problem === undefined) return boundary;
  throw new MultipartError(
    "invalid-boundary",
    `Cannot use boundary ${excerpt(boundary)}: ${problem}`,
  );
}

function problemOf(boundary: string): string | undefined {
  if (boundary.length === 0) return "it is empty";
  if (boundary.length > MAX_BOUNDARY_LENGTH) {
    return `it has ${boundary.length} characters, and ${MAX_BOUNDARY_LENGTH} are allowed`;
  }
  if (boundary.endsWith(" ")) return "it ends in a space";
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(boundary)) {
    return "it holds a control character";
  }
  return undefined;
}

/**
 * Returns a new boundary from the CSPRNG, about 154 bits: it cannot be guessed.
 */
export function randomBoundary(): string {
  const length = RANDOM_START.length + RANDOM_LENGTH;
  let boundary = RANDOM_START;
  while (boundary.length < length) {
    const byte = randomByte();
    // 62 does not divide 256: the remainder is dropped, so that no character is
    // likelier than another.
    if (byte < 4 * ALPHABET.length) {
      boundary += ALPHABET[byte % ALPHABET.length];
    }
  }
  return boundary;
}

/**
 * A call to the CSPRNG costs as much as everything else that a small form
 * needs, so it is asked for many bytes at a time. Each is used once and then
 * erased.
 */
const POOL_LENGTH = 1024;
const pool = /* @__PURE__ */ new Uint8Array(POOL_LENGTH);
let poolIndex = POOL_LENGTH;

function randomByte(): number {
  if (poolIndex === POOL_LENGTH) {
    crypto.getRandomValues(pool);
    poolIndex = 0;
  }
  const byte = pool[poolIndex];
  pool[poolIndex++] = 0;
  return byte;
}
