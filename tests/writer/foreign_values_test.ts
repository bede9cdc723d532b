import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  byteRanges,
  FrameBroadcast,
  mixedReplace,
  type MultipartBody,
  MultipartReader,
  MultipartWriter,
} from "@tributary/multipart";
import { utf8 } from "../bytes.ts";
import { foreign, polyfilled } from "../foreign.ts";

/** A stream with `value` as a chunk. */
function streamOf(value: unknown): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(value as Uint8Array);
      controller.close();
    },
  });
}

async function* iterate(value: unknown): AsyncGenerator<Uint8Array> {
  yield value as Uint8Array;
}

async function textOf(body: MultipartBody): Promise<string> {
  const writer = new MultipartWriter();
  writer.append(body, { name: "upload" });
  const { contentType } = writer;
  const reader = new MultipartReader(await writer.bytes(), { contentType });
  const { value: part } = await reader.next();
  assert(part !== undefined);
  return await part.text();
}

const bytes: Record<string, () => ArrayBuffer | ArrayBufferView> = {
  "an ArrayBuffer": () => utf8("text").buffer,
  "a Uint8Array": () => utf8("text"),
  "a DataView": () => new DataView(utf8("[text]").buffer, 1, 4),
  "a Uint16Array": () => new Uint16Array(utf8("text").buffer),
  "a Uint8Array of another realm": () => foreign(utf8("text")),
  "an ArrayBuffer of another realm": () => foreign(utf8("text").buffer),
};

describe("bytes of any kind are written", () => {
  for (const [what, make] of Object.entries(bytes)) {
    it(`${what}, as a body and as a chunk`, async () => {
      assertEquals(await textOf(make()), "text");
      assertEquals(await textOf(() => make()), "text");
      assertEquals(await textOf(streamOf(make())), "text");
      assertEquals(await textOf(iterate(make())), "text");
    });
  }
});

/**
 * Blobs of classes other than the platform's, as polyfills and test
 * environments have them.
 */
class BareBlob {
  readonly #blob: Blob;
  readonly type = "text/plain";

  constructor(text: string) {
    this.#blob = new Blob([text]);
  }

  get size(): number {
    return this.#blob.size;
  }

  get blob(): Blob {
    return this.#blob;
  }
}

class StreamedBlob extends BareBlob {
  readonly name = "own.txt";

  stream(): ReadableStream<Uint8Array> {
    return this.blob.stream();
  }

  slice(start: number, end: number): Blob {
    return this.blob.slice(start, end);
  }
}

class BufferedBlob extends BareBlob {
  readonly name = "own.txt";

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.blob.arrayBuffer();
  }

  slice(start: number, end: number): Blob {
    return this.blob.slice(start, end);
  }
}

describe("a Blob by what it can do", () => {
  const kinds = {
    "that has stream() alone": StreamedBlob,
    "that has arrayBuffer() alone": BufferedBlob,
  };
  for (const [kind, BlobKind] of Object.entries(kinds)) {
    for (const length of [4, 100_000]) {
      const text = "x".repeat(length);
      const make = (): Blob => new BlobKind(text) as unknown as Blob;

      it(`${kind} is a body of ${length} bytes`, async () => {
        assertEquals(await textOf(make()), text);
        assertEquals(await textOf(() => make()), text);
        const writer = new MultipartWriter("form-data");
        const part = writer.append(make(), { name: "upload" });
        assertEquals(part.size, length);
        assertEquals(part.repeatable, true);
        assertEquals(
          part.headers.get("content-disposition"),
          'form-data; name="upload"; filename="own.txt"',
        );
        assertEquals(part.headers.get("content-type"), "text/plain");
        const request = new Request(
          "http://localhost/",
          writer.toRequestInit(),
        );
        const file = (await request.formData()).get("upload");
        assert(file instanceof File);
        assertEquals(await file.text(), text);
        assertEquals((await writer.blob()).size, writer.size);
      });

      it(`${kind} is a frame, ranges and a source of ${length} bytes`, async () => {
        async function* frames(): AsyncGenerator<Blob> {
          yield make();
        }
        const view = mixedReplace(frames());
        for await (const frame of MultipartReader.from(view)) {
          assertEquals(await frame.text(), text);
        }
        const request = new Request("http://localhost/", {
          headers: { range: "bytes=1-2" },
        });
        assertEquals(await byteRanges(request, make()).text(), "xx");
        const writer = new MultipartWriter("mixed", { boundary: "b" });
        writer.append(text);
        const whole = new TextDecoder().decode(await writer.bytes());
        const source = new BlobKind(whole) as unknown as Blob;
        for await (
          const part of new MultipartReader(source, { boundary: "b" })
        ) assertEquals(await part.text(), text);
      });
    }
  }
});

describe("what is neither bytes nor text is a TypeError that names the part", () => {
  const lookalike = { [Symbol.toStringTag]: "ArrayBuffer", byteLength: 4 };
  for (const chunk of [5, true, {}, [1], null, undefined, lookalike]) {
    it(`a chunk of ${JSON.stringify(chunk)}`, async () => {
      const none = chunk === undefined;
      for (const make of [streamOf, iterate]) {
        // A stream accepts `undefined` like any other chunk.
        await assertRejects(
          () => textOf(make(none ? undefined : chunk)),
          TypeError,
          'part 0, "upload"',
        );
      }
    });
  }
});

describe("bodies of another realm, or a polyfill's", () => {
  it("a Blob", async () => {
    const blob = polyfilled(new Blob(["text"], { type: "a/b" }));
    const writer = new MultipartWriter();
    const part = writer.append(blob);
    assertEquals(part.headers.get("content-type"), "a/b");
    assertEquals(await textOf(blob), "text");
    const long = polyfilled(new Blob(["text".repeat(10_000)]));
    assertEquals((await textOf(long)).length, 40_000);
  });

  it("a Blob in a Blob, with its bytes and not its name", async () => {
    const writer = new MultipartWriter();
    writer.append(polyfilled(new Blob(["text"])));
    assertEquals(
      new Uint8Array(await (await writer.blob()).arrayBuffer()),
      await writer.bytes(),
    );
    const { body } = writer.toRequestInit();
    assert((await new Response(body).text()).includes("text"));
  });

  it("URLSearchParams", async () => {
    const body = polyfilled(new URLSearchParams({ a: "1 2" }));
    assertEquals(await textOf(body), "a=1+2");
  });

  it("a FormData", async () => {
    const form = new FormData();
    form.append("a", "1");
    assert((await textOf(polyfilled(form))).includes('name="a"\r\n\r\n1\r\n'));
  });

  it("a Response", async () => {
    assertEquals(await textOf(polyfilled(new Response("text"))), "text");
  });
});

describe("frames and ranges of another realm", () => {
  const foreigners: Record<string, () => ArrayBuffer | ArrayBufferView> = {
    "a Uint8Array": () => foreign(utf8("text")),
    "an ArrayBuffer": () => foreign(utf8("text").buffer),
  };

  for (const [what, make] of Object.entries(foreigners)) {
    it(`${what} is a frame`, async () => {
      const live = await mixedReplace(iterate(make())).text();
      assert(live.includes("\r\n\r\ntext\r\n"), live);
      const broadcast = new FrameBroadcast();
      broadcast.publish(make());
      broadcast.close();
      const latest = await broadcast.subscribe().text();
      assert(latest.includes("\r\n\r\ntext\r\n"), latest);
    });
  }

  it("a Blob is a frame, and a source of ranges", async () => {
    const blob = polyfilled(new Blob(["text"], { type: "a/b" }));
    const frames: AsyncIterable<unknown> = iterate(blob);
    const live = await mixedReplace(frames as AsyncIterable<Blob>).text();
    assert(live.includes("Content-Type: a/b"), live);
    const broadcast = new FrameBroadcast();
    broadcast.publish(blob);
    broadcast.close();
    const latest = await broadcast.subscribe().text();
    assert(latest.includes("\r\n\r\ntext\r\n"), latest);
    const response = byteRanges(request, blob);
    assertEquals(response.headers.get("content-type"), "a/b");
    assertEquals(await response.text(), "ex");
  });

  it("a Uint8Array is a range, and a chunk of one", async () => {
    for (
      const make of [foreign, (bytes: Uint8Array) => streamOf(foreign(bytes))]
    ) {
      const response = byteRanges(request, () => make(utf8("ex")), { size: 4 });
      assertEquals(await response.text(), "ex");
    }
  });

  it("a frame that is detached is a TypeError", () => {
    const bytes = utf8("text");
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    const broadcast = new FrameBroadcast();
    for (const gone of [bytes, bytes.buffer]) {
      assertThrows(() => broadcast.publish(gone), TypeError, "detached");
    }
  });

  const request = new Request("http://localhost/", {
    headers: { range: "bytes=1-2" },
  });
});

describe("a buffer that is detached is a TypeError that names the part", () => {
  const detach = (bytes: Uint8Array<ArrayBuffer>): void => {
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  };

  it("before it is appended, or comes as a chunk", async () => {
    const gone = utf8("text");
    const { buffer } = gone;
    detach(gone);
    for (const value of [gone, buffer]) {
      await assertRejects(() => textOf(value), TypeError, "part 0");
      await assertRejects(() => textOf(streamOf(value)), TypeError, "part 0");
    }
    assertEquals(await textOf(new Uint8Array(0)), "");
    assertEquals(await textOf(new ArrayBuffer(0)), "");
  });

  it("before the bytes are made, in every way", async () => {
    for (const length of [4, 100_000]) {
      const bytes = new Uint8Array(length);
      const writer = new MultipartWriter();
      writer.append(bytes, { name: "upload" });
      detach(bytes);
      const ways: (() => unknown)[] = [
        () => writer.bytes(),
        () => writer.blob(),
        () => writer.stream(),
        () => writer.toRequestInit(),
        () => writer.toResponse(),
      ];
      for (const way of ways) {
        await assertRejects(
          async () => void await way(),
          TypeError,
          'part 0, "upload"',
        );
      }
    }
  });

  it("before its turn comes", async () => {
    const bytes = new Uint8Array(100_000);
    const writer = new MultipartWriter();
    writer.append("first".repeat(50_000));
    writer.append(bytes, { name: "upload" });
    const reader = writer.stream().getReader();
    await reader.read();
    detach(bytes);
    await assertRejects(
      async () => {
        while (!(await reader.read()).done);
      },
      TypeError,
      'part 1, "upload"',
    );
  });
});
