import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartDecoderStream,
  MultipartError,
  type MultipartMessage,
  MultipartReader,
  type MultipartReaderOptions,
  type PartReader,
} from "@tributary/multipart";
import { fieldHead, formBody, streamOf, utf8 } from "../bytes.ts";
import { polyfilled } from "../foreign.ts";
import { isSettled, probe, turns } from "./probe.ts";

const boundary = "b";
const twoFields = formBody([[fieldHead("a"), "1"], [fieldHead("b"), "22"]]);

async function firstPart(
  text: string,
  options: MultipartReaderOptions = {},
): Promise<PartReader> {
  const reader = new MultipartReader(utf8(text), { boundary, ...options });
  const { value } = await reader.next();
  assert(value !== undefined);
  return value;
}

describe("a message whose header fields are a plain record", () => {
  const contentType = "multipart/form-data; boundary=b";

  it("has its Content-Type wherever it stands", () => {
    const { boundary, profile } = MultipartReader.from({
      headers: { "x-first": "1", "CONTENT-TYPE": contentType, "x-last": "2" },
      body: streamOf([twoFields]),
    });
    assertEquals([boundary, profile], ["b", "form-data"]);
  });

  it("has none if the value is missing, and may have it behind that", () => {
    const message: MultipartMessage = {
      headers: { "content-type": undefined },
      body: streamOf([twoFields]),
    };
    const error = assertThrows(
      () => MultipartReader.from(message),
      MultipartError,
    );
    assertEquals(error.code, "unsupported-media-type");
    const { boundary } = MultipartReader.from({
      ...message,
      headers: { "content-type": undefined, "Content-Type": contentType },
    });
    assertEquals(boundary, "b");
  });
});

describe("what MultipartReader.from() takes", () => {
  const headers = { "content-type": "multipart/form-data; boundary=b" };

  async function namesOf(message: MultipartMessage): Promise<string[]> {
    const names: string[] = [];
    for await (const { name = "" } of MultipartReader.from(message)) {
      names.push(name);
    }
    return names;
  }

  it("is a message whose body is bytes or a Blob, too", async () => {
    const blob = new Blob([twoFields]);
    for (const body of [twoFields, twoFields.buffer, blob, polyfilled(blob)]) {
      assertEquals(await namesOf({ headers, body }), ["a", "b"]);
    }
  });

  it("is nothing without header fields", () => {
    for (const none of ["{}", '{ "headers": null }', '{ "headers": "a: b" }']) {
      const message: MultipartMessage = JSON.parse(none);
      assertThrows(() => MultipartReader.from(message), TypeError);
    }
  });
});

describe("bytes whose memory has been transferred", () => {
  function transferred(): Uint8Array {
    const bytes = utf8("--b--");
    structuredClone(bytes, { transfer: [bytes.buffer] });
    return bytes;
  }

  it("are a TypeError, as a source and as a chunk", async () => {
    assertThrows(
      () => new MultipartReader(transferred(), { boundary }),
      TypeError,
    );
    const reader = new MultipartReader([transferred()], { boundary });
    await assertRejects(() => reader.next(), TypeError);
  });
});

describe("MultipartReader.values()", () => {
  it("is the reader, and releases the source when the loop is left", async () => {
    const source = probe([twoFields], "stall");
    const reader = new MultipartReader(source.stream, { boundary });
    for await (const part of reader.values()) {
      assertEquals(part.index, 0);
      break;
    }
    assertEquals(source.cancellations.length, 1);
    assertEquals((await reader.next()).done, true);
  });

  it("with preventCancel is over when it is left, and the reader is not", async () => {
    const reader = new MultipartReader(twoFields, { boundary });
    const parts = reader.values({ preventCancel: true });
    for await (const part of parts) {
      assertEquals(part.index, 0);
      break;
    }
    assertEquals(await parts.next(), { done: true, value: undefined });
    assertEquals((await reader.next()).value?.index, 1);
  });
});

describe("PartReader.parts()", () => {
  it("reads LF lines where just the parts within have them", async () => {
    const inner = "--i\n\none\n--i--";
    const nested = await firstPart(
      `--b\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n${inner}\r\n--b--`,
    );
    const texts: string[] = [];
    for await (const part of nested.parts({ lineEndings: "any" })) {
      texts.push(await part.text());
    }
    assertEquals(texts, ["one"]);
  });
});

describe("what a reader was told", () => {
  it("holds for the parts within, unless they are told something else", async () => {
    const inner = "--i\n\none\n--i\n\ntwo\n--i--";
    const nested = await firstPart(
      `--b\nContent-Type: multipart/mixed; boundary=i\n\n${inner}\n--b--`,
      { lineEndings: "any", limits: { parts: 1 } },
    );
    const parts = nested.parts({
      lineEndings: undefined,
      limits: { headers: undefined },
    });
    assertEquals(await (await parts.next()).value?.text(), "one");
    const error = await assertRejects(() => parts.next(), MultipartError);
    assertEquals(error.code, "too-many-parts");
  });
});

describe("a part that is encoded", () => {
  const head = "Content-Transfer-Encoding: base64";

  it("is read decoded or not, and not first so and then so", async () => {
    const text = `--b\r\n${head}\r\n\r\naGVsbG8=\r\n--b--`;
    const decoded = await firstPart(text);
    assertEquals(await decoded.readChunk(2), utf8("he"));
    await assertRejects(
      () => decoded.bytes({ decode: false }),
      TypeError,
      "decoded so far",
    );
    const raw = await firstPart(text, { decode: false });
    assertEquals(await raw.readChunk(2), utf8("aG"));
    await assertRejects(
      () => raw.bytes({ decode: true }),
      TypeError,
      "raw so far",
    );
  });

  it("has one stream, decoded or not", async () => {
    const text = `--b\r\n${head}\r\n\r\naGVsbG8=\r\n--b--`;
    for (const decode of [true, false]) {
      const part = await firstPart(text);
      const stream = part.stream({ decode });
      assertStrictEquals(part.stream({ decode }), stream);
      assertThrows(
        () => part.stream({ decode: !decode }),
        TypeError,
        decode ? "its stream is decoded" : "its stream is raw",
      );
      assertEquals(
        await new Response(stream).text(),
        decode ? "hello" : "aGVsbG8=",
      );
    }
  });

  it("is done when the last byte that it decodes to has been read", async () => {
    for (const encoded of ["aGVsbG8=", "aGVs\r\nbG8="]) {
      const part = await firstPart(`--b\r\n${head}\r\n\r\n${encoded}\r\n--b--`);
      for (const letter of "hello") {
        assertEquals(part.done, false);
        assertEquals(await part.readChunk(1), utf8(letter));
      }
      assertEquals(await part.readChunk(1), null);
      assertEquals(part.done, true);
    }
  });

  it("is not done while a decompressor has more of it", async () => {
    const plain = "x".repeat(200_000);
    const gzip = new Blob([plain]).stream()
      .pipeThrough(new CompressionStream("gzip"));
    const head = "--b\r\nContent-Encoding: gzip\r\n\r\n";
    const body = new Blob([head, await new Response(gzip).blob(), "\r\n--b--"]);
    const bytes = new Uint8Array(await body.arrayBuffer());
    const reader = new MultipartReader(bytes, { boundary });
    const { value: part } = await reader.next();
    assert(part !== undefined);
    for (let count = 0; count < 10; count++) {
      assertEquals(part.done, false);
      assertEquals((await part.readChunk(20_000))?.length, 20_000);
    }
    assertEquals(await part.readChunk(), null);
    assertEquals(part.done, true);
  });

  it("may list nothing beside its coding", async () => {
    for (const list of ["", ",", "identity", " , identity,, "]) {
      const part = await firstPart(
        `--b\r\nContent-Encoding: ${list}\r\n\r\nplain\r\n--b--`,
      );
      assertEquals(await part.text(), "plain");
    }
  });
});

describe("PartReader.json()", () => {
  it("drops a byte order mark that a form's text keeps", async () => {
    const text = `--b\r\n${fieldHead("a")}\r\n\r\n\ufeff[1]\r\n--b--`;
    const options = { profile: "form-data" } as const;
    assertEquals(await (await firstPart(text, options)).text(), "\ufeff[1]");
    assertEquals(await (await firstPart(text, options)).json(), [1]);
  });
});

describe("a body's stream", () => {
  it("loses nothing when its reader lets go while a read is pending", async () => {
    let feed: ReadableStreamDefaultController<Uint8Array> | undefined;
    const source = new ReadableStream<Uint8Array>({
      start(controller) {
        feed = controller;
      },
    });
    feed?.enqueue(utf8("--b\r\n\r\n"));
    const { value: part } = await new MultipartReader(source, { boundary })
      .next();
    assert(part !== undefined);
    const reader = part.body.getReader();
    const pending = reader.read();
    assertEquals(await isSettled(pending), false);
    reader.releaseLock();
    await assertRejects(() => pending, TypeError);
    feed?.enqueue(utf8("late"));
    // The chunk arrives after the read was given up.
    await turns();
    feed?.enqueue(utf8("r\r\n--b--"));
    feed?.close();
    assertEquals(await part.text(), "later");
  });
});

describe("a body that is cancelled before anything of it was read", () => {
  it("has been used", async () => {
    const part = await firstPart("--b\r\n\r\nx\r\n--b--");
    assertEquals(part.bodyUsed, false);
    await part.body.cancel();
    assertEquals(part.bodyUsed, true);
  });
});

describe("formData() with `file`", () => {
  it("takes a Blob of another realm for a file, with the part's name", async () => {
    const head = `${fieldHead("f")}; filename="a.txt"`;
    const reader = new MultipartReader(formBody([[head, "x"]]), {
      boundary,
      profile: "form-data",
    });
    const form = await reader.formData({
      file: async (part) => polyfilled(await part.blob()),
    });
    const entry = form.get("f");
    assert(entry instanceof File);
    assertEquals([entry.name, await entry.text()], ["a.txt", "x"]);
  });
});

describe("a source that cannot be cancelled", () => {
  const failure = new Error("Cannot be cancelled");

  /** A stream that gives its chunks, and then stalls. */
  function stubborn(chunks: unknown[]): ReadableStream<Uint8Array> {
    const left = [...chunks];
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        if (left.length === 0) return new Promise(() => {});
        controller.enqueue(left.shift() as Uint8Array);
      },
      cancel() {
        throw failure;
      },
    }, { highWaterMark: 0 });
  }

  it("is told of by cancel()", async () => {
    const reader = new MultipartReader(stubborn([]), { boundary });
    assertEquals(await reader.cancel().catch((error) => error), failure);
  });

  it("hides no abort", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const reader = new MultipartReader(stubborn([]), { boundary, signal });
    const waiting = reader.next();
    assertEquals(await isSettled(waiting), false);
    controller.abort("enough");
    assertEquals(await waiting.catch((error) => error), "enough");
    await turns();
  });

  it("hides no chunk that is none", async () => {
    const reader = new MultipartReader(stubborn([5]), { boundary });
    await assertRejects(() => reader.next(), TypeError, "chunk");
    await turns();
  });

  it("does not keep a multipart from being complete", async () => {
    const limits = { preambleBytes: 10 };
    const epilogue = utf8("--b--\r\n" + "x".repeat(100));
    const reader = new MultipartReader(stubborn([epilogue]), {
      boundary,
      limits,
    });
    assertEquals(await reader.next(), { done: true, value: undefined });
    await turns();
    assertEquals(await reader.next(), { done: true, value: undefined });
  });

  it("hides no error of `file`", async () => {
    const head = `${fieldHead("f")}; filename="a.txt"`;
    const chunk = utf8(`--b\r\n${head}\r\n\r\nx`);
    const reader = new MultipartReader(stubborn([chunk]), {
      boundary,
      profile: "form-data",
    });
    const mine = new Error("disk full");
    const form = reader.formData({
      file() {
        throw mine;
      },
    });
    assertEquals(await form.catch((error) => error), mine);
    await turns();
  });
});

describe("MultipartDecoderStream", () => {
  it("gives the reason of an abort to who waits for a part", async () => {
    const { readable, writable } = new MultipartDecoderStream({ boundary });
    const waiting = readable.getReader().read();
    assertEquals(await isSettled(waiting), false);
    const reason = new Error("gone");
    await writable.abort(reason);
    assertEquals(await waiting.catch((error) => error), reason);
  });
});

describe("a field _charset_", () => {
  const named = `--b\r\n${fieldHead("_charset_")}\r\n\r\n`;
  const options: MultipartReaderOptions = {
    profile: "form-data",
    formCharset: true,
  };

  it("that is empty changes nothing, and stays a field", async () => {
    const form = `${named}\r\n--b\r\n${fieldHead("a")}\r\n\r\n\u00e5\r\n--b--`;
    const reader = new MultipartReader(utf8(form), { boundary, ...options });
    assertEquals([...await reader.formData()], [
      ["_charset_", ""],
      ["a", "\u00e5"],
    ]);
  });

  it("whose source fails within it is not a part, but the source's error", async () => {
    const failure = new Error("broken");
    const { stream } = probe([utf8(`${named}iso-`)], failure);
    const reader = new MultipartReader(stream, { boundary, ...options });
    const error = await reader.next().catch((error) => error);
    assertEquals(error, failure);
    assertEquals(await reader.next().catch((error) => error), failure);
  });
});

describe("an iterator as a source", () => {
  it("that throws, and gives no promise, fails the reading with that", async () => {
    const failure = new Error("broken");
    const source: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next() {
          throw failure;
        },
      }),
    };
    const reader = new MultipartReader(source, { boundary });
    assertEquals(await reader.next().catch((error) => error), failure);
    assertEquals(await reader.next().catch((error) => error), failure);
  });

  it("whose return() fails while a chunk is awaited disturbs nobody", async () => {
    let returns = 0;
    const source: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return() {
          returns++;
          return Promise.reject(new Error("not now"));
        },
      }),
    };
    const reader = new MultipartReader(source, { boundary });
    const waiting = reader.next();
    assertEquals(await isSettled(waiting), false);
    await reader.cancel();
    assertEquals(await waiting, { done: true, value: undefined });
    assertEquals(returns, 1);
  });
});
