import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type MultipartBody,
  type MultipartContent,
  MultipartReader,
  MultipartWriter,
  type PartInit,
  type PartReader,
} from "@tributary/multipart";
import { streamOf, utf8 } from "../bytes.ts";
import { isSettled, probe, turns } from "../reader/probe.ts";

async function bodiesOf(writer: MultipartWriter): Promise<string[]> {
  const bodies: string[] = [];
  const { contentType } = writer;
  const reader = new MultipartReader(await writer.bytes(), { contentType });
  for await (const part of reader) bodies.push(await part.text());
  return bodies;
}

async function* each<T>(values: Iterable<T>): AsyncGenerator<T> {
  yield* values;
}

function multipartOf(...bodies: MultipartBody[]): MultipartWriter {
  const writer = new MultipartWriter();
  for (const body of bodies) writer.append(body);
  return writer;
}

async function sizeOf(make: () => MultipartContent): Promise<number> {
  const empty = multipartOf(() => "");
  const without = (await empty.bytes()).length;
  return (await multipartOf(make).bytes()).length - without;
}

async function drain(stream: ReadableStream<Uint8Array>): Promise<void> {
  const reader = stream.getReader();
  while (!(await reader.read()).done);
}

/** The first part of a multipart. Its reader is still open. */
async function readPart(head = "X: y"): Promise<PartReader> {
  const input = `--b\r\n${head}\r\n\r\nhello world\r\n--b--`;
  const reader = new MultipartReader(utf8(input), { boundary: "b" });
  const { value } = await reader.next();
  assert(value !== undefined);
  return value;
}

describe("a body that is not what it was is never written short", () => {
  it("a stream or an iterable that is appended twice", async () => {
    async function* generate(): AsyncGenerator<Uint8Array> {
      yield utf8("once");
    }
    for (const body of [streamOf([utf8("once")]), generate()]) {
      const writer = new MultipartWriter();
      writer.append(body);
      writer.append(body);
      await assertRejects(() => writer.bytes(), TypeError);
    }
  });

  const pairs: Record<
    string,
    (stream: ReadableStream<Uint8Array>) => [MultipartBody, MultipartBody]
  > = {
    "in two parts": (stream) => [stream, stream],
    "as itself and as a response": (stream) => [stream, new Response(stream)],
    "beside a multipart with it": (stream) => [stream, multipartOf(stream)],
    "in a multipart and beside it": (stream) => [multipartOf(stream), stream],
    "in two multiparts": (stream) => [multipartOf(stream), multipartOf(stream)],
    "in a multipart that is appended twice": (stream) => {
      const inner = multipartOf(stream);
      return [inner, inner];
    },
  };
  for (const [where, pair] of Object.entries(pairs)) {
    it(`a stream ${where}, of which nothing is read`, async () => {
      const source = probe([utf8("once")]);
      const writer = new MultipartWriter();
      const [first, second] = pair(source.stream);
      writer.append(first, { name: "a" });
      writer.append(second, { name: "b" });
      const message = 'Cannot write part 1, "b": it has the body of part 0, ' +
        '"a", which can only be read once';
      for (
        const make of [
          () => writer.stream(),
          () => writer.toRequestInit(),
          () => writer.toResponse(),
          () => writer[Symbol.asyncIterator](),
        ]
      ) assertThrows(make, TypeError, message);
      await assertRejects(() => writer.bytes(), TypeError, message);
      await assertRejects(() => writer.blob(), TypeError, message);
      assertEquals(source.pulls, 0);
    });
  }

  it("a stream that a nested multipart has twice", () => {
    const stream = streamOf([utf8("once")]);
    const inner = multipartOf(stream);
    const writer = multipartOf(inner);
    inner.append(stream);
    const problem = "its part 1: it has the body of part 0, which can only " +
      "be read once";
    assertThrows(
      () => writer.stream(),
      TypeError,
      `Cannot write part 0: ${problem}`,
    );
    assertThrows(
      () => writer.append(inner),
      TypeError,
      `Cannot append part 1: ${problem}`,
    );
  });

  it("a reader's part that is forwarded twice", async () => {
    const part = await readPart();
    const writer = new MultipartWriter();
    writer.append(part);
    writer.append(part);
    assertThrows(() => writer.stream(), TypeError, "the body of part 0");
    assertFalse(part.bodyUsed);
  });

  it("a stream that a function gives twice", async () => {
    const stream = streamOf([utf8("once")]);
    const writer = new MultipartWriter();
    writer.append(() => stream);
    assertEquals(await bodiesOf(writer), ["once"]);
    await assertRejects(() => writer.bytes(), TypeError);
  });

  it("a response whose body has been read", async () => {
    const response = new Response("text");
    const reader = response.body?.getReader();
    while (!(await reader?.read())?.done);
    reader?.releaseLock();
    const writer = new MultipartWriter();
    await assertRejects(async () => {
      writer.append(response);
      await writer.bytes();
    }, TypeError);
  });

  const takes: Record<string, (part: PartReader) => Promise<unknown>> = {
    "read": (part) => part.text(),
    "read in part": (part) => part.readChunk(3),
    "skipped": (part) => part.skip(),
  };
  for (const [how, take] of Object.entries(takes)) {
    it(`a reader's part that was ${how}`, async () => {
      const part = await readPart();
      assertFalse(part.bodyUsed);
      await take(part);
      assert(part.bodyUsed);
      const writer = new MultipartWriter();
      await assertRejects(async () => {
        writer.append(part);
        await writer.bytes();
      }, TypeError);
    });
  }

  it("a reader's part whose Content-Length is wrong, or has no place", async () => {
    const form = 'Content-Disposition: form-data; name="a"';
    const input = `--b\r\n${form}\r\nContent-Length: 99\r\n\r\nhello\r\n--b--`;
    for (const subtype of ["mixed", "form-data"]) {
      const reader = new MultipartReader(utf8(input), {
        boundary: "b",
        profile: "form-data",
      });
      const { value: part } = await reader.next();
      assert(part !== undefined);
      const writer = new MultipartWriter(subtype);
      writer.append(part);
      if (subtype === "mixed") {
        await assertRejects(() => writer.bytes(), RangeError);
      } else assertEquals(await bodiesOf(writer), ["hello"]);
    }
  });

  it("a reader's part whose encoding was changed", async () => {
    const added = new MultipartWriter();
    added.append(await readPart(), { contentEncoding: "gzip" });
    await assertRejects(() => added.bytes(), TypeError);
    const dropped = new MultipartWriter();
    const part = await readPart("Content-Transfer-Encoding: base64");
    dropped.append(part).headers.delete("content-transfer-encoding");
    await assertRejects(() => dropped.bytes(), TypeError);
  });

  it("a character that is cut in two by the chunks of a text", async () => {
    const cuts: [(string | Uint8Array)[], string][] = [
      [["a\ud83d", "\ude00b"], "a\u{1f600}b"],
      [["\ud83d", "", "\ude00"], "\u{1f600}"],
      [["a\ud83d"], "a\ufffd"],
      [["a\ud83d", utf8("b")], "a\ufffdb"],
    ];
    for (const [chunks, expected] of cuts) {
      const writer = new MultipartWriter();
      writer.append(each(chunks));
      assertEquals(await bodiesOf(writer), [expected]);
    }
  });

  it("half a character at the end of a stream", async () => {
    // The types ask for bytes, but text is accepted too.
    const halves: unknown[] = ["a\ud83d"];
    const writer = new MultipartWriter();
    writer.append(streamOf(halves as Uint8Array[]));
    assertEquals(await bodiesOf(writer), ["a\ufffd"]);
  });

  it("bytes that are detached behind their head", async () => {
    const inits: [number, PartInit][] = [
      [20_000, {}],
      [20_000, { transferEncoding: "base64" }],
      [200, { transferEncoding: "base64" }],
      [200, { contentEncoding: "gzip" }],
    ];
    for (const [length, init] of inits) {
      const bytes = new Uint8Array(length);
      const writer = new MultipartWriter();
      writer.append(bytes, init);
      const reader = writer.stream().getReader();
      await reader.read();
      structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
      await assertRejects(() => reader.read(), Error);
    }
  });

  it("bytes that are detached while a Blob is made", async () => {
    for (const length of [10, 20_000]) {
      const bytes = new Uint8Array(length);
      const writer = multipartOf(bytes, () => {
        structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
        return "text";
      });
      await assertRejects(
        () => writer.blob(),
        TypeError,
        "part 0: its buffer has been detached",
      );
    }
  });

  const gifts: [string, () => MultipartContent][] = [
    ["text", () => "\u00e9t\u00e9"],
    ["bytes", () => new Uint8Array(5)],
    ["a Blob", () => new Blob(["12345"])],
    ["a stream", () => new Blob(["12345"]).stream()],
    ["long text", () => "a".repeat(20_000)],
    ["a multipart", () => multipartOf("hello")],
    ["a form", () => new FormData()],
  ];
  for (const [what, make] of gifts) {
    it(`${what} of another size than was stated for a function`, async () => {
      const size = await sizeOf(make);
      for (const stated of [0, 1, size - 1, size + 1, size + 9]) {
        const writer = new MultipartWriter();
        writer.append(make, { size: stated });
        await assertRejects(() => writer.bytes(), RangeError, "were stated");
        await assertRejects(() => writer.blob(), RangeError, "were stated");
        await assertRejects(
          () => drain(writer.stream()),
          RangeError,
          "were stated",
        );
      }
      const writer = new MultipartWriter();
      writer.append(make, { size });
      assertEquals((await writer.bytes()).length, writer.size);
    });
  }

  it("text that ends in half a surrogate pair, which takes three bytes", async () => {
    async function* text(): AsyncGenerator<string> {
      yield "\ud83d";
    }
    for (const stated of [2, 3, 4]) {
      const writer = new MultipartWriter();
      writer.append(text(), { size: stated });
      if (stated === 3) {
        assertEquals((await writer.bytes()).length, writer.size);
      } else {
        await assertRejects(() => writer.bytes(), RangeError, "were stated");
      }
    }
  });

  it("bytes that are detached while they are compressed", async () => {
    const bytes = new Uint8Array(1_000_000);
    // Noise compresses badly, so that the output has many chunks.
    const noise = crypto.getRandomValues(new Uint8Array(50_000));
    for (let at = 0; at < bytes.length; at += noise.length) {
      bytes.set(noise, at);
    }
    const writer = new MultipartWriter();
    writer.append(bytes, { contentEncoding: "gzip" });
    const reader = writer.stream().getReader();
    await reader.read();
    await reader.read();
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    await assertRejects(async () => {
      while (!(await reader.read()).done);
    }, TypeError);
  });

  it("a chunk whose buffer is used again, and whose slice is a view", async () => {
    class View extends Uint8Array {
      override slice(start?: number, end?: number): Uint8Array<ArrayBuffer> {
        return super.subarray(start, end) as Uint8Array<ArrayBuffer>;
      }
    }
    async function* reused(): AsyncGenerator<Uint8Array> {
      const buffer = new View(2);
      for (const byte of [0x41, 0x42, 0x43]) yield buffer.fill(byte);
    }
    const writer = new MultipartWriter();
    writer.append(reused());
    assertEquals(await bodiesOf(writer), ["AABBCC"]);
  });
});

describe("a body that cannot be read is a TypeError", () => {
  for (const wrong of [null, undefined, "text", 5]) {
    it(`an iterator that gives ${wrong} and no result`, async () => {
      for (const result of [wrong, Promise.resolve(wrong)]) {
        const iterable: AsyncIterable<Uint8Array> = {
          [Symbol.asyncIterator]: () => ({
            next: () =>
              result as unknown as Promise<IteratorResult<Uint8Array>>,
          }),
        };
        const writer = new MultipartWriter();
        writer.append(iterable);
        const error = await assertRejects(() => writer.bytes(), TypeError);
        assertEquals(
          error.message,
          "Cannot read the iterator: next() returned no object",
        );
      }
    });
  }
});

describe("a body that fails is released", () => {
  it("by blob(), as by bytes()", async () => {
    for (const make of ["blob", "bytes"] as const) {
      const source = probe([utf8("too much")], "stall");
      const writer = new MultipartWriter();
      writer.append(() => source.stream, { size: 3 });
      await assertRejects(async () => void await writer[make](), RangeError);
      assertEquals(source.cancellations.length, 1);
      assertFalse(source.stream.locked);
    }
  });

  it("even if its cancelling never settles", async () => {
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(utf8("too much"));
      },
      cancel: () => new Promise(() => {}),
    });
    const writer = new MultipartWriter();
    writer.append(stream, { size: 3 });
    await assertRejects(() => writer.bytes(), RangeError);
  });

  it("if a function gave it, and it cannot be there", async () => {
    const source = probe([utf8("x")], "stall");
    const writer = new MultipartWriter("mixed", { boundary: "b" });
    const type = "multipart/mixed; boundary=b";
    const headers = { "content-type": type };
    writer.append(() => new Response(source.stream, { headers }));
    await assertRejects(
      () => writer.bytes(),
      TypeError,
      'boundary is "b", the boundary of one around it',
    );
    assertEquals(source.cancellations.length, 1);
  });

  it("with the reason, if it was given when nobody wanted it any more", async () => {
    const source = probe([utf8("x")], "stall");
    const { promise, resolve } = Promise.withResolvers<void>();
    const opening = Promise.withResolvers<void>();
    const writer = new MultipartWriter();
    writer.append(async () => {
      opening.resolve();
      await promise;
      return source.stream;
    });
    const reader = writer.stream().getReader();
    await reader.read();
    const pending = reader.read();
    await opening.promise;
    await reader.cancel("enough");
    resolve();
    await pending;
    while (source.cancellations.length === 0) await turns();
    assertEquals(source.cancellations, ["enough"]);
  });

  const failures: Record<string, () => Promise<IteratorResult<Uint8Array>>> = {
    "rejects": () => Promise.reject(new Error("broken")),
    "throws": () => {
      throw new Error("broken");
    },
  };
  for (const [how, next] of Object.entries(failures)) {
    it(`but an iterator whose next() ${how} is not ended again`, async () => {
      let returns = 0;
      const iterable: AsyncIterable<Uint8Array> = {
        [Symbol.asyncIterator]: () => ({
          next,
          return() {
            returns++;
            return Promise.resolve({ done: true, value: undefined });
          },
        }),
      };
      for (const body of [iterable, () => iterable]) {
        const writer = new MultipartWriter();
        writer.append(body);
        await assertRejects(() => writer.bytes(), Error);
        await turns();
      }
      assertEquals(returns, 0);
    });
  }

  it("by an iteration that is left while it stalls", async () => {
    const source = probe([utf8("x")], "stall");
    const writer = new MultipartWriter();
    writer.append(source.stream);
    const iterator = writer[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.next();
    const stalled = iterator.next();
    assertFalse(await isSettled(stalled));
    await iterator.return?.();
    assertEquals(source.cancellations.length, 1);
  });
});
