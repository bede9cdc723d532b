import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  mixedReplace,
  type MultipartBody,
  MultipartEncoderStream,
  MultipartReader,
  MultipartWriter,
} from "@tributary/multipart";
import { streamOf, utf8 } from "../bytes.ts";
import { polyfilled } from "../foreign.ts";
import { isSettled, probe, turns } from "../reader/probe.ts";

const boundary = "b";

function make(subtype = "mixed"): MultipartWriter {
  return new MultipartWriter(subtype, { boundary });
}

async function textOf(writer: MultipartWriter): Promise<string> {
  return new TextDecoder().decode(await writer.bytes());
}

async function* generate(): AsyncGenerator<Uint8Array> {
  yield utf8("x");
}

/** A stream that stalls after its first chunk, and whose cancellation fails. */
function stubborn(cancelled: unknown[] = []): ReadableStream<Uint8Array> {
  let isFirst = true;
  return new ReadableStream({
    pull(controller) {
      if (!isFirst) return new Promise(() => {});
      isFirst = false;
      controller.enqueue(utf8("x"));
    },
    cancel(reason) {
      cancelled.push(reason);
      throw new Error("Cannot be cancelled");
    },
  }, { highWaterMark: 0 });
}

describe("an uncommon body", () => {
  it("a response without one is an empty part, with its type", async () => {
    const writer = make();
    writer.append(new Response(null));
    const headers = { "content-type": "a/b" };
    writer.append(polyfilled(new Response(null, { headers })));
    assertEquals(
      await textOf(writer),
      "--b\r\nContent-Length: 0\r\n" +
        "Content-Type: application/octet-stream\r\n\r\n\r\n" +
        "--b\r\nContent-Length: 0\r\nContent-Type: a/b\r\n\r\n\r\n--b--\r\n",
    );
    assertEquals(writer.repeatable, true);
  });

  it("what an iteration returns at its end is not a chunk", async () => {
    async function* giveAndReturn(): AsyncGenerator<Uint8Array, Uint8Array> {
      yield utf8("given");
      return utf8("returned");
    }
    const writer = make();
    writer.append(giveAndReturn(), { type: "" });
    assertEquals(await textOf(writer), "--b\r\n\r\ngiven\r\n--b--\r\n");
  });

  it("an iteration may give empty chunks, wherever they come", async () => {
    async function* give(): AsyncGenerator<Uint8Array | string> {
      for (const text of ["", "a", "", "b", "", "", "c", ""]) {
        yield utf8(text);
        yield "";
      }
    }
    const writer = make();
    writer.append(give(), { type: "" });
    assertEquals(await textOf(writer), "--b\r\n\r\nabc\r\n--b--\r\n");
  });

  it("an iteration may throw at any chunk, at once or later", async () => {
    const failure = new Error("disk");
    for (const isLate of [false, true]) {
      for (let count = 0; count < 4; count++) {
        let given = 0;
        const next = (): Promise<IteratorResult<Uint8Array>> => {
          if (given++ < count) {
            return Promise.resolve({ done: false, value: utf8("x") });
          }
          if (isLate) return Promise.reject(failure);
          throw failure;
        };
        const writer = make();
        writer.append({ [Symbol.asyncIterator]: () => ({ next }) });
        const reader = writer.stream().getReader();
        const error = await assertRejects(async () => {
          while (!(await reader.read()).done);
        });
        assertStrictEquals(error, failure);
      }
    }
  });

  it("what says that it has been read is not read again", () => {
    const read = Object.assign(generate(), { readableDidRead: true });
    assertThrows(() => make().append(read), TypeError, "already been read");
    const fresh = Object.assign(generate(), { readableDidRead: false });
    assertEquals(make().append(fresh).repeatable, false);
  });

  it("a form that gives a Blob without a name names it as browsers do", async () => {
    const form = {
      [Symbol.toStringTag]: "FormData",
      *[Symbol.iterator]() {
        yield ["f", new Blob(["x"], { type: "a/b" })];
      },
    };
    const writer = make();
    writer.append(form as unknown as FormData);
    assertStringIncludes(
      await textOf(writer),
      'Content-Disposition: form-data; name="f"; filename="blob"\r\n',
    );
  });

  it("what only seems to be a part or a response is a TypeError", () => {
    const method = (): void => {};
    const headers = { get: method };
    const response = { [Symbol.toStringTag]: "Response" };
    for (
      const body of [
        { headers, stream: method },
        { headers, transferEncoding: undefined, stream: 1, ...response },
        { headers, transferEncoding: undefined, stream: method },
        response,
        { ...response, headers: {} },
        { ...response, headers },
        { ...response, headers, body: 1 },
      ]
    ) {
      const unknown: unknown = body;
      assertThrows(
        () => make().append(unknown as MultipartBody),
        TypeError,
        "it is not text",
      );
    }
    // Without the encoding, it is treated as any other iterable.
    const part: unknown = { headers, [Symbol.asyncIterator]: generate };
    assertEquals(make().append(part as MultipartBody).repeatable, false);
  });

  it("bytes in shared memory can be in a Blob, where there are any", async () => {
    const buffer = "SharedArrayBuffer" in globalThis
      ? new SharedArrayBuffer(4)
      : new ArrayBuffer(4);
    const bytes = new Uint8Array(buffer);
    bytes.set(utf8("text"));
    const writer = make();
    writer.append(bytes, { type: "" });
    assertEquals(
      await (await writer.blob()).text(),
      "--b\r\nContent-Length: 4\r\n\r\ntext\r\n--b--\r\n",
    );
  });

  it("a form is nested as deep as any multipart, and no deeper", () => {
    const nest = (depth: number): MultipartWriter => {
      let body: MultipartBody = new FormData();
      for (let level = 1; level < depth; level++) {
        const outer = new MultipartWriter();
        outer.append(body);
        body = outer;
      }
      const writer = new MultipartWriter();
      writer.append(body);
      return writer;
    };
    assert(nest(100).size);
    assertThrows(
      () => nest(101).stream(),
      TypeError,
      "nested more than 100 deep",
    );
  });

  it("with a multipart type that cannot be read, or has no boundary, is written", async () => {
    for (const type of ["multipart/", "multipart/mixed"]) {
      const writer = make();
      writer.append("text", { type });
      assertEquals(
        await textOf(writer),
        `--b\r\nContent-Length: 4\r\nContent-Type: ${type}\r\n\r\n` +
          "text\r\n--b--\r\n",
      );
    }
  });
});

describe("fields of a part", () => {
  it("a file keeps the Content-Disposition that is given with it", () => {
    const part = make().append(new File(["x"], "a.txt"), {
      headers: { "content-disposition": "inline" },
    });
    assertEquals(part.headers.get("content-disposition"), "inline");
  });

  it("a type follows from an extension, where there is one", () => {
    const asked: string[] = [];
    const writer = new MultipartWriter("mixed", {
      typeByExtension: (extension) => {
        asked.push(extension);
        return extension === "x" ? "a/x" : undefined;
      },
    });
    const typeWith = (filename?: string): string | null =>
      writer.append("text", { filename }).headers.get("content-type");
    const plain = "text/plain; charset=utf-8";
    assertEquals(typeWith(), plain);
    assertEquals(typeWith(""), plain);
    assertEquals(typeWith("file"), plain);
    assertEquals(asked, []);
    assertEquals(typeWith("file.x"), "a/x");
    assertEquals(typeWith("file.x.y"), plain);
    assertEquals(asked, ["x", "y"]);
  });

  it("JSON keeps the Content-Type that is given with it", () => {
    const part = make().appendJson({}, {
      headers: { "content-type": "application/geo+json" },
    });
    assertEquals(part.headers.get("content-type"), "application/geo+json");
  });

  it("a number is a value as its digits", () => {
    const headers = JSON.parse('{"x-count": 5}');
    assertEquals(
      make().append("", { headers }).headers.get("x-count"),
      "5",
    );
  });

  it("what are not pairs of a name and a value are a TypeError", () => {
    for (const pairs of ['[["x-a"]]', '[["x-a", "1", "2"]]', '["ab"]']) {
      const headers = JSON.parse(pairs);
      assertThrows(
        () => make().append("", { headers }),
        TypeError,
        "it is not a pair",
      );
    }
  });

  it("Headers without getSetCookie() are known by what else they can do", () => {
    const given = new Headers({ "x-a": "1" });
    const lookalike = {
      forEach: given.forEach.bind(given),
      get: given.get.bind(given),
      append: given.append.bind(given),
    };
    const headers: unknown = lookalike;
    const part = make().append("", { headers: headers as Headers });
    assertEquals(part.headers.get("x-a"), "1");
  });

  it("names are spelled the same, however many there were before", async () => {
    const writer = make();
    const names = Array.from({ length: 300 }, (_, at) => `x-name-${at}a-b`);
    for (const name of [...names, ...names]) {
      writer.append("", { type: "", headers: { [name]: "1" } });
    }
    const written = (await textOf(writer)).match(/^X-Name-\d+a-B: 1$/mg);
    assertEquals(written?.length, 600);
  });

  it("a part says whether its body can be written again", () => {
    const writer = make();
    assertEquals(writer.append("text").repeatable, true);
    assertEquals(writer.append(streamOf([])).repeatable, false);
  });
});

describe("blob()", () => {
  it("holds what bytes() gives, whatever the bodies", async () => {
    const writer = make();
    const nested = new MultipartWriter("mixed", { boundary: "n" });
    nested.append(utf8("within"));
    writer.append(utf8("bytes"));
    writer.append("text");
    writer.append(new Blob(["blob"]));
    writer.append(() => streamOf([utf8("made")]));
    writer.append("encoded", { transferEncoding: "base64" });
    writer.append(nested);
    const blob = await writer.blob();
    assertEquals(
      new Uint8Array(await blob.arrayBuffer()),
      await writer.bytes(),
    );
  });

  it("of a body that can be read just once is a TypeError, and reads nothing", async () => {
    const source = probe([utf8("x")]);
    const writer = make();
    writer.append("text");
    writer.append(source.stream);
    await assertRejects(() => writer.blob(), TypeError, "part 1");
    assertEquals(source.pulls, 0);
    assertStringIncludes(await textOf(writer), "\r\n\r\nx\r\n--b--");
  });

  it("fails with what the body of a function fails with", async () => {
    const failure = new Error("broken");
    const writer = make();
    writer.append(() => probe([utf8("x")], failure).stream);
    assertEquals(await writer.blob().catch((error) => error), failure);
  });
});

describe("heads and bodies of any length", () => {
  it("are gathered without a byte lost, whatever fits in a block", async () => {
    const lengths = [1, 3000, 16_000, 50_000, 64_000, 70_000, 200_000];
    for (const before of lengths) {
      for (const length of lengths) {
        const value = "v".repeat(before);
        const body = "t".repeat(Math.min(length, 16_000));
        const init = { type: "", headers: { "x-long": value } };
        const expected = `--b\r\nContent-Length: ${body.length}\r\n` +
          `X-Long: ${value}\r\n\r\n${body}\r\n--b--\r\n`;
        const { readable, writable } = new MultipartEncoderStream("mixed", {
          boundary,
        });
        const sink = writable.getWriter();
        const written = sink.write({ body: utf8(body), ...init });
        const text = new Response(readable).text();
        await written;
        await sink.close();
        assertEquals(await text === expected, true, `${before}, ${length}`);
        const writer = make();
        writer.append(utf8(body), init);
        const streamed = await new Response(writer.stream()).text();
        assertEquals(streamed === expected, true, `${before}, ${length}`);
      }
    }
  });
});

describe("a multipart that is about as long as a block", () => {
  it("goes out whole, in chunks that are not empty", async () => {
    const block = 64 * 1024;
    const bodies = Array.from({ length: 4 }, () => "t".repeat(15_000));
    const around = "--b\r\n\r\n\r\n".length;
    const rest = block - 4 * (15_000 + around) - around;
    for (let length = rest - 20; length < rest + 10; length++) {
      const writer = make();
      let expected = "";
      for (const body of [...bodies, "u".repeat(length)]) {
        const part = writer.append(body, { type: "" });
        part.headers.delete("content-length");
        expected += `--b\r\n\r\n${body}\r\n`;
      }
      let text = "";
      for await (const chunk of writer) {
        assert(chunk.length > 0);
        text += new TextDecoder().decode(chunk);
      }
      assertEquals(text === `${expected}--b--\r\n`, true, `with ${length}`);
      const streamed = await new Response(writer.stream()).text();
      assertEquals(streamed === text, true, `with ${length}`);
    }
  });

  it("goes out whole where a little stands before much", async () => {
    const writer = make();
    const value = "v".repeat(60_000);
    writer.append("t".repeat(10_000), { type: "" });
    writer.append("", { type: "", headers: { "x-long": value } });
    const expected = `--b\r\nContent-Length: 10000\r\n\r\n` +
      `${"t".repeat(10_000)}\r\n--b\r\nContent-Length: 0\r\n` +
      `X-Long: ${value}\r\n\r\n\r\n--b--\r\n`;
    const streamed = await new Response(writer.stream()).text();
    assertEquals(streamed === expected, true);
    assertEquals(await textOf(writer) === expected, true);
  });
});

describe("a source that cannot be cancelled", () => {
  it("of a function, which cannot be there: the error is the writer's", async () => {
    const cancelled: unknown[] = [];
    const headers = { "content-type": "multipart/mixed; boundary=b" };
    const writer = make();
    writer.append(() => new Response(stubborn(cancelled), { headers }));
    await assertRejects(
      () => writer.bytes(),
      TypeError,
      'boundary is "b", the boundary of one around it',
    );
    assertEquals(cancelled.length, 1);
    await turns();
  });

  it("of a MultipartEncoderStream that is aborted: both sides get the reason", async () => {
    const cancelled: unknown[] = [];
    const encoder = new MultipartEncoderStream("mixed", { boundary });
    const sink = encoder.writable.getWriter();
    const reader = encoder.readable.getReader();
    const written = sink.write({ body: stubborn(cancelled), type: "" });
    await reader.read();
    await reader.read();
    const waiting = reader.read();
    assertEquals(await isSettled(waiting), false);
    const reason = new Error("gone");
    const closed = sink.closed.catch((error) => error);
    await sink.abort(reason).catch(() => {});
    assertEquals(await waiting.catch((error) => error), reason);
    assertEquals(await written.catch((error) => error), reason);
    assertEquals(await closed, reason);
    assertEquals(cancelled, [reason]);
  });

  it("of a live view that is aborted: its body ends", async () => {
    const cancelled: unknown[] = [];
    const controller = new AbortController();
    const { body } = mixedReplace(stubborn(cancelled), {
      signal: controller.signal,
    });
    assert(body);
    const reader = body.getReader();
    await reader.read();
    const waiting = reader.read();
    const reason = new Error("gone");
    controller.abort(reason);
    assertEquals(await waiting, { done: true, value: undefined });
    assertEquals(cancelled, [reason]);
    await turns();
  });

  it("of a live view, with a frame that is none: the error is the frame's", async () => {
    const cancelled: unknown[] = [];
    const frames = new ReadableStream<Uint8Array>({
      pull(controller) {
        const none: unknown = 5;
        controller.enqueue(none as Uint8Array);
      },
      cancel(reason) {
        cancelled.push(reason);
        throw new Error("Cannot be cancelled");
      },
    }, { highWaterMark: 0 });
    const { body } = mixedReplace(frames);
    assert(body);
    const error = await body.getReader().read().catch((error) => error);
    assert(error instanceof TypeError, String(error));
    assertEquals(cancelled, [error]);
    await turns();
  });
});

describe("an iteration that fails when nobody wants it any more", () => {
  /** An iterable that waits, and a function that makes it fail. */
  function failing() {
    const { promise, reject } = Promise.withResolvers<never>();
    const iterable: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: () => promise }),
    };
    return { iterable, fail: () => reject(new Error("too late")) };
  }

  it("changes nothing for the viewers of a live view", async () => {
    const { iterable, fail } = failing();
    const controller = new AbortController();
    const { signal } = controller;
    const { body } = mixedReplace(iterable, { signal });
    assert(body);
    const waiting = body.getReader().read();
    assertEquals(await isSettled(waiting), false);
    controller.abort("enough");
    fail();
    await turns();
    assertEquals(await waiting, { done: true, value: undefined });
  });

  it("changes nothing for a MultipartEncoderStream", async () => {
    const { iterable, fail } = failing();
    const encoder = new MultipartEncoderStream("mixed", { boundary });
    const sink = encoder.writable.getWriter();
    const reader = encoder.readable.getReader();
    const written = sink.write({ body: iterable, type: "" });
    await reader.read();
    const waiting = reader.read();
    assertEquals(await isSettled(waiting), false);
    const reason = new Error("gone");
    const closed = sink.closed.catch((error) => error);
    const aborted = sink.abort(reason);
    fail();
    await aborted.catch(() => {});
    assertEquals(await waiting.catch((error) => error), reason);
    assertEquals(await written.catch((error) => error), reason);
    assertEquals(await closed, reason);
  });
});

describe("an iteration that throws, and gives no promise", () => {
  it("fails the writing with that, in every way to write", async () => {
    const failure = new Error("broken");
    const body = (): AsyncIterable<Uint8Array> => ({
      [Symbol.asyncIterator]: () => ({
        next() {
          throw failure;
        },
      }),
    });
    const ways: ((writer: MultipartWriter) => Promise<unknown>)[] = [
      (writer) => writer.bytes(),
      (writer) => writer.blob(),
      async (writer) => {
        for await (const _ of writer);
      },
      async (writer) => {
        const reader = writer.stream().getReader();
        while (!(await reader.read()).done);
      },
    ];
    for (const write of ways) {
      const writer = make();
      writer.append(body);
      assertEquals(await write(writer).catch((error) => error), failure);
    }
  });
});

describe("a transfer encoding", () => {
  const text = "a=b \u00e5\r\n" + "long ".repeat(20);
  const base64 = btoa(String.fromCharCode(...utf8(text)))
    .replaceAll(/.{76}/g, "$&\r\n");
  const quoted = "a=3Db =C3=A5\r\n" + "long ".repeat(15) + "=\r\n" +
    "long ".repeat(4) + "long=20";

  for (
    const [name, written, length] of [
      ["base64", base64, base64.length],
      ["BASE64 ", base64, base64.length],
      ["Quoted-Printable", quoted, undefined],
      ["7bit", text, utf8(text).length],
      ["8bit", text, utf8(text).length],
      ["binary", text, utf8(text).length],
    ] as const
  ) {
    it(`${name} is applied, or says what the bytes are`, async () => {
      const writer = make();
      const init = { type: "", transferEncoding: name };
      const part = writer.append(utf8(text), init);
      assertEquals(part.size, length);
      const { contentType } = writer;
      const bytes = await writer.bytes();
      assertEquals(
        writer.size,
        length === undefined ? undefined : bytes.length,
      );
      const whole = new TextDecoder().decode(bytes);
      assertStringIncludes(whole, `\r\n\r\n${written}\r\n--b--\r\n`);
      const reader = new MultipartReader(bytes, { contentType });
      assertEquals(await (await reader.next()).value?.text(), text);
    });
  }

  it("that is unknown is a TypeError", () => {
    const init = { transferEncoding: "rot13" };
    assertThrows(() => make().append("", init), TypeError, "it is unknown");
  });
});

describe("a content coding", () => {
  it("is applied, or refused where this runtime does not have it", async () => {
    const formats = [
      ["gzip", "gzip"],
      ["deflate", "deflate"],
      ["br", "brotli"],
      ["zstd", "zstd"],
    ] as const;
    for (const [contentEncoding, format] of formats) {
      const append = () => make().append("text", { contentEncoding });
      let isThere = true;
      try {
        new CompressionStream(format as CompressionFormat);
      } catch {
        isThere = false;
      }
      if (isThere) assertEquals(append().size, undefined);
      else assertThrows(append, TypeError, "this runtime does not have it");
    }
    const init = { contentEncoding: "rot13" };
    assertThrows(() => make().append("", init), TypeError, "it is unknown");
    await turns();
  });
});

describe("a compressed body whose source is slow", () => {
  it("comes out whole", async () => {
    const noise = Uint8Array.from(
      { length: 150_000 },
      (_, at) => (Math.imul(at + 1, 0x9e3779b1) >>> 11) & 0xff,
    );
    const half = noise.length / 2;
    const gate = Promise.withResolvers<void>();
    async function* giveSlowly(): AsyncGenerator<Uint8Array> {
      yield noise.subarray(0, half);
      await gate.promise;
      yield noise.subarray(half);
    }
    const writer = make();
    writer.append(giveSlowly(), { contentEncoding: "gzip" });
    const { contentType } = writer;
    const source = writer.stream().getReader();
    const chunks: Uint8Array[] = [];
    for (;;) {
      const pending = source.read();
      if (!await isSettled(pending)) gate.resolve();
      const { done, value } = await pending;
      if (done) break;
      chunks.push(value);
    }
    const reader = new MultipartReader(chunks, { contentType });
    const { value: part } = await reader.next();
    assertEquals(await part?.bytes() ?? new Uint8Array(0), noise);
  });
});
