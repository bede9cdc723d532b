/** Bytes for the tests, and ways to cut and deliver them. */

/** One way to cut an input. */
export interface Cutting {
  readonly label: string;
  readonly chunks: Uint8Array[];
}

/** Encodes `text` as UTF-8. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Encodes `text` with one byte per character. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The input whole, byte by byte, and cut in two at every position. */
export function* cuttings(bytes: Uint8Array): Generator<Cutting> {
  yield { label: "whole", chunks: [bytes] };
  yield { label: "byte by byte", chunks: bytewise(bytes) };
  yield* splits(bytes);
}

/** The input cut in two at every position. */
export function* splits(bytes: Uint8Array): Generator<Cutting> {
  for (let at = 1; at < bytes.length; at++) {
    yield {
      label: `cut at ${at}`,
      chunks: [bytes.subarray(0, at), bytes.subarray(at)],
    };
  }
}

/** The input as one chunk per byte. */
export function bytewise(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte));
}

/** A stream that gives one chunk per pull, and reads nothing ahead. */
export function streamOf(
  chunks: Iterable<Uint8Array>,
): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.iterator]();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  }, { highWaterMark: 0 });
}

/** A form body with these parts, each a head and a body. */
export function formBody(
  parts: readonly (readonly [head: string, body: string])[],
  boundary = "b",
): Uint8Array<ArrayBuffer> {
  let text = "";
  for (const [head, body] of parts) {
    text += `--${boundary}\r\n${head}\r\n\r\n${body}\r\n`;
  }
  return utf8(`${text}--${boundary}--\r\n`);
}

/** The head of a form's field. */
export function fieldHead(name: string): string {
  return `Content-Disposition: form-data; name="${name}"`;
}

/**
 * Returns how this runtime spells a Blob's type: Bun adds a charset to text.
 */
export function blobType(type: string): string {
  return new Blob([], { type }).type;
}
