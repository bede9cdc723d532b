import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartError,
  MultipartReader,
  type PartReader,
} from "@tributary/multipart";
import { bytewise, cuttings, formBody, streamOf, utf8 } from "../../bytes.ts";
import { probe, turns } from "../probe.ts";

const TEXT = "a river runs through it, ".repeat(40);
const BODY = formBody([["X: y", TEXT], ["X: y", "the bank"]]);

async function gather(stream: ReadableStream<Uint8Array>): Promise<string> {
  return await new Response(stream).text();
}

/** Ways to consume a stream. Each returns its text. */
const sinks: Record<
  string,
  (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => Promise<string>
> = {
  "new Response().text()": gather,
  "new Response().arrayBuffer()": async (stream) =>
    new TextDecoder().decode(await new Response(stream).arrayBuffer()),
  "new Response().blob()": async (stream) =>
    await (await new Response(stream).blob()).text(),
  "pipeTo()": async (stream) => {
    const decoder = new TextDecoder();
    let text = "";
    await stream.pipeTo(
      new WritableStream({
        write: (chunk) => {
          text += decoder.decode(chunk, { stream: true });
        },
      }),
    );
    return text;
  },
  "an identity TransformStream": (stream) =>
    gather(stream.pipeThrough(new TransformStream())),
  "tee()": async (stream) => {
    const [first, second] = stream.tee();
    const [text, same] = await Promise.all([gather(first), gather(second)]);
    assertEquals(text, same);
    return text;
  },
  "CompressionStream": async (stream) =>
    await gather(
      stream.pipeThrough(new CompressionStream("gzip"))
        .pipeThrough(new DecompressionStream("gzip")),
    ),
  "TextDecoderStream": async (stream) => {
    let text = "";
    const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return text;
      text += value;
    }
  },
};

describe("PartReader.body", () => {
  for (const [name, read] of Object.entries(sinks)) {
    it(`into ${name} is whole, and takes no memory from the parser`, async () => {
      // The whole body in one chunk puts the next part into the same buffer.
      for (const chunks of [[BODY], bytewise(BODY)]) {
        const reader = new MultipartReader(streamOf(chunks), { boundary: "b" });
        const { value: first } = await reader.next();
        assert(first !== undefined);
        assertEquals(await read(first.body), TEXT);
        const { value: second } = await reader.next();
        assertEquals(await second?.text(), "the bank");
      }
    });
  }

  it("gives views of the source's chunks, not copies", async () => {
    const reader = new MultipartReader([BODY], { boundary: "b" });
    const { value: part } = await reader.next();
    const { value: chunk } = await part?.body.getReader().read() ?? {};
    assertStrictEquals(chunk?.buffer, BODY.buffer);
  });

  it("reads nothing ahead", async () => {
    const source = probe(bytewise(BODY));
    const reader = new MultipartReader(source.stream, { boundary: "b" });
    const { value: part } = await reader.next();
    const before = source.pulls;
    const stream = part?.body.getReader();
    await turns();
    assertEquals(source.pulls, before);
    await stream?.read();
    await turns();
    assert(source.pulls <= before + 2, `${source.pulls - before} chunks`);
    await reader.cancel();
  });

  it("gives the same at every cut", async () => {
    const body = formBody([["X: y", "a\r\n--"], ["X: y", "b"]]);
    for (const { label, chunks } of cuttings(body)) {
      const reader = new MultipartReader(streamOf(chunks), { boundary: "b" });
      const texts: string[] = [];
      for await (const part of reader) texts.push(await gather(part.body));
      assertEquals(texts, ["a\r\n--", "b"], label);
    }
  });
});

describe("PartReader.stream({ type: 'bytes' })", () => {
  it("copies: a chunk may be transferred", async () => {
    const reader = new MultipartReader([BODY], { boundary: "b" });
    const { value: part } = await reader.next();
    let stream: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;
    try {
      stream = part?.stream({ type: "bytes" });
    } catch (error) {
      // A runtime without byte streams throws a TypeError.
      assert(error instanceof TypeError);
      return;
    }
    const { value: chunk } = await stream?.getReader().read() ?? {};
    assert(chunk !== undefined);
    structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
    assertEquals(await (await reader.next()).value?.text(), "the bank");
  });

  it("is refused while the plain one is locked", async () => {
    const reader = new MultipartReader([BODY], { boundary: "b" });
    const { value: part } = await reader.next();
    const plain = part?.body.getReader();
    await assertRejects(() => part?.bytes() ?? Promise.resolve(), TypeError);
    plain?.releaseLock();
    assertEquals(await part?.text(), TEXT);
  });
});

async function partOf(
  text: string,
  head = "X: y",
  cut = bytewise,
): Promise<PartReader> {
  const body = formBody([[head, text], ["X: y", "next"]]);
  const reader = new MultipartReader(streamOf(cut(body)), { boundary: "b" });
  const { value: part } = await reader.next();
  assert(part !== undefined);
  return part;
}

describe("PartReader.peek()", () => {
  for (
    const [name, cut] of [
      ["in one chunk", (bytes: Uint8Array) => [bytes]],
      ["byte by byte", bytewise],
    ] as const
  ) {
    it(`leaves what it gave to be read, ${name}`, async () => {
      const part = await partOf("river", "X: y", cut);
      assertEquals(await part.peek(3), utf8("riv"));
      assertEquals(await part.peek(65536), utf8("river"));
      assert(!part.done && !part.bodyUsed);
      assertEquals(await part.readChunk(2), utf8("ri"));
      assertEquals(await part.peek(2), utf8("ve"));
      assertEquals(await part.text(), "ver");
      assertEquals(await part.peek(1), new Uint8Array(0));
    });
  }

  it("gives what the caller may write to", async () => {
    const part = await partOf("river", "X: y", (bytes) => [bytes]);
    (await part.peek(5)).fill(0);
    assertEquals(await part.text(), "river");
  });

  it("looks at the decoded body, unless told otherwise", async () => {
    const head = "Content-Transfer-Encoding: base64";
    assertEquals(await (await partOf("T3Nsbw==", head)).peek(4), utf8("Oslo"));
    const raw = await partOf("T3Nsbw==", head);
    assertEquals(await raw.peek(4, { decode: false }), utf8("T3Ns"));
    assertEquals(await raw.bytes({ decode: false }), utf8("T3Nsbw=="));
  });

  it("holds 64 KiB at most", async () => {
    const part = await partOf("river");
    for (const size of [0, -1, 1.5, NaN, 65537]) {
      await assertRejects(() => part.peek(size), RangeError);
    }
    assertEquals(await part.text(), "river");
  });
});

describe("PartReader.finished", () => {
  const ways: Record<string, (part: PartReader) => Promise<unknown>> = {
    "text()": (part) => part.text(),
    "skip()": (part) => part.skip(),
    "body": (part) => gather(part.body),
    "iteration": async (part) => {
      for await (const _ of part);
    },
    "readChunk()": async (part) => {
      while (await part.readChunk(2) !== null);
    },
    "peek() and bytes()": async (part) => {
      await part.peek(100);
      await part.bytes();
    },
  };
  /** `finished` is requested before the first read, or after it. */
  const cases = ["X: y", "Content-Transfer-Encoding: base64"].flatMap((head) =>
    [false, true].map((isReadFirst) => [head, isReadFirst] as const)
  );
  for (const [name, read] of Object.entries(ways)) {
    it(`resolves when the body was read by ${name}, not before`, async () => {
      for (const [head, isReadFirst] of cases) {
        const part = await partOf("T3Nsbw==", head);
        if (isReadFirst) await part.peek(1);
        let isFinished = false;
        const finished = part.finished.then(() => isFinished = true);
        await part.peek(100);
        await turns();
        assert(!isFinished);
        await read(part);
        await finished;
        await part.finished;
      }
    });
  }

  it("resolves when the reader moves on, or is cancelled", async () => {
    for (const end of ["next", "cancel"] as const) {
      const reader = new MultipartReader(streamOf([BODY]), { boundary: "b" });
      const { value: part } = await reader.next();
      const finished = part?.finished;
      await reader[end]();
      await finished;
      await part?.finished;
    }
  });

  it("resolves when it is first asked for after the reading has ended", async () => {
    const ends: ((reader: MultipartReader) => Promise<unknown>)[] = [
      (reader) => reader.cancel(),
      (reader) => reader.return(),
    ];
    for (const end of ends) {
      const reader = new MultipartReader(streamOf([BODY]), { boundary: "b" });
      const { value: part } = await reader.next();
      await end(reader);
      await part?.finished;
    }
    const failing = new MultipartReader(streamOf([BODY.subarray(0, 50)]), {
      boundary: "b",
    });
    const { value: part } = await failing.next();
    await assertRejects(() => failing.next());
    await part?.finished;
  });

  it("resolves for a nested part when the outer reader moves on, or is cancelled", async () => {
    const inner = "--i\r\n\r\nleaf\r\n--i--";
    const body = formBody([
      ["Content-Type: multipart/mixed; boundary=i", inner],
      ["X: y", TEXT],
    ]);
    for (
      const [end, isEarly] of [
        ["next", true],
        ["next", false],
        ["cancel", true],
        ["cancel", false],
      ] as const
    ) {
      const reader = new MultipartReader(streamOf([body]), { boundary: "b" });
      const { value: outer } = await reader.next();
      const { value: leaf } = await outer?.parts().next() ?? {};
      const early = isEarly ? leaf?.finished : undefined;
      await reader[end]();
      await (early ?? leaf?.finished);
    }
  });
});

describe("PartReader.text() and textStream()", () => {
  async function streamed(
    part: PartReader,
    charset?: string,
  ): Promise<string[]> {
    const pieces: string[] = [];
    const reader = part.textStream({ charset }).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return pieces;
      pieces.push(value);
    }
  }

  it("take a charset, by itself or with other options", async () => {
    assertEquals(await (await partOf("æ")).text("latin1"), "Ã¦");
    assertEquals(await (await partOf("æ")).text({ charset: "latin1" }), "Ã¦");
    const part = await partOf("æ");
    await assertRejects(() => part.text({ charset: "latin1", maxBytes: 1 }));
    assertEquals((await streamed(await partOf("æ"), "latin1")).join(""), "Ã¦");
    assertEquals(await (await partOf('"æ"')).json({ charset: "latin1" }), "Ã¦");
  });

  it("give the same text, and cut no character", async () => {
    for (const text of ["smørrebrød 🍞", "\ufeffa", "\ufeff\ufeffa", ""]) {
      for (const cut of [bytewise, (bytes: Uint8Array) => [bytes]]) {
        const whole = await (await partOf(text, "X: y", cut)).text();
        const pieces = await streamed(await partOf(text, "X: y", cut));
        assertEquals(pieces.join(""), whole);
        assert(!pieces.includes(""));
      }
    }
  });

  it("a stream of text takes the whole body", async () => {
    const part = await partOf("river");
    const stream = part.textStream();
    await assertRejects(() => part.text(), TypeError);
    await stream.cancel();
    await part.skip();
  });

  it("a stream of text has the body to itself, until it ends", async () => {
    const part = await partOf("river");
    const reader = part.textStream().getReader();
    const ways: (() => unknown)[] = [
      () => part.readChunk(2),
      () => part.readLine(),
      () => part.peek(2),
      () => part.skip(),
      () => part.textStream(),
      () => part[Symbol.asyncIterator]().next(),
      () => part.body.getReader().read(),
    ];
    for (const way of ways) {
      await assertRejects(
        async () => await way(),
        TypeError,
        "Cannot read part 0: it is read by textStream()",
      );
    }
    let text = "";
    for (let end = false; !end;) {
      const { done, value = "" } = await reader.read();
      text += value;
      end = done;
    }
    assertEquals(text, "river");
    assert(part.done);
  });

  it("a stream of text that fails leaves the rest to be skipped", async () => {
    const head = "Content-Transfer-Encoding: base64";
    const part = await partOf("AAAA====AAAA", head);
    const reader = part.textStream().getReader();
    const error = await assertRejects(async () => {
      while (!(await reader.read()).done);
    }, MultipartError);
    assertStrictEquals(await assertRejects(() => part.skip()), error);
  });
});

describe("large bodies", () => {
  it("bytes(), blob() and file() are whole, however they come", async () => {
    const content = Uint8Array.from({ length: 200_000 }, (_, at) => at * 7);
    const body = new Uint8Array([
      ...utf8("--b\r\n\r\n"),
      ...content,
      ...utf8("\r\n--b--"),
    ]);
    for (const size of [1000, 16_384, 70_000, 300_000]) {
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < body.length; at += size) {
        chunks.push(body.subarray(at, at + size));
      }
      const open = async () => {
        const reader = new MultipartReader(streamOf(chunks), { boundary: "b" });
        const { value: part } = await reader.next();
        assert(part !== undefined);
        return part;
      };
      const bytes = await (await open()).bytes();
      assertEquals(bytes, content);
      assertEquals(bytes.buffer.byteLength, content.length);
      for (
        const blob of [await (await open()).blob(), await (await open()).file()]
      ) {
        assertEquals(new Uint8Array(await blob.arrayBuffer()), content);
      }
    }
  });

  const LENGTH = 20_000;
  const wholeWays: Record<string, (part: PartReader) => Promise<Blob>> = {
    "bytes()": async (part) => new Blob([await part.bytes()]),
    "arrayBuffer()": async (part) => new Blob([await part.arrayBuffer()]),
    "blob()": (part) => part.blob(),
    "file()": (part) => part.file(),
    "text()": async (part) => new Blob([await part.text()]),
  };

  /** A part of ten chunks, `a` to `j`. `fill` makes each chunk. */
  async function lettersOf(
    fill: (letter: number) => Uint8Array<ArrayBuffer>,
    asStream: boolean,
  ): Promise<PartReader> {
    function* chunks(): Generator<Uint8Array<ArrayBuffer>> {
      yield utf8("--b\r\n\r\n");
      for (let letter = 0x61; letter < 0x6b; letter++) yield fill(letter);
      yield utf8("\r\n--b--");
    }
    const source = asStream ? streamOf(chunks()) : chunks();
    const reader = new MultipartReader(source, { boundary: "b" });
    const { value: part } = await reader.next();
    assert(part !== undefined);
    return part;
  }

  const letters = [..."abcdefghij"].map((one) => one.repeat(LENGTH)).join("");

  for (const [name, read] of Object.entries(wholeWays)) {
    it(`${name} is right though the source fills one buffer again and again`, async () => {
      const buffer = new Uint8Array(LENGTH);
      for (const asStream of [true, false]) {
        const part = await lettersOf((letter) => buffer.fill(letter), asStream);
        assertEquals(await (await read(part)).text(), letters);
      }
      // An iterator may have two buffers, and use them in turn.
      const two = [new Uint8Array(LENGTH), new Uint8Array(LENGTH)];
      const part = await lettersOf(
        (letter) => (two[letter % 2] ?? buffer).fill(letter),
        false,
      );
      assertEquals(await (await read(part)).text(), letters);
    });
  }

  it("are an error where the source has transferred a chunk that it gave", async () => {
    let last: Uint8Array<ArrayBuffer> | undefined;
    const part = await lettersOf((letter) => {
      if (last) structuredClone(last.buffer, { transfer: [last.buffer] });
      return last = new Uint8Array(LENGTH).fill(letter);
    }, true);
    await assertRejects(() => part.bytes(), TypeError, "transferred");
  });
});
