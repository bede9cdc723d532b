/**
 * Reads bodies, and prints as JSON the bytes that buffers took meanwhile and
 * those still held at the end. Needs `--expose-gc`.
 */
import { MultipartReader, type PartReader } from "@tributary/multipart/reader";
import process from "node:process";
import { setFlagsFromString } from "node:v8";

const collectGarbage: (() => void) | undefined = Reflect.get(globalThis, "gc");
if (collectGarbage === undefined) throw new Error("no --expose-gc");
// Keeps copies in memory until they are counted.
setFlagsFromString("--no-concurrent-array-buffer-sweeping");

const CHUNK_LENGTH = 64 * 1024;
const boundary = "b";
const bytesOf = (text: string) => new TextEncoder().encode(text);

type Chunks = Generator<Uint8Array<ArrayBuffer>>;

function streamOf(chunks: Chunks): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const { done, value } = chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  }, { highWaterMark: 0 });
}

/** The bytes of all buffers after garbage collection. */
async function bufferBytes(): Promise<number> {
  let before = Infinity;
  for (;;) {
    collectGarbage?.();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const { arrayBuffers } = process.memoryUsage();
    if (arrayBuffers >= before) return arrayBuffers;
    before = arrayBuffers;
  }
}

const some = Array.from(
  { length: 4 },
  () => new Uint8Array(CHUNK_LENGTH).fill(0x61),
);

/** One part of 64 MiB, made by repeating a few chunks. */
function* large(): Chunks {
  yield bytesOf("--b\r\n\r\n");
  for (let count = 0; count < 256; count++) yield* some;
  yield bytesOf("\r\n--b--");
}

/** 1,000 chunks, each with a field of a few bytes and a large part. */
function* fields(): Chunks {
  for (let index = 0; index < 1000; index++) {
    const chunk = new Uint8Array(CHUNK_LENGTH);
    const head = bytesOf(
      `--b\r\nContent-Disposition: form-data; name="field-number-${index}"; ` +
        `filename="file-${index}.txt"\r\nContent-Type: text/x-${index}\r\n\r\n` +
        `the value of field ${index}\r\n--b\r\n\r\n`,
    );
    chunk.set(head);
    chunk.set(bytesOf("\r\n"), CHUNK_LENGTH - 2);
    yield chunk;
  }
  yield bytesOf("--b--");
}

const wholeWays: Record<string, (part: PartReader) => Promise<unknown>> = {
  bytes: (part) => part.bytes({ maxBytes: Infinity }),
  arrayBuffer: (part) => part.arrayBuffer({ maxBytes: Infinity }),
};

const fieldWays: Record<string, (part: PartReader) => Promise<unknown>> = {
  text: (part) => part.text(),
  bytes: (part) => part.bytes(),
  "text({ maxBytes })": (part) => part.text({ maxBytes: 1000 }),
  readChunk: (part) => part.readChunk(),
  "readChunk(5)": (part) => part.readChunk(5),
  readLine: (part) => part.readLine(),
  peek: (part) => part.peek(10),
  file: (part) => part.file(),
  head: (part) =>
    Promise.resolve([
      part.name,
      part.filename,
      part.contentType,
      [...part.headers],
    ]),
};

type Read = (part: PartReader) => Promise<unknown>;

/** The memory taken while a large body is read, including the body's own. */
async function takenBy(read: Read): Promise<number> {
  const before = await bufferBytes();
  const reader = new MultipartReader(streamOf(large()), { boundary });
  const { value: part } = await reader.next();
  const kept = part && await read(part);
  const taken = process.memoryUsage().arrayBuffers - before;
  if (kept === undefined) throw new Error("expected a body");
  return taken;
}

/** The memory that 1,000 fields hold. */
async function heldBy(read: Read): Promise<number> {
  const before = await bufferBytes();
  const kept: unknown[] = [];
  const limits = { parts: Infinity };
  const source = streamOf(fields());
  for await (const part of new MultipartReader(source, { boundary, limits })) {
    if (part.index % 2 === 0) kept.push(await read(part));
  }
  const held = await bufferBytes() - before;
  if (kept.length !== 1000) throw new Error("expected 1,000 fields");
  return held;
}

const result: Record<string, number> = {};
for (const [name, read] of Object.entries(wholeWays)) {
  result[`whole: ${name}`] = await takenBy(read);
}
for (const [name, read] of Object.entries(fieldWays)) {
  result[`fields: ${name}`] = await heldBy(read);
}
console.log(JSON.stringify(result));
