import {
  assert,
  assertEquals,
  assertFalse,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartDecoderStream,
  MultipartError,
  MultipartReader,
  type MultipartSource,
  type PartReader,
} from "@tributary/multipart";
import { fieldHead, formBody, streamOf, utf8 } from "../bytes.ts";
import { isSettled, type Probe, probe, turns } from "./probe.ts";

const contentType = "multipart/form-data; boundary=b";
const twoParts = formBody([[fieldHead("a"), "1"], [fieldHead("b"), "2"]]);
const openPart = utf8(`--b\r\n${fieldHead("a")}\r\n\r\nhalf of`);

function readerOf(source: Probe, signal?: AbortSignal): MultipartReader {
  return new MultipartReader(source.stream, { contentType, signal });
}

/** The part's body as a byte stream, if this runtime has byte streams. */
function byteStreamOf(
  part: PartReader,
): ReadableStream<Uint8Array<ArrayBuffer>> | undefined {
  try {
    return part.stream({ type: "bytes" });
  } catch {
    return undefined;
  }
}

function decode(bytes?: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function assertLetGo(source: Probe, ...cancellations: unknown[]): void {
  assertEquals(source.cancellations, cancellations);
  assertFalse(source.stream.locked, "the lock is released");
}

describe("however the reading ends, the source is released", () => {
  it("at the end: the lock is released, and nothing is cancelled", async () => {
    const source = probe([twoParts]);
    const reader = readerOf(source);
    let parts = 0;
    for await (const part of reader) parts += part.index + 1;
    assertEquals(parts, 3);
    assert(reader.done);
    assertLetGo(source);
    assertEquals(await reader.next(), { done: true, value: undefined });
  });

  it("at a break", async () => {
    const source = probe([twoParts]);
    for await (const _part of readerOf(source)) break;
    assertLetGo(source, undefined);
  });

  it("at a throw in the loop", async () => {
    const source = probe([twoParts]);
    const thrown = new Error("the handler's own");
    const error = await assertRejects(async () => {
      for await (const _part of readerOf(source)) throw thrown;
    });
    assertStrictEquals(error, thrown);
    assertLetGo(source, undefined);
  });

  it("at cancel(), twice over", async () => {
    const source = probe([openPart], "stall");
    const reader = readerOf(source);
    await reader.next();
    await reader.cancel("enough");
    await reader.cancel("again");
    assertLetGo(source, "enough");
    assertEquals(await reader.next(), { done: true, value: undefined });
  });

  it("at the end of a block with `await using`", async () => {
    const source = probe([twoParts]);
    const reader = readerOf(source);
    await reader.next();
    await reader[Symbol.asyncDispose]();
    assertLetGo(source, undefined);
  });

  it("at cancel(): the open part's read is settled, and so is next()", async () => {
    const source = probe([openPart], "stall");
    const reader = readerOf(source);
    const { value: part } = await reader.next();
    const text = part?.text() ?? Promise.reject();
    const next = reader.next();
    assertFalse(await isSettled(text));
    await reader.cancel("enough");
    const error = await assertRejects(() => text, TypeError);
    assertEquals(error.message, "Cannot read on: the reader was cancelled");
    assertEquals(error.cause, "enough");
    assertEquals(await next, { done: true, value: undefined });
    assertLetGo(source, "enough");
  });

  it("at cancel() of a generator that waits for what never comes", async () => {
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    async function* stalled(): AsyncGenerator<Uint8Array> {
      yield openPart;
      yield await promise;
    }
    const reader = new MultipartReader(stalled(), { contentType });
    const { value: part } = await reader.next();
    const text = part?.text() ?? Promise.reject();
    await turns();
    await reader.cancel();
    await assertRejects(() => text, TypeError);
    resolve(utf8(""));
  });

  it("at an abort, with the signal's reason", async () => {
    const source = probe([openPart], "stall");
    const controller = new AbortController();
    const reader = readerOf(source, controller.signal);
    const { value: part } = await reader.next();
    const text = part?.text() ?? Promise.reject();
    const reason = new Error("the client's time is up");
    controller.abort(reason);
    assertStrictEquals(await assertRejects(() => text), reason);
    assertStrictEquals(await assertRejects(() => reader.next()), reason);
    assertStrictEquals(await assertRejects(() => reader.next()), reason);
    assertLetGo(source, reason);
  });

  it("at a signal that was aborted before", async () => {
    const source = probe([twoParts]);
    const reason = new Error("too late");
    const reader = readerOf(source, AbortSignal.abort(reason));
    assertStrictEquals(await assertRejects(() => reader.next()), reason);
    assertLetGo(source, reason);
    assertEquals(source.pulls, 0);
  });

  it("an abort after the end changes nothing", async () => {
    const source = probe([twoParts]);
    const controller = new AbortController();
    const reader = readerOf(source, controller.signal);
    while (!(await reader.next()).done);
    controller.abort();
    assertLetGo(source);
    assertEquals((await reader.next()).done, true);
  });

  it("at a parse error, which every later call repeats", async () => {
    const source = probe([
      utf8(`--b\r\n${fieldHead("a")}\r\n\r\n1\r\n--b!`),
      twoParts,
    ]);
    const reader = readerOf(source);
    const { value: part } = await reader.next();
    const error = await assertRejects(() => reader.next(), MultipartError);
    assertEquals(error.code, "invalid-delimiter");
    assertStrictEquals(await assertRejects(() => reader.next()), error);
    await assertRejects(() => part?.text() ?? Promise.resolve(), TypeError);
    assertLetGo(source, error);
    assertEquals(source.pulls, 1);
  });

  it("at a parse error that the open part meets", async () => {
    const source = probe([utf8(`--b\r\n${fieldHead("a")}\r\n\r\n1\r\n--b!`)]);
    const reader = readerOf(source);
    const { value: part } = await reader.next();
    const error = await assertRejects(
      () => part?.text() ?? Promise.resolve(),
      MultipartError,
    );
    assertStrictEquals(await assertRejects(() => reader.next()), error);
    assertLetGo(source, error);
  });

  it("at an error of the source, such as a client that hangs up", async () => {
    const hungUp = new Error("connection reset");
    const source = probe([openPart], hungUp);
    const reader = readerOf(source);
    const { value: part } = await reader.next();
    const text = part?.text() ?? Promise.reject();
    assertStrictEquals(await assertRejects(() => text), hungUp);
    assertStrictEquals(await assertRejects(() => reader.next()), hungUp);
    assertLetGo(source);
  });

  it("at a source that closes early", async () => {
    const source = probe([openPart]);
    const reader = readerOf(source);
    const { value: part } = await reader.next();
    const error = await assertRejects(
      () => part?.text() ?? Promise.resolve(),
      MultipartError,
    );
    assertEquals(error.code, "truncated");
    assertEquals(error.offset, openPart.length);
    assertLetGo(source);
  });

  it("at a chunk that is not bytes", async () => {
    for (const chunk of ["text", null, undefined, {}]) {
      const source = probe([chunk as unknown as Uint8Array]);
      const reader = readerOf(source);
      const error = await assertRejects(() => reader.next(), TypeError);
      assertLetGo(source, error);
      const iterated = new MultipartReader([chunk as unknown as Uint8Array], {
        contentType,
      });
      await assertRejects(() => iterated.next(), TypeError);
    }
  });

  it("cancel() hides no error that came before", async () => {
    const source = probe([utf8("no delimiter")]);
    const reader = readerOf(source);
    const error = await assertRejects(() => reader.next(), MultipartError);
    await reader.cancel();
    await reader.return();
    assertStrictEquals(await assertRejects(() => reader.next()), error);
    assertStrictEquals(await assertRejects(() => reader.formData()), error);
    assertLetGo(source, error);
  });

  it("a form that was cancelled is not a form", async () => {
    const source = probe([openPart], "stall");
    const reader = readerOf(source);
    const form = reader.formData();
    await turns();
    await reader.cancel("enough");
    const error = await assertRejects(() => form, TypeError);
    assertEquals(error.cause, "enough");
    await assertRejects(() => reader.formData(), TypeError);
  });

  it("at an epilogue without an end, and without an error", async () => {
    function* endless(): Generator<Uint8Array> {
      yield twoParts;
      for (;;) yield new Uint8Array(1024);
    }
    const source = probe(endless());
    let parts = 0;
    for await (const part of readerOf(source)) parts += part.index + 1;
    assertEquals(parts, 3);
    assertLetGo(source, undefined);
    // The parts, the 16 KiB that an epilogue may have, and one more chunk.
    assertEquals(source.pulls, 1 + 16 + 1);
  });

  it("a cancellation that fails is reported to who cancelled", async () => {
    const failure = new Error("cannot cancel");
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(openPart);
      },
      cancel() {
        throw failure;
      },
    }, { highWaterMark: 0 });
    const reader = new MultipartReader(stream, { contentType });
    await reader.next();
    assertStrictEquals(await assertRejects(() => reader.cancel()), failure);
    assertFalse(stream.locked);
  });

  it("an iterator is returned, once", async () => {
    let returns = 0;
    const source: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: false, value: twoParts }),
        return: () => {
          returns++;
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    const reader = new MultipartReader(source, { contentType });
    for await (const _part of reader) break;
    await reader.cancel();
    assertEquals(returns, 1);
  });

  it("values({ preventCancel }) leaves the source to the next loop", async () => {
    const source = probe([twoParts]);
    const reader = readerOf(source);
    for await (const part of reader.values({ preventCancel: true })) {
      assertEquals(part.index, 0);
      break;
    }
    assert(source.stream.locked);
    const names: (string | undefined)[] = [];
    for await (const part of reader) names.push(part.name);
    assertEquals(names, ["b"]);
    assertLetGo(source);
  });
});

describe("however the piping ends, both sides of MultipartDecoderStream know", () => {
  const init = { contentType };

  async function openPartOf(source: Probe) {
    const { readable, writable } = new MultipartDecoderStream(init);
    // The pipe's own promise differs between runtimes: on workerd it resolves
    // when the far side fails.
    const piped = source.stream.pipeTo(writable).catch(() => {});
    const failed = async (): Promise<unknown> => {
      await piped;
      return await assertRejects(() => writable.getWriter().closed);
    };
    const parts = readable.getReader();
    const { value: part } = await parts.read();
    assert(part !== undefined);
    return { piped, failed, parts, part };
  }

  it("at the end", async () => {
    const source = probe([twoParts]);
    const { piped, parts } = await openPartOf(source);
    assertEquals((await parts.read()).value?.name, "b");
    assertEquals(await parts.read(), { done: true, value: undefined });
    await piped;
    assertLetGo(source);
  });

  it("at cancel() of the readable side", async () => {
    const source = probe([openPart], "stall");
    const { failed, parts, part } = await openPartOf(source);
    const text = part.text();
    const reason = new Error("enough");
    await parts.cancel(reason);
    await assertRejects(() => text, TypeError);
    assertStrictEquals(await failed(), reason);
    assertLetGo(source, reason);
  });

  it("at abort() of the writable side", async () => {
    const hungUp = new Error("connection reset");
    const source = probe([openPart], hungUp);
    const { failed, parts, part } = await openPartOf(source);
    assertStrictEquals(await assertRejects(() => parts.closed), hungUp);
    assertStrictEquals(await assertRejects(() => part.text()), hungUp);
    assertStrictEquals(await assertRejects(() => parts.read()), hungUp);
    assertStrictEquals(await failed(), hungUp);
  });

  it("at cancel(), while a write waits", async () => {
    const { readable, writable } = new MultipartDecoderStream(init);
    const writer = writable.getWriter();
    const parts = readable.getReader();
    const first = writer.write(openPart);
    await parts.read();
    await first;
    const waiting = writer.write(utf8("more"));
    assertFalse(await isSettled(waiting));
    const reason = new Error("enough");
    await parts.cancel(reason);
    await waiting;
    assertStrictEquals(await assertRejects(() => writer.closed), reason);
  });

  it("at cancel() without a reason, which does not end the multipart", async () => {
    const { readable, writable } = new MultipartDecoderStream(init);
    const writer = writable.getWriter();
    const parts = readable.getReader();
    const first = writer.write(openPart);
    await parts.read();
    await first;
    await parts.cancel();
    const error = await assertRejects(() => writer.closed, TypeError);
    assertEquals(error.message, "Cannot write on: the parts were cancelled");
  });

  it("at abort(), while a write waits", async () => {
    const { readable, writable } = new MultipartDecoderStream(init);
    const writer = writable.getWriter();
    const closed = assertRejects(() => writer.closed);
    const waiting = writer.write(openPart);
    waiting.catch(() => {});
    const reason = new Error("connection reset");
    await writer.abort(reason);
    assertStrictEquals(await closed, reason);
    assertStrictEquals(
      await assertRejects(() => readable.getReader().read()),
      reason,
    );
  });

  it("at an epilogue without an end", async () => {
    function* endless(): Generator<Uint8Array> {
      yield twoParts;
      for (;;) yield new Uint8Array(1024);
    }
    const source = probe(endless());
    const { failed, parts } = await openPartOf(source);
    assertEquals((await parts.read()).value?.name, "b");
    assertEquals(await parts.read(), { done: true, value: undefined });
    assertInstanceOf(await failed(), TypeError);
    assertEquals(source.cancellations.length, 1);
  });

  it("at a parse error", async () => {
    const source = probe([
      utf8(`--b\r\n${fieldHead("a")}\r\n\r\n1\r\n--b!`),
    ], "stall");
    const { failed, parts, part } = await openPartOf(source);
    const error = await assertRejects(() => part.text(), MultipartError);
    assertStrictEquals(await assertRejects(() => parts.closed), error);
    assertStrictEquals(await assertRejects(() => parts.read()), error);
    assertStrictEquals(await failed(), error);
    assertLetGo(source, error);
  });
});

describe("a read that was given up", () => {
  const text = "one two three";
  // The body comes in chunks of its own. The end comes with the last of them.
  const chunks = [
    utf8(`--b\r\n${fieldHead("a")}\r\n\r\n`),
    utf8("one "),
    utf8("two "),
    utf8("three\r\n--b--"),
  ];

  async function partOf(chunks: Uint8Array[]): Promise<PartReader> {
    const { value: part } = await readerOf(probe(chunks)).next();
    assert(part !== undefined);
    return part;
  }

  const cuts = {
    "in chunks": chunks,
    "at hand": [
      utf8(chunks.map((chunk) => new TextDecoder().decode(chunk)).join("")),
    ],
  };
  for (const [name, chunks] of Object.entries(cuts)) {
    it(`of a stream leaves the bytes to text() in the same tick, ${name}`, async () => {
      const part = await partOf(chunks);
      const reader = part.body.getReader();
      const abandoned = reader.read().catch((error) => error);
      reader.releaseLock();
      const rest = part.text();
      const read = await abandoned;
      const given = read instanceof TypeError
        ? ""
        : new TextDecoder().decode(read.value);
      assertEquals(given + await rest, text);
    });

    it(`of a skip() is done before what comes next, ${name}`, async () => {
      const part = await partOf(chunks);
      const skipped = part.skip();
      assertEquals(await part.readChunk(), null);
      await skipped;
      assert(part.done);
    });

    it(`of a BYOB reader leaves the rest, and the end, to the next, ${name}`, async () => {
      const part = await partOf(chunks);
      let given = "";
      // A runtime without byte streams has no BYOB reader.
      const stream = byteStreamOf(part);
      if (stream === undefined) return;
      for (let left = 0; left < 8; left++) {
        const byob = stream.getReader({ mode: "byob" });
        const abandoned = byob.read(new Uint8Array(3)).catch(() => undefined);
        byob.releaseLock();
        const read = await abandoned;
        if (read?.value) given += new TextDecoder().decode(read.value);
        const reader = stream.getReader();
        const { value } = await reader.read();
        if (value !== undefined) given += new TextDecoder().decode(value);
        reader.releaseLock();
      }
      assertEquals(given, text);
      assertEquals((await stream.getReader().read()).done, true);
    });
  }
});

describe("a read of a stream whose lock is released", () => {
  const text = "one two three";
  const chunks = [
    utf8(`--b\r\n${fieldHead("a")}\r\n\r\n`),
    ...["one ", "two ", "three\r\n--b--"].map(utf8),
  ];
  const whole = utf8(chunks.map((chunk) => decode(chunk)).join(""));

  const sources: Record<string, () => MultipartSource> = {
    "a stream": () => streamOf(chunks),
    "an iterable": () => chunks.values(),
    "an async iterable": async function* () {
      for (const chunk of chunks) yield await Promise.resolve(chunk);
    },
    "bytes": () => whole,
  };

  const ways: Record<string, (part: PartReader) => Promise<string>> = {
    "text()": (part) => part.text(),
    "readChunk()": async (part) => {
      let rest = "";
      for (let chunk; (chunk = await part.readChunk()) !== null;) {
        rest += decode(chunk);
      }
      return rest;
    },
    "an iteration": async (part) => {
      let rest = "";
      for await (const chunk of part) rest += decode(chunk);
      return rest;
    },
    "another reader": async (part) => {
      const reader = part.body.getReader();
      let rest = "";
      for (let read; !(read = await reader.read()).done;) {
        rest += decode(read.value);
      }
      return rest;
    },
  };

  for (const [from, open] of Object.entries(sources)) {
    for (const [name, readOn] of Object.entries(ways)) {
      it(`leaves what it does not give to ${name}, from ${from}`, async () => {
        // Releases the lock before, while and after the read is answered.
        for (let turn = 0; turn <= 8; turn++) {
          const reader = new MultipartReader(open(), { contentType });
          const { value: part } = await reader.next();
          assert(part !== undefined);
          const lock = part.body.getReader();
          const read = lock.read().then(
            ({ value }) => decode(value),
            () => "",
          );
          for (let left = turn; left > 0; left--) await null;
          lock.releaseLock();
          const rest = readOn(part);
          assertEquals(await read + await rest, text, `turn ${turn}`);
        }
      });
    }
  }
});

describe("an abort without a reason to speak of", () => {
  it("rejects with null, where that is the reason", async () => {
    const controller = new AbortController();
    const source = probe([openPart], "stall");
    const reader = readerOf(source, controller.signal);
    const { value: part } = await reader.next();
    const text = part?.text();
    controller.abort(null);
    assertEquals(await text?.catch((error) => [error]), [null]);
    assertEquals(await reader.next().catch((error) => [error]), [null]);
    assertLetGo(source, null);
  });

  it("reaches both sides of a MultipartDecoderStream as null", async () => {
    const controller = new AbortController();
    const { readable, writable } = new MultipartDecoderStream({
      contentType,
      signal: controller.signal,
    });
    const writer = writable.getWriter();
    writer.write(openPart).catch(() => {});
    const reader = readable.getReader();
    await reader.read();
    controller.abort(null);
    assertEquals(await reader.read().catch((error) => [error]), [null]);
    assertEquals(await writer.write(openPart).catch((error) => [error]), [
      null,
    ]);
    await writer.closed.catch(() => {});
  });
});
