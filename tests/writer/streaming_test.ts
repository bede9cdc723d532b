import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader } from "@tributary/multipart";
import { MultipartWriter } from "@tributary/multipart/writer";
import { fieldHead, formBody, streamOf, utf8 } from "../bytes.ts";
import { probe, turns } from "../reader/probe.ts";

const boundary = "b";

function make(): MultipartWriter {
  return new MultipartWriter("mixed", { boundary });
}

async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  return await new Response(stream).text();
}

function* kibibytes(count = Infinity): Generator<Uint8Array> {
  for (let index = 0; index < count; index++) yield new Uint8Array(1024);
}

describe("MultipartWriter.stream()", () => {
  it("opens and reads nothing before it is asked", async () => {
    const source = probe(kibibytes());
    const writer = make();
    let calls = 0;
    writer.append(() => {
      calls++;
      return "made";
    });
    writer.append(source.stream);
    const reader = writer.stream().getReader();
    await turns();
    assertEquals([calls, source.pulls], [0, 0]);
    await reader.read();
    await turns();
    assertEquals([calls, source.pulls], [0, 0]);
    await reader.cancel();
  });

  it("pulls a chunk of the body for a chunk that is read", async () => {
    const source = probe(kibibytes());
    const writer = make();
    writer.append("before");
    writer.append(source.stream);
    const reader = writer.stream().getReader();
    const { value: head } = await reader.read();
    assert(new TextDecoder().decode(head).includes("before"));
    for (let asked = 1; asked <= 10; asked++) {
      assertEquals((await reader.read()).value?.length, 1024);
      await turns(2);
      assertEquals(source.pulls, asked);
    }
    await reader.cancel();
  });

  it("passes chunks through as they are, and gathers the rest", async () => {
    const chunk = new Uint8Array(1);
    const bytes = new Uint8Array(100_000);
    const writer = make();
    for (let part = 0; part < 100; part++) writer.append(`part ${part}`);
    writer.append(streamOf([chunk]));
    writer.append(bytes);
    const chunks: Uint8Array[] = [];
    for await (const chunk of writer) chunks.push(chunk);
    assertEquals(chunks.length, 5);
    assertStrictEquals(chunks[1], chunk);
    assertStrictEquals(chunks[3], bytes);
  });

  it("gathers heads and small bodies into blocks of some 64 KiB", async () => {
    const writer = new MultipartWriter("form-data");
    for (let field = 0; field < 5000; field++) {
      writer.append(`value ${field}`, { name: `field${field}` });
    }
    const lengths: number[] = [];
    for await (const { length } of writer) lengths.push(length);
    assertEquals(lengths.reduce((sum, length) => sum + length), writer.size);
    for (const length of lengths.slice(0, -1)) {
      assert(length > 60_000 && length <= 65_536);
    }
  });

  it("gives text in blocks, and cuts no character", async () => {
    const text = "\u{1f600}é€a".repeat(50_000);
    const writer = make();
    writer.append(text);
    const bytes = await writer.bytes();
    assertEquals(bytes.length, writer.size);
    assert(
      new TextDecoder("utf-8", { fatal: true }).decode(bytes).includes(text),
    );
  });

  it("cancelling cancels the open body, and opens no other", async () => {
    const first = probe(kibibytes(1));
    const second = probe(kibibytes());
    const third = probe(kibibytes());
    const writer = make();
    writer.append(first.stream);
    writer.append(second.stream);
    writer.append(third.stream);
    const reader = writer.stream().getReader();
    while (second.pulls < 2) await reader.read();
    await reader.cancel("enough");
    assertEquals(first.cancellations, []);
    assertEquals(second.cancellations, ["enough"]);
    assertEquals(third.cancellations, []);
    assertEquals(third.pulls, 0);
    assert(!third.stream.locked);
  });

  it("cancelling while the body is awaited cancels it", async () => {
    const source = probe([], "stall");
    const writer = make();
    writer.append(source.stream);
    const reader = writer.stream().getReader();
    await reader.read();
    const pending = reader.read();
    await turns();
    await reader.cancel("enough");
    assertEquals(source.cancellations, ["enough"]);
    assert((await pending).done);
  });

  it("cancelling reaches a body through its encodings and nesting", async () => {
    const source = probe(kibibytes());
    const inner = make();
    inner.append(source.stream, { contentEncoding: "gzip" });
    const writer = new MultipartWriter();
    writer.append(inner);
    const reader = writer.stream().getReader();
    while (source.pulls < 2) await reader.read();
    await reader.cancel("enough");
    await turns();
    assertEquals(source.cancellations.length, 1);
  });

  it("cancelling when the body has ended, and its encoding has not, is quiet", async () => {
    for (
      const init of [
        { contentEncoding: "gzip" },
        { transferEncoding: "base64", size: 1024 },
      ]
    ) {
      const source = probe(kibibytes(1));
      const writer = make();
      writer.append(source.stream, init);
      const reader = writer.stream().getReader();
      while (source.pulls < 1) await reader.read();
      await reader.read();
      await turns();
      await reader.cancel("enough");
      assert(!source.stream.locked);
    }
  });

  it("leaving a loop over the writer ends the body's", async () => {
    let ended = 0;
    const writer = make();
    writer.append((async function* () {
      try {
        for (;;) yield "text";
      } finally {
        ended++;
      }
    })());
    let chunks = 0;
    for await (const _chunk of writer) if (++chunks === 5) break;
    assertEquals(ended, 1);
  });

  it("a body that fails fails the stream, and opens no other", async () => {
    const failure = new Error("disk");
    const other = probe(kibibytes());
    const writer = make();
    writer.append(probe(kibibytes(2), failure).stream);
    writer.append(other.stream);
    const reader = writer.stream().getReader();
    const error = await assertRejects(async () => {
      while (!(await reader.read()).done);
    });
    assertStrictEquals(error, failure);
    assertEquals(other.pulls, 0);
    assert(!other.stream.locked);
  });

  it("a compressed body's failure is its own", async () => {
    const failure = new Error("disk");
    const writer = make();
    writer.append(probe(kibibytes(2), failure).stream, {
      contentEncoding: "deflate",
    });
    const error = await assertRejects(async () => {
      for await (const _chunk of writer);
    });
    assertStrictEquals(error, failure);
  });

  it("a chunk that is not bytes is an error, and cancels its source", async () => {
    const source = probe([5 as unknown as Uint8Array]);
    const writer = make();
    writer.append(source.stream);
    await assertRejects(() => writer.bytes(), TypeError, "chunk");
    assertEquals(source.cancellations.length, 1);
  });

  it("close: false leaves out the close delimiter", async () => {
    const writer = make();
    writer.append("x", { type: "" });
    assertEquals(
      await textOf(writer.stream({ close: false })),
      "--b\r\nContent-Length: 1\r\n\r\nx\r\n",
    );
    assertEquals(await textOf(make().stream({ close: false })), "");
    assertEquals(await textOf(make().stream()), "--b--\r\n");
  });

  it("a stated size is held to", async () => {
    for (const [size, problem] of [[2047, "at least"], [2049, "only"]]) {
      const writer = make();
      writer.append(streamOf(kibibytes(2)), {
        name: "upload",
        size: Number(size),
      });
      const error = await assertRejects(() => writer.bytes(), RangeError);
      assert(error.message.includes(`part 0, "upload"`), error.message);
      assert(error.message.includes(String(problem)), error.message);
    }
    const writer = make();
    writer.append(streamOf(kibibytes(2)), { size: 2048 });
    assertEquals((await writer.bytes()).length, writer.size);
  });
});

describe("a body that can be read once", () => {
  const bodies = {
    "a stream": () => streamOf([utf8("once")]),
    "an iterable": () =>
      (async function* () {
        yield "once";
      })(),
    "a Response": () => new Response("once"),
  };
  for (const [what, body] of Object.entries(bodies)) {
    it(`is ${what}: the second time is a TypeError that names the part`, async () => {
      const writer = make();
      writer.append("again and again");
      writer.append(body(), { name: "upload" });
      assert(!writer.repeatable);
      assert((await textOf(writer.stream())).includes("once"));
      for (
        const act of [
          () => writer.stream(),
          () => writer.toResponse(),
          () => writer.toRequestInit(),
        ]
      ) {
        assertThrows(act, TypeError, `Cannot write part 1, "upload"`);
      }
      await assertRejects(() => writer.bytes(), TypeError, "part 1");
      await assertRejects(() => writer.blob(), TypeError, "part 1");
    });
  }

  it("is still there where nobody came to it", async () => {
    const writer = make();
    writer.append("first".repeat(100_000));
    writer.append(streamOf([utf8("once")]));
    const reader = writer.stream().getReader();
    await reader.read();
    await reader.cancel();
    assert((await textOf(writer.stream())).includes("once"));
  });

  it("is refused at once when it is locked or used", async () => {
    const stream = streamOf([]);
    stream.getReader();
    assertThrows(() => make().append(stream), TypeError, "locked");
    const response = new Response("text");
    await response.text();
    assertThrows(() => make().append(response), TypeError);
  });

  it("makes a nested writer that can be written once", async () => {
    const inner = new MultipartWriter();
    inner.append(streamOf([utf8("once")]));
    const writer = make();
    writer.append(inner);
    assert(!writer.repeatable);
    await writer.bytes();
    assertThrows(() => writer.stream(), TypeError, "part 0");
  });

  it("is made again by a function", async () => {
    const writer = make();
    writer.append(() => streamOf([utf8("again")]));
    assert(writer.repeatable);
    const first = await writer.bytes();
    assertEquals(await writer.bytes(), first);
    assertEquals(
      new Uint8Array(await (await writer.blob()).arrayBuffer()),
      first,
    );
  });
});

describe("forwarding a part of a reader", () => {
  it("passes its fields and its raw bytes", async () => {
    const body = "--s\r\nContent-Type: text/html; charset=utf-8\r\n" +
      "Content-Transfer-Encoding: base64\r\nX-Custom: \u00ff\r\n" +
      'Content-Disposition: attachment; filename="a.html"\r\n\r\nPGI+\r\n--s--';
    const bytes = Uint8Array.from(body, (letter) => letter.charCodeAt(0));
    const reader = new MultipartReader(bytes, { boundary: "s" });
    const writer = make();
    const { value: part } = await reader.next();
    assert(part !== undefined);
    writer.append(part);
    assertEquals(writer.size, undefined);
    const written = new TextDecoder("latin1").decode(await writer.bytes());
    assertEquals(
      written,
      body.replace("--s\r\n", "--b\r\n").replace("--s--", "--b--\r\n"),
    );
    assertThrows(() => writer.stream(), TypeError, "part 0");
  });

  it("holds one chunk at a time", async () => {
    const source = probe((function* () {
      yield utf8(`--s\r\n${fieldHead("a")}\r\n\r\n`);
      yield* kibibytes();
    })());
    const parts = new MultipartReader(source.stream, {
      contentType: "multipart/form-data; boundary=s",
    });
    const { value: part } = await parts.next();
    assert(part !== undefined);
    const writer = new MultipartWriter("form-data");
    writer.append(part);
    const reader = writer.stream().getReader();
    await reader.read();
    for (let asked = 1; asked <= 20; asked++) {
      assertEquals((await reader.read()).value?.length, 1024);
      await turns(2);
      assertEquals(source.pulls, 1 + asked);
    }
    await reader.cancel();
    await parts.cancel();
  });

  it("fails when the reader has moved on", async () => {
    const parts = new MultipartReader(
      formBody([[fieldHead("a"), "1"], [fieldHead("b"), "2"]]),
      { contentType: "multipart/form-data; boundary=b" },
    );
    const writer = new MultipartWriter("form-data");
    for await (const part of parts) writer.append(part);
    await assertRejects(() => writer.bytes(), TypeError, "moved on");
  });
});
