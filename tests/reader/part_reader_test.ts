import {
  assert,
  assertEquals,
  assertFalse,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { toText } from "@std/streams";
import { describe, it } from "@std/testing/bdd";
import { withByteStreams } from "../platform.ts";
import {
  MultipartError,
  MultipartReader,
  type PartReader,
} from "@tributary/multipart";
import { bytewise, formBody, latin1, streamOf, utf8 } from "../bytes.ts";
import { turns } from "./probe.ts";

/** Returns the first part of a multipart/mixed with this head and body. */
async function partOf(
  body: string | Uint8Array,
  head = "X: y",
  subtype = "mixed",
): Promise<PartReader> {
  const bytes = typeof body === "string" ? utf8(body) : body;
  const chunks = [
    ...bytewise(utf8(`--b\r\n${head}\r\n\r\n`)),
    ...bytewise(bytes),
    ...bytewise(utf8("\r\n--b--")),
  ];
  const reader = new MultipartReader(streamOf(chunks), {
    contentType: `multipart/${subtype}; boundary=b`,
  });
  const { value } = await reader.next();
  assert(value !== undefined);
  return value;
}

describe("PartReader header fields", () => {
  it("are there in a Headers, as byte strings", async () => {
    const part = await partOf("", "X-A: 1\r\nx-a: ø\r\nX-B:  b \t");
    assertEquals([...part.headers], [["x-a", "1, Ã¸"], ["x-b", "b"]]);
    assertStrictEquals(part.headers, part.headers);
  });

  const readings: [string, Partial<Record<keyof PartReader, unknown>>][] = [
    ["X: y", {
      name: undefined,
      filename: undefined,
      contentType: undefined,
      mediaType: "text/plain",
      charset: undefined,
      contentLength: undefined,
      contentId: undefined,
      contentRange: undefined,
      transferEncoding: undefined,
      contentEncoding: undefined,
      isFile: false,
      isMultipart: false,
      index: 0,
      path: [0],
    }],
    ["Content-Type: Text/HTML; Charset=UTF-8", {
      contentType: "Text/HTML; Charset=UTF-8",
      mediaType: "text/html",
      charset: "utf-8",
    }],
    ["Content-Type: nothing", { mediaType: "text/plain" }],
    ["Content-Type: multipart/mixed; boundary=x", { isMultipart: true }],
    ['Content-Disposition: attachment; filename=""', {
      filename: "",
      isFile: true,
    }],
    ["Content-Length: 0", { contentLength: 0 }],
    ["Content-Length: +0", { contentLength: undefined }],
    ["Content-Length: 0\r\nContent-Length: 0", { contentLength: undefined }],
    ["Content-ID: <a@b>", { contentId: "a@b" }],
    ["Content-ID: a@b", { contentId: "a@b" }],
    ["Content-Range: bytes 0-0/*", {
      contentRange: { unit: "bytes", start: 0, end: 0, size: undefined },
    }],
    ["Content-Range: bytes */10", { contentRange: undefined }],
    ["Content-Range: bytes 5-1/*", { contentRange: undefined }],
    ["Content-Range: bytes 0-9/9", { contentRange: undefined }],
    ["Content-Range: bytes 0-1_0/10", { contentRange: undefined }],
    ["Content-Transfer-Encoding: BINARY", { transferEncoding: "binary" }],
    ["Content-Encoding: Identity", { contentEncoding: "identity" }],
  ];
  for (const [head, expected] of readings) {
    it(`reads ${JSON.stringify(head)}`, async () => {
      const part = await partOf("", head);
      const actual = Object.fromEntries(
        Object.keys(expected).map((
          key,
        ) => [key, part[key as keyof PartReader]]),
      );
      assertEquals<unknown>(actual, expected);
      await part.skip();
    });
  }
});

describe("PartReader whole-body helpers", () => {
  it("bytes() and arrayBuffer() give the caller's own copy", async () => {
    const chunk = formBody([["X: y", "river"]]);
    const reader = new MultipartReader([chunk], { boundary: "b" });
    const { value: part } = await reader.next();
    const bytes = await part?.bytes();
    chunk.fill(0);
    assertEquals(bytes, utf8("river"));
    assertEquals(
      await (await partOf("river")).arrayBuffer(),
      utf8("river").buffer,
    );
  });

  it("text() reads UTF-8, the part's charset, or the one it is told", async () => {
    assertEquals(await (await partOf("Grüße")).text(), "Grüße");
    const head = "Content-Type: text/plain; charset=iso-8859-1";
    assertEquals(await (await partOf(latin1("Grüße"), head)).text(), "Grüße");
    assertEquals(
      await (await partOf(latin1("Grüße"))).text("iso-8859-1"),
      "Grüße",
    );
    assertEquals(await (await partOf("\ufeffa")).text(), "a");
  });

  it("text() of a form is UTF-8 with all its characters, as formData() has it", async () => {
    const head = 'Content-Disposition: form-data; name="a"\r\n' +
      "Content-Type: text/plain; charset=iso-8859-1";
    const part = await partOf("\ufeffå", head, "form-data");
    assertEquals(part.charset, "iso-8859-1");
    assertEquals(await part.text(), "\ufeffå");
  });

  it("text() of an unknown charset is an error of its own", async () => {
    const part = await partOf("x", "Content-Type: text/plain; charset=klingon");
    const error = await assertRejects(() => part.text(), MultipartError);
    assertEquals(error.code, "unsupported-charset");
    assertEquals(error.status, 415);
    assertEquals(
      error.message,
      'Cannot read part 0: this runtime does not know the charset "klingon"',
    );
    assertEquals(error.partIndex, 0);
    assertInstanceOf(error.cause, Error);
    assertEquals(await part.text("utf-8"), "x", "and nothing has been read");
  });

  it("json() parses, and is null for nothing", async () => {
    assertEquals(await (await partOf('{"a":[1]}')).json(), { a: [1] });
    assertEquals(await (await partOf('\ufeff"x"')).json(), "x");
    assertEquals(await (await partOf("")).json(), null);
    const broken = await partOf("{");
    const error = await assertRejects(() => broken.json(), MultipartError);
    assertEquals(
      [error.code, error.status, error.partIndex, error.message],
      ["invalid-json", 400, 0, "Cannot read part 0: its body is not JSON"],
    );
    assertInstanceOf(error.cause, SyntaxError);
  });

  it("form() parses, and is empty for nothing", async () => {
    const form = await (await partOf("a=1&b=%20&a=2")).form();
    assertEquals([...form], [["a", "1"], ["b", " "], ["a", "2"]]);
    assertEquals([...await (await partOf("")).form()], []);
    assertEquals([...await (await partOf("?a=b")).form()], [["?a", "b"]]);
  });

  it("blob() and file() carry the type and the name", async () => {
    const head = "Content-Type: Text/CSV;header=absent\r\n" +
      'Content-Disposition: attachment; filename="../a.csv"';
    const blob = await (await partOf("a,b", head)).blob();
    assertEquals([blob.type, await blob.text()], [
      "text/csv;header=absent",
      "a,b",
    ]);
    const file = await (await partOf("a,b", head)).file();
    assertEquals([file.name, file.type, file.lastModified, await file.text()], [
      "../a.csv",
      "text/csv;header=absent",
      0,
      "a,b",
    ]);
    assertEquals((await (await partOf("")).file()).name, "");
  });

  it("refuse a second whole-body read", async () => {
    const part = await partOf("x");
    await part.text();
    const error = await assertRejects(() => part.bytes(), TypeError);
    assertEquals(
      error.message,
      "Cannot read part 0: its body has already been read",
    );
  });

  it("that fail once fail in the same way ever after", async () => {
    const chunk = utf8("--b\r\n\r\nx\r\n--b--junk");
    const reader = new MultipartReader([chunk], {
      boundary: "b",
      limits: { partBytes: 0 },
    });
    const { value: part } = await reader.next();
    assert(part !== undefined);
    const error = await assertRejects(() => part.text(), MultipartError);
    for (const read of [() => part.text(), () => part.bytes()]) {
      assertStrictEquals(await assertRejects(read), error);
    }
  });

  it("decode, whatever was asked of a stream that nobody reads", async () => {
    const head = "Content-Transfer-Encoding: base64";
    const part = await partOf("aGVsbG8=", head);
    const stream = part.stream({ decode: false });
    assertEquals(await part.text(), "hello");
    await assertRejects(() => stream.getReader().read(), TypeError);

    const read = await partOf("aGVsbG8=", head);
    const reader = read.stream({ decode: false }).getReader();
    const { value } = await reader.read();
    reader.releaseLock();
    assertEquals(
      new TextDecoder().decode(value) + await read.text(),
      "aGVsbG8=",
    );
  });

  it("say that a part is done when the reader has left it", async () => {
    const bytes = utf8("--b\r\n\r\nfirst\r\n--b\r\n\r\nsecond\r\n--b--");
    const reader = new MultipartReader([bytes], { boundary: "b" });
    const { value: part } = await reader.next();
    assertEquals(await part?.readChunk(2), utf8("fi"));
    assertFalse(part?.done);
    await reader.next();
    assert(part?.done);
  });

  it("refuse a locked body", async () => {
    const part = await partOf("x");
    const reader = part.body.getReader();
    const error = await assertRejects(() => part.text(), TypeError);
    assertEquals(
      error.message,
      "Cannot read part 0: its body is locked to a stream's reader",
    );
    reader.releaseLock();
    assertEquals(await part.text(), "x");
  });

  it("that have failed half way are not gone on with", async () => {
    const part = await partOf("long line\nrest");
    const error = await assertRejects(
      () => part.readLine({ maxBytes: 5 }),
      MultipartError,
    );
    assertEquals(error.code, "part-too-large");
    for (
      const read of [
        () => part.text(),
        () => part.readChunk(1),
        () => part.skip(),
        () => part.body.getReader().read(),
      ]
    ) assertStrictEquals(await assertRejects(read), error);
  });

  it("refuse a bound that is none", async () => {
    const part = await partOf("x");
    await assertRejects(() => part.bytes({ maxBytes: -1 }), RangeError);
  });
});

describe("PartReader chunks", () => {
  it("come without a stream, as views of the source's chunk", async () => {
    const chunk = formBody([["X: y", "river"]]);
    const reader = new MultipartReader([chunk], { boundary: "b" });
    const { value: part } = await reader.next();
    assert(part !== undefined);
    for await (const view of part) {
      assertStrictEquals(view.buffer, chunk.buffer);
      assertEquals(view, utf8("river"));
    }
    assert(part.done);
  });

  it("lose nothing to a whole-body helper behind them", async () => {
    const part = await partOf("river");
    for await (const chunk of part) {
      assertEquals(chunk, utf8("r"));
      break;
    }
    assertFalse(part.done);
    assertEquals(await part.text(), "iver");
  });

  it("are handed out in order to reads in parallel", async () => {
    const part = await partOf("river");
    const chunks = part[Symbol.asyncIterator]();
    const reads = await Promise.all(
      Array.from({ length: 6 }, () => chunks.next()),
    );
    const text = reads.map(({ value }) => new TextDecoder().decode(value));
    assertEquals(text, ["r", "i", "v", "e", "r", ""]);
  });
});

describe("PartReader.body", () => {
  it("is one stream, made when it is asked for", async () => {
    const part = await partOf("river");
    assertStrictEquals(part.body, part.body);
    assertStrictEquals(part.stream(), part.body);
    assertEquals(await toText(part.body), "river");
  });

  it("leaves the source's chunk alone", async () => {
    const whole = formBody([["X: y", "river"], ["X: y", "bank"]]);
    const reader = new MultipartReader([whole], { boundary: "b" });
    const { value: first } = await reader.next();
    assertEquals(await new Response(first?.body).text(), "river");
    const { value: second } = await reader.next();
    assertEquals(await second?.text(), "bank");
  });

  it("is a byte stream: a small buffer loses nothing", async () => {
    const whole = formBody([["X: y", "a river runs"]]);
    const reader = new MultipartReader([whole], { boundary: "b" });
    const { value: part } = await reader.next();
    assert(part !== undefined);
    const open = () => part.stream({ type: "bytes" });
    await withByteStreams(open, async () => {
      const byob = open().getReader({ mode: "byob" });
      const first = await byob.read(new Uint8Array(5));
      assertEquals(first.value, utf8("a riv"));
      const second = await byob.read(new Uint8Array(3));
      assertEquals(second.value, utf8("er "));
      byob.releaseLock();
      assertFalse(part.done);
      assertEquals(await part.text(), "runs");
    });
  });

  it("a stream fails when the part's other stream was cancelled", async () => {
    const make = async () => {
      const part = await partOf("a river");
      return [part.body, part.stream({ type: "bytes" })];
    };
    const probe = await partOf("a river");
    await withByteStreams(() => probe.stream({ type: "bytes" }), async () => {
      for (const isReverse of [false, true]) {
        for (const isPending of [false, true]) {
          const streams = await make();
          if (isReverse) streams.reverse();
          const reader = streams[0].getReader();
          const pending = isPending ? reader.read() : undefined;
          await streams[1].cancel();
          await assertRejects(
            () => pending ?? reader.read(),
            TypeError,
            "its body was cancelled",
          );
        }
      }
    });
  });

  it("ends for BYOB readers too", async () => {
    const part = await partOf("ab");
    const open = () => part.stream({ type: "bytes" });
    await withByteStreams(open, async () => {
      const byob = open().getReader({ mode: "byob" });
      let text = "";
      for (;;) {
        const { value, done } = await byob.read(new Uint8Array(8));
        text += new TextDecoder().decode(value);
        if (done) break;
      }
      assertEquals(text, "ab");
      await byob.closed;
    });
  });

  for (const type of [undefined, "bytes"] as const) {
    it(`keeps what a reader requested before it was released: ${type ?? "plain"}`, async () => {
      const { promise, resolve } = Promise.withResolvers<Uint8Array>();
      async function* source(): AsyncGenerator<Uint8Array> {
        yield utf8("--b\r\n\r\n");
        yield await promise;
      }
      const reader = new MultipartReader(source(), { boundary: "b" });
      const { value: part } = await reader.next();
      assert(part !== undefined);
      const open = () => part.stream({ type });
      const test = async () => {
        const stream = open().getReader();
        const read = stream.read();
        read.catch(() => {});
        await turns();
        stream.releaseLock();
        const text = part.text();
        resolve(utf8("river\r\n--b--"));
        assertEquals(await text, "river");
      };
      await (type === undefined ? test() : withByteStreams(open, test));
    });
  }

  it("locked, keeps its chunks for its reader", async () => {
    const part = await partOf("river");
    const stream = part.body.getReader();
    await assertRejects(() => part[Symbol.asyncIterator]().next(), TypeError);
    await assertRejects(() => part.skip(), TypeError);
    assertEquals((await stream.read()).value, utf8("r"));
  });

  it("cancelled, is not read on by others", async () => {
    const part = await partOf("river");
    const stream = part.body.getReader();
    const read = stream.read();
    await stream.cancel();
    await read;
    stream.releaseLock();
    const error = await assertRejects(() => part.text(), TypeError);
    assertEquals(error.message, "Cannot read part 0: its body was cancelled");
    await part.skip();
  });

  it("cancelled, has been used", async () => {
    const part = await partOf("x");
    assertFalse(part.bodyUsed);
    await part.body.cancel();
    assert(part.bodyUsed);
  });

  it("cancelled, leaves the rest to be skipped", async () => {
    const body = formBody([["X: y", "river"], ["X: y", "bank"]]);
    const reader = new MultipartReader(bytewise(body), { boundary: "b" });
    const { value: first } = await reader.next();
    await first?.body.cancel();
    const { value: second } = await reader.next();
    assertEquals(await second?.text(), "bank");
  });

  it("fails with the reader's error", async () => {
    const reader = new MultipartReader(
      bytewise(utf8("--b\r\nX: y\r\n\r\nriver")),
      { boundary: "b" },
    );
    const { value: part } = await reader.next();
    const error = await assertRejects(
      () => new Response(part?.body).text(),
    );
    // Some runtimes wrap the error that a body's stream fails with.
    const cause = error instanceof MultipartError
      ? error
      : await assertRejects(() => reader.next(), MultipartError);
    assertEquals(cause.code, "truncated");
  });
});
