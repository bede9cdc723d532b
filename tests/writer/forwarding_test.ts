import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartDecoderStream,
  MultipartEncoderStream,
  MultipartReader,
  MultipartWriter,
} from "../../mod.ts";

const CHUNK_LENGTH = 64 * 1024;
const boundary = "b";
const encoder = new TextEncoder();

/** A multipart with one large part. Each chunk has its own buffer. */
function makeChunks(): Uint8Array<ArrayBuffer>[] {
  const content = Array.from(
    { length: 4 },
    (_, index) => new Uint8Array(CHUNK_LENGTH).fill(0x61 + index),
  );
  return [
    encoder.encode(`--${boundary}\r\nContent-Type: text/plain\r\n\r\n`),
    ...content,
    encoder.encode(`\r\n--${boundary}--\r\n`),
  ];
}

function streamOf(
  chunks: readonly Uint8Array<ArrayBuffer>[],
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const iterator = chunks.values();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  }, { highWaterMark: 0 });
}

async function collect(
  chunks: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
): Promise<Uint8Array[]> {
  const collected: Uint8Array[] = [];
  if (chunks instanceof ReadableStream) {
    const reader = chunks.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return collected;
      collected.push(value);
    }
  }
  for await (const chunk of chunks) collected.push(chunk);
  return collected;
}

type Source = ReadableStream<Uint8Array<ArrayBuffer>>;

async function onlyPart(source: Source) {
  const { value } = await new MultipartReader(source, { boundary }).next();
  assert(value !== undefined);
  return value;
}

/** Ways through the library that do not change a body. */
const ways: Record<string, (source: Source) => Promise<Uint8Array[]>> = {
  async "a part's iterator"(source) {
    return await collect(await onlyPart(source));
  },
  async "a part's body"(source) {
    return await collect((await onlyPart(source)).body);
  },
  async "a part, forwarded by a writer's stream"(source) {
    const writer = new MultipartWriter("mixed");
    writer.append(await onlyPart(source));
    return await collect(writer.stream());
  },
  async "a part, forwarded by a writer's iterator"(source) {
    const writer = new MultipartWriter("mixed");
    writer.append(await onlyPart(source));
    return await collect(writer);
  },
  async "a part's body, appended to a writer"(source) {
    const writer = new MultipartWriter("mixed");
    writer.append((await onlyPart(source)).body);
    return await collect(writer.stream());
  },
  async "a part, forwarded by a writer within a writer"(source) {
    const writer = new MultipartWriter("mixed");
    const inner = new MultipartWriter("mixed");
    inner.append(await onlyPart(source));
    writer.append(inner);
    return await collect(writer.stream());
  },
  async "MultipartDecoderStream"(source) {
    const parts = source.pipeThrough(new MultipartDecoderStream({ boundary }));
    const { value } = await parts.getReader().read();
    assert(value !== undefined);
    return await collect(value);
  },
  async "MultipartEncoderStream"(source) {
    const stream = new MultipartEncoderStream("mixed");
    const writer = stream.writable.getWriter();
    const written = writer.write({ body: source }).then(() => writer.close());
    const chunks = await collect(stream.readable);
    await written;
    return chunks;
  },
  async "MultipartDecoderStream, piped to MultipartEncoderStream"(source) {
    const parts = source.pipeThrough(new MultipartDecoderStream({ boundary }));
    return await collect(
      parts.pipeThrough(new MultipartEncoderStream("mixed")),
    );
  },
};

describe("forwarding", () => {
  for (const [name, pass] of Object.entries(ways)) {
    it(`passes the source's own memory through ${name}`, async () => {
      const chunks = makeChunks();
      const buffers = chunks.map(({ buffer }) => buffer);
      const passed = await pass(streamOf(chunks));
      const large = passed.filter(({ length }) => length === CHUNK_LENGTH);
      assertEquals(large.length, 4);
      for (const [index, chunk] of large.entries()) {
        assert(chunk.buffer === buffers[index + 1], `chunk ${index} is a copy`);
        assertEquals(chunk[0], 0x61 + index);
        assertEquals(chunk[CHUNK_LENGTH - 1], 0x61 + index);
      }
    });
  }

  it("gives plain streams, since a byte stream would take the buffers", async () => {
    const writer = new MultipartWriter("mixed");
    writer.append(await onlyPart(streamOf(makeChunks())));
    const chunks = await collect(writer.stream());
    assert(chunks.every(({ buffer }) => buffer.byteLength > 0));
    const { readable } = new MultipartEncoderStream("mixed");
    for (const stream of [new MultipartWriter("mixed").stream(), readable]) {
      let error: unknown;
      try {
        Reflect.apply(stream.getReader, stream, [{ mode: "byob" }]);
      } catch (reason) {
        error = reason;
      }
      assert(error instanceof TypeError, "it gives a BYOB reader");
    }
  });
});
