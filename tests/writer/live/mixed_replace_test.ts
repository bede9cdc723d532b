import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  mixedReplace,
  type MixedReplaceFrame,
  type MixedReplaceOptions,
  MultipartReader,
} from "@tributary/multipart";
import { blobType, utf8 } from "../../bytes.ts";
import { type Probe, probe, turns } from "../../reader/probe.ts";

const boundary = "b";

async function* framesOf(
  ...frames: MixedReplaceFrame[]
): AsyncGenerator<MixedReplaceFrame> {
  for (const frame of frames) yield await Promise.resolve(frame);
}

async function textOf(
  frames: MixedReplaceFrame[],
  options: MixedReplaceOptions = {},
): Promise<string> {
  const response = mixedReplace(framesOf(...frames), { boundary, ...options });
  return await response.text();
}

function part(body: string, type = "image/jpeg"): string {
  return `--b\r\nContent-Type: ${type}\r\n` +
    `Content-Length: ${body.length}\r\n\r\n${body}\r\n`;
}

function readerOf(response: Response): ReadableStreamDefaultReader<Uint8Array> {
  assert(response.body);
  return response.body.getReader();
}

/** Returns the chunks of its body as text, up to the end. */
async function chunksOf(response: Response): Promise<string[]> {
  const chunks: string[] = [];
  const reader = readerOf(response);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return chunks;
    chunks.push(new TextDecoder().decode(value));
  }
}

/** An endless sequence of frames with one byte each. */
function* film(): Generator<Uint8Array<ArrayBuffer>> {
  for (let number = 0;; number++) yield Uint8Array.of(number);
}

async function assertReleased(source: Probe): Promise<void> {
  await turns();
  assert(!source.stream.locked);
}

describe("mixedReplace()", () => {
  it("writes each frame as a part with its type and length", async () => {
    assertEquals(
      await textOf([utf8("one"), utf8(""), utf8("three")]),
      `${part("one")}${part("")}${part("three")}--b--\r\n`,
    );
  });

  it("writes a close delimiter where there is no frame", async () => {
    assertEquals(await textOf([]), "--b--\r\n");
  });

  it("takes any bytes, and Blobs with their type", async () => {
    const bytes = utf8("-frame-");
    const type = blobType("image/png");
    assertEquals(
      await textOf([
        bytes.buffer,
        bytes.subarray(1, 6),
        new DataView(bytes.buffer, 1, 2),
        new Uint16Array(bytes.buffer, 2, 1),
        new Blob(["blob"], { type }),
        new Blob(["plain"]),
      ], { type: "image/webp" }),
      part("-frame-", "image/webp") + part("frame", "image/webp") +
        part("fr", "image/webp") + part("ra", "image/webp") +
        part("blob", type) + part("plain", "image/webp") + "--b--\r\n",
    );
  });

  it("leaves out an empty type", async () => {
    assertEquals(
      await textOf([utf8("x")], { type: "" }),
      "--b\r\nContent-Length: 1\r\n\r\nx\r\n--b--\r\n",
    );
  });

  it("sends a frame in one chunk, which is a copy", async () => {
    const buffer = new Uint8Array(1);
    const response = mixedReplace(
      (async function* () {
        for (const letter of "abc") {
          await Promise.resolve();
          buffer.set(utf8(letter));
          yield buffer;
        }
      })(),
      { boundary },
    );
    const reader = readerOf(response);
    const chunks: (Uint8Array | undefined)[] = [];
    for (let count = 0; count < 3; count++) {
      chunks.push((await reader.read()).value);
    }
    await reader.cancel();
    assertEquals(
      chunks.map((chunk) => new TextDecoder().decode(chunk)),
      [part("a"), part("b"), part("c")],
    );
  });

  it("with eager sends the next head right behind a frame", async () => {
    const head = "--b\r\nContent-Type: image/jpeg\r\n\r\n";
    const png = new Blob(["two"], { type: "image/png" });
    const frames = framesOf(utf8("one"), png);
    const response = mixedReplace(frames, { boundary, eager: true });
    assertEquals(await chunksOf(response), [
      head,
      `one\r\n${head}`,
      `two\r\n${head}`,
      "\r\n--b--\r\n",
    ]);
  });

  it("has the header fields of a live view", () => {
    const { status, headers } = mixedReplace(framesOf(), { boundary });
    assertEquals(status, 200);
    assertEquals([...headers].sort(), [
      ["cache-control", "no-store, no-transform"],
      ["content-type", "multipart/x-mixed-replace; boundary=b"],
      ["x-accel-buffering", "no"],
    ]);
  });

  it("has other fields where they are given, but its own type", () => {
    const { headers } = mixedReplace(framesOf(), {
      boundary,
      headers: {
        "Cache-Control": "private",
        "Content-Length": "5",
        "Content-Type": "text/html",
        "X-Camera": "door",
      },
    });
    assertEquals([...headers].sort(), [
      ["cache-control", "private"],
      ["content-type", "multipart/x-mixed-replace; boundary=b"],
      ["x-accel-buffering", "no"],
      ["x-camera", "door"],
    ]);
  });

  it("makes a boundary of its own, another each time", () => {
    const types = [1, 2].map(() =>
      mixedReplace(framesOf()).headers.get("content-type")
    );
    assert(
      /^multipart\/x-mixed-replace; boundary=[\w-]{27,}$/.test(`${types[0]}`),
    );
    assert(types[0] !== types[1]);
  });

  for (const eager of [false, true]) {
    it(`is read as it was sent, eager: ${eager}`, async () => {
      const frames = [utf8("one"), utf8("\r\n--"), new Uint8Array(100_000)];
      const response = mixedReplace(framesOf(...frames), { eager });
      const read: Uint8Array[] = [];
      const reader = MultipartReader.from(response);
      for await (const part of reader) {
        assertEquals(part.mediaType, "image/jpeg");
        read.push(await part.bytes());
      }
      assertEquals(reader.profile, "mixed-replace");
      assertEquals(read, eager ? [...frames, new Uint8Array(0)] : frames);
    });
  }

  it("shows a reader each frame before the next is made", async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(
      undefined,
      undefined,
      { highWaterMark: 0 },
    );
    const writer = writable.getWriter();
    const parts = MultipartReader.from(mixedReplace(readable));
    writer.write(utf8("one")).catch(() => {});
    // The delimiter after the first frame must confirm the length.
    const first = (await parts.next()).value?.text();
    writer.write(utf8("two")).catch(() => {});
    assertEquals(await first, "one");
    assertEquals(await (await parts.next()).value?.text(), "two");
    for (const text of ["three", "four"]) {
      const next = parts.next();
      await writer.write(utf8(text));
      assertEquals(await (await next).value?.text(), text);
    }
    await parts.cancel();
  });

  it("pulls a frame for a chunk that is read, and none before", async () => {
    for (const eager of [false, true]) {
      const source = probe(film());
      const reader = readerOf(mixedReplace(source.stream, { eager }));
      await turns();
      assertEquals(source.pulls, 0);
      if (eager) await reader.read();
      for (let count = 1; count <= 3; count++) {
        await reader.read();
        await turns();
        assertEquals(source.pulls, count);
      }
      await reader.cancel();
    }
  });

  it("ends no iteration that has ended", async () => {
    let returns = 0;
    const frames: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: true, value: undefined }),
        return() {
          returns++;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    const stop = new AbortController();
    await mixedReplace(frames, { signal: stop.signal }).text();
    stop.abort();
    await turns();
    assertEquals(returns, 0);
  });

  it("releases a stream that has ended", async () => {
    const source = probe([utf8("x")]);
    await mixedReplace(source.stream).text();
    await assertReleased(source);
    assertEquals(source.cancellations, []);
  });

  it("cancelling cancels the source, and releases it", async () => {
    const source = probe(film());
    const reader = readerOf(mixedReplace(source.stream));
    await reader.read();
    await reader.cancel("gone");
    assertEquals(source.cancellations, ["gone"]);
    await assertReleased(source);
  });

  it("cancelling while a frame is awaited cancels the source", async () => {
    const source = probe([], "stall");
    const reader = readerOf(mixedReplace(source.stream));
    const pending = reader.read();
    await turns();
    await reader.cancel("gone");
    assert((await pending).done);
    assertEquals(source.cancellations, ["gone"]);
    await assertReleased(source);
  });

  it("cancelling ends an iteration", async () => {
    let ended = 0;
    const reader = readerOf(mixedReplace((async function* () {
      try {
        for (const frame of film()) yield await Promise.resolve(frame);
      } finally {
        ended++;
      }
    })()));
    await reader.read();
    await reader.cancel();
    assertEquals(ended, 1);
  });

  it("cancelling does not wait for an iteration that hangs", async () => {
    const reader = readerOf(mixedReplace((async function* () {
      await new Promise(() => {});
      yield utf8("never");
    })()));
    reader.read().catch(() => {});
    await turns();
    await reader.cancel();
  });

  it("fails as a stream fails, behind the frames before", async () => {
    const failure = new Error("no picture");
    const source = probe([utf8("x")], failure);
    const reader = readerOf(mixedReplace(source.stream, { boundary }));
    assertEquals((await reader.read()).value, utf8(part("x")));
    assertStrictEquals(await assertRejects(() => reader.read()), failure);
    await assertReleased(source);
    assertEquals(source.cancellations, []);
  });

  it("fails as an iteration fails, which is not ended again", async () => {
    const failure = new Error("no picture");
    let returns = 0;
    const frames: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.reject(failure),
        return() {
          returns++;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    const reader = readerOf(mixedReplace(frames));
    assertStrictEquals(await assertRejects(() => reader.read()), failure);
    await turns();
    assertEquals(returns, 0);
  });

  for (const wrong of ["text", undefined, null, 5, {}]) {
    it(`fails, and cancels the source, on a frame that is ${wrong}`, async () => {
      const chunks = [wrong] as unknown as Uint8Array[];
      const source = probe(chunks, "stall");
      const reader = readerOf(mixedReplace(source.stream));
      const error = await assertRejects(() => reader.read(), TypeError);
      assertEquals(
        error.message,
        "Cannot send a frame: it is neither bytes nor a Blob",
      );
      assertEquals(source.cancellations, [error]);
      await assertReleased(source);
    });
  }

  // The body ends without an error: Deno's server prints a trace for each body
  // that fails.
  it("a signal cancels the source, and ends the body where it stands", async () => {
    const source = probe([utf8("x")], "stall");
    const stop = new AbortController();
    const response = mixedReplace(source.stream, { signal: stop.signal });
    const reader = readerOf(response);
    await reader.read();
    const pending = reader.read();
    await turns();
    stop.abort("enough");
    assertEquals(await pending, { done: true, value: undefined });
    assertEquals(source.cancellations, ["enough"]);
    await assertReleased(source);
  });

  it("a signal that is aborted already does the same", async () => {
    const source = probe(film());
    const signal = AbortSignal.abort("enough");
    const reader = readerOf(mixedReplace(source.stream, { signal }));
    assertEquals(await reader.read(), { done: true, value: undefined });
    assertEquals(source.cancellations, ["enough"]);
    assertEquals(source.pulls, 0);
    await assertReleased(source);
  });

  it("a signal that is aborted after the end does nothing", async () => {
    const source = probe([utf8("x")]);
    const stop = new AbortController();
    const { signal } = stop;
    const text = await mixedReplace(source.stream, { boundary, signal }).text();
    stop.abort();
    await turns();
    assertEquals(text, `${part("x")}--b--\r\n`);
    assertEquals(source.cancellations, []);
  });

  it("refuses what are not frames", () => {
    for (const wrong of [undefined, null, "text", 5, {}, utf8("x")]) {
      const error = assertThrows(
        () => mixedReplace(wrong as unknown as ReadableStream<Uint8Array>),
        TypeError,
      );
      assertEquals(
        error.message,
        "Cannot send frames: they are neither a stream nor an async iterable",
      );
    }
  });

  it("refuses a locked stream", async () => {
    const { stream } = probe(film());
    const reader = stream.getReader();
    const error = assertThrows(() => mixedReplace(stream), TypeError);
    assertEquals(error.message, "Cannot send frames: their stream is locked");
    await reader.cancel();
  });

  const wrongOptions: [string, MixedReplaceOptions][] = [
    ["a boundary that ends in a space", { boundary: "b " }],
    ["a boundary with a line break", { boundary: "b\r\nX-Evil: 1" }],
    ["a type with a line break", { type: "image/jpeg\r\nX-Evil: 1" }],
    ["a type that is not a byte string", { type: "image/\u{1f4f7}" }],
    ["a field with a line break", { headers: { "x-a": "1\r\nX-Evil: 1" } }],
  ];
  for (const [name, options] of wrongOptions) {
    it(`refuses ${name}, and leaves the source alone`, () => {
      const source = probe(film());
      assertThrows(() => mixedReplace(source.stream, options), TypeError);
      assert(!source.stream.locked);
    });
  }
});
