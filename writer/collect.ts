import type { ByteSource } from "./byte_source.ts";

/** All bytes of a source whose length is not known. */
export async function collectBytes(
  source: ByteSource,
): Promise<Uint8Array<ArrayBuffer>> {
  const copies: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const chunk = await source.read();
    if (chunk === null) break;
    // A copy: the source may use its buffer again.
    copies.push(chunk.slice());
    length += chunk.length;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const copy of copies) {
    bytes.set(copy, at);
    at += copy.length;
  }
  return bytes;
}
