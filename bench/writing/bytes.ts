import { type Contender, OWN_FAMILY } from "../contender.ts";
import { budgetOf, measure } from "../measure.ts";
import type { Measured } from "../measured.ts";
import { peakOfMemory, resetPeak } from "../own_memory.ts";
import { randomBytes } from "../random.ts";
import { MIB } from "../reading/body.ts";
import { MultipartWriter } from "../../writer/mod.ts";

const contenders: Contender<Uint8Array<ArrayBuffer>[], Uint8Array>[] = [
  {
    name: "MultipartWriter, bytes()",
    family: OWN_FAMILY,
    load: () => Promise.resolve((parts) => writerOf(parts).bytes()),
  },
  {
    name: "set() into one array",
    family: "copy",
    load: () => Promise.resolve(copy),
  },
];

function writerOf(parts: readonly Uint8Array<ArrayBuffer>[]): MultipartWriter {
  const writer = new MultipartWriter("mixed");
  for (const part of parts) writer.append(part);
  return writer;
}

function copy(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.length * MIB);
  for (const [index, part] of parts.entries()) bytes.set(part, index * MIB);
  return bytes;
}

/** Measures the time and the memory of `bytes()`. */
export async function compareBytes(mebibytes: number): Promise<Measured> {
  // All parts share the same memory, so that only the result is new.
  const part = randomBytes(MIB);
  const parts = Array.from({ length: mebibytes }, () => part);
  const writer = writerOf(parts);
  const before = resetPeak();
  const { length } = await writer.bytes();
  const taken = (peakOfMemory() - before) / length;
  const timings = await measure({
    input: parts,
    contenders,
    check: (bytes) =>
      bytes.length >= mebibytes * MIB ? undefined : "bytes are missing",
    budget: budgetOf(mebibytes < 256),
  });
  return {
    title: `bytes() of ${mebibytes} MiB`,
    unit: "bytes",
    bytes: mebibytes * MIB,
    parts: mebibytes,
    timings,
    values: { "memory taken, in sizes of the result": taken },
  };
}
