/**
 * Counts the calls that one body chunk costs, and the functions that they go
 * to, by V8's own call counts: a figure that does not depend on the machine.
 *
 * ```sh
 * node bench/calls_per_chunk.ts             # this tree
 * node bench/calls_per_chunk.ts ../other    # another one, to compare with
 * node bench/calls_per_chunk.ts . --list    # each function and its count
 * ```
 *
 * @module
 */
import { Session } from "node:inspector/promises";
import { resolve } from "node:path";
import { setFlagsFromString } from "node:v8";
import { pathToFileURL } from "node:url";

// Inlined calls are not counted.
setFlagsFromString("--no-opt");
setFlagsFromString("--no-maglev");

const CHUNKS = 2000;
const CHUNK_LENGTH = 64 * 1024;

const [tree = ".", ...flags] = process.argv.slice(2);
const library = pathToFileURL(resolve(tree)).href;
const {
  MultipartDecoderStream,
  MultipartEncoderStream,
  MultipartReader,
  MultipartWriter,
} = await import(`${library}/mod.ts`) as typeof import("../mod.ts");

/** Yields one chunk repeatedly, between the first delimiter and the last. */
function* body(): Generator<Uint8Array> {
  const chunk = new Uint8Array(CHUNK_LENGTH).fill(0x61);
  yield new TextEncoder().encode("--b\r\n\r\n");
  for (let index = 0; index < CHUNKS; index++) yield chunk;
  yield new TextEncoder().encode("\r\n--b--");
}

function sourceStream(
  chunks: Iterator<Uint8Array>,
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const { done, value } = chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  }, { highWaterMark: 0 });
}

function reader(): InstanceType<typeof MultipartReader> {
  return new MultipartReader(sourceStream(body()), { boundary: "b" });
}

async function drain(stream: ReadableStream<Uint8Array>): Promise<void> {
  const reader = stream.getReader();
  while (!(await reader.read()).done);
}

const jobs: Record<string, () => Promise<void>> = {
  async "for await (chunk of part)"() {
    for await (const part of reader()) {
      for await (const chunk of part) if (chunk.length === 0) throw new Error();
    }
  },
  async "part.body"() {
    for await (const part of reader()) await drain(part.body);
  },
  async "part.bytes()"() {
    for await (const part of reader()) await part.bytes({ maxBytes: Infinity });
  },
  async "part.skip()"() {
    for await (const part of reader()) await part.skip();
  },
  async "a stream, written"() {
    const writer = new MultipartWriter("mixed");
    writer.append(sourceStream(body()));
    await drain(writer.stream());
  },
  async "a part, forwarded"() {
    for await (const part of reader()) {
      const writer = new MultipartWriter("mixed");
      writer.append(part);
      await drain(writer.stream());
    }
  },
  async "the two transforms"() {
    await drain(
      sourceStream(body())
        .pipeThrough(new MultipartDecoderStream({ boundary: "b" }))
        .pipeThrough(new MultipartEncoderStream("mixed")),
    );
  },
};

const session = new Session();
session.connect();
await session.post("Profiler.enable");

for (const [name, job] of Object.entries(jobs)) {
  await session.post("Profiler.startPreciseCoverage", {
    callCount: true,
    detailed: true,
  });
  await job();
  const { result } = await session.post("Profiler.takePreciseCoverage");
  await session.post("Profiler.stopPreciseCoverage");
  const called = result
    .filter(({ url }) =>
      url.startsWith(library) && !url.startsWith(`${library}/bench/`)
    )
    .flatMap(({ url, functions }) =>
      functions.map(({ functionName, ranges: [whole] }) => ({
        file: url.slice(library.length + 1),
        name: functionName || "(anonymous)",
        calls: (whole?.count ?? 0) / CHUNKS,
      }))
    )
    // Leaves out functions that are not called for every chunk.
    .filter(({ calls }) => calls > 0.9)
    .sort((a, b) => a.file.localeCompare(b.file));
  const calls = called.reduce((sum, { calls }) => sum + calls, 0);
  const files = new Set(called.map(({ file }) => file)).size;
  console.log(
    `${name}: ${
      calls.toFixed(1)
    } calls of ${called.length} functions in ${files} files`,
  );
  if (!flags.includes("--list")) continue;
  for (const { file, name, calls } of called) {
    console.log(`  ${calls.toFixed(1).padStart(5)}  ${file}  ${name}`);
  }
}
session.disconnect();
