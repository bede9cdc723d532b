import { ByteBuilder } from "../wire/byte_builder.ts";
import type { ByteSource } from "./byte_source.ts";

/** All bytes of a source whose length is not known. */
export async function collectBytes(
  source: ByteSource,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new ByteBuilder();
  try {
    for (;;) {
      const chunk = await source.read();
      if (chunk === null) return bytes.take();
      bytes.add(chunk);
    }
  } catch (error) {
    source.cancel(error).catch(() => {});
    throw error;
  }
}
