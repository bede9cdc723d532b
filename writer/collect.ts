import { ByteBuilder } from "../wire/byte_builder.ts";
import { Assembly } from "./assembly.ts";
import type { ByteSource } from "./byte_source.ts";
import type { MultipartPlan } from "./multipart_plan.ts";

/** All bytes of a multipart. Memory is taken once, where its size is known. */
export async function collectPlan(
  plan: MultipartPlan,
): Promise<Uint8Array<ArrayBuffer>> {
  const { boundary, parts, size } = plan;
  if (size === undefined) return await collectBytes(plan.open());
  const assembly = new Assembly(parts, { boundary, wholeSize: size });
  const bytes = await assembly.read();
  if (bytes !== null && isWhole(bytes, size) && assembly.isOver) return bytes;
  throw new RangeError(
    "Cannot make the bytes: a part changed while they were made",
  );
}

function isWhole(
  bytes: Uint8Array,
  size: number,
): bytes is Uint8Array<ArrayBuffer> {
  return bytes.length === size && bytes.buffer.byteLength === size;
}

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
