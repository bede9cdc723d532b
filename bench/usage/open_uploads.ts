/** The memory that an upload holds while it waits for its next bytes. */
import process from "node:process";
import type { Measured, MeasureSettings } from "../measured.ts";
import { MultipartReader } from "../../reader/mod.ts";
import { BOUNDARY, CHUNK_BYTES, concat, formPart } from "../reading/body.ts";
import { randomBytes } from "../random.ts";

/** The part of Bun's types that is used here. */
declare const Bun: { gc(isForced: boolean): void };

const contentType = `multipart/form-data; boundary=${BOUNDARY}`;

/** Gives one new chunk, as a socket does, and then stalls. */
function stalledUpload(content: Uint8Array): ReadableStream<Uint8Array> {
  let isSent = false;
  return new ReadableStream({
    pull(controller) {
      if (isSent) return;
      isSent = true;
      const head = formPart("file", "large.bin");
      controller.enqueue(
        concat([head, content.subarray(0, CHUNK_BYTES - head.length)]),
      );
    },
  }, { highWaterMark: 0 });
}

/** Reads until the bytes run out. Returns what must stay reachable. */
type Open = (source: ReadableStream<Uint8Array>) => Promise<unknown[]>;

const openStream: Open = async (source) => {
  const reader = source.getReader();
  await reader.read();
  return [reader, reader.read()];
};

const openReader: Open = async (source) => {
  const reader = new MultipartReader(source, { contentType });
  const { value: part } = await reader.next();
  if (!part || part.name !== "file") throw new Error("the part is missing");
  const chunks = part[Symbol.asyncIterator]();
  const { value } = await chunks.next();
  if (!value?.length) throw new Error("the chunk is missing");
  return [reader, part, chunks, chunks.next()];
};

const openBody: Open = async (source) => {
  const reader = new MultipartReader(source, { contentType });
  const { value: part } = await reader.next();
  if (!part || part.name !== "file") throw new Error("the part is missing");
  const chunks = part.body.getReader();
  const { value } = await chunks.read();
  if (!value?.length) throw new Error("the chunk is missing");
  return [reader, part, chunks, chunks.read()];
};

function collectGarbage(): void {
  if ("Bun" in globalThis) return Bun.gc(true);
  const collect: unknown = Reflect.get(globalThis, "gc");
  if (typeof collect !== "function") {
    throw new Error("Cannot collect garbage: the runtime's flag is missing");
  }
  collect();
}

/** The used bytes of the heap and of buffers. */
async function memoryInUse(): Promise<number> {
  for (let round = 0; round < 4; round++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, external } = process.memoryUsage();
  // Bun counts buffers as part of its heap.
  return "Bun" in globalThis ? heapUsed : heapUsed + external;
}

async function kibibytesOf(open: Open, count: number): Promise<number> {
  const content = randomBytes(CHUNK_BYTES);
  // So that compiled code is not counted.
  const warm = await open(stalledUpload(content));
  const before = await memoryInUse();
  const held: unknown[] = [];
  for (let index = 0; index < count; index++) {
    held.push(await open(stalledUpload(content)));
  }
  const taken = await memoryInUse() - before;
  if (held.length + warm.length < count) throw new Error("uploads are missing");
  return taken / count / 1024;
}

/** Measures the memory of uploads that are open at the same time. */
export async function compareOpenUploads(
  { isQuick }: MeasureSettings,
): Promise<Measured> {
  const count = isQuick ? 500 : 2_000;
  const values: Record<string, number> = {};
  const ways: Record<string, Open> = {
    "KiB each, the source alone": openStream,
    "KiB each, for await (chunk of part)": openReader,
    "KiB each, part.body": openBody,
  };
  for (const [name, open] of Object.entries(ways)) {
    values[name] = await kibibytesOf(open, count);
  }
  return {
    title: `${count.toLocaleString("en")} uploads open at once`,
    unit: "bytes",
    bytes: 0,
    parts: 0,
    timings: [],
    values,
  };
}
