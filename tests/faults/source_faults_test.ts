/** What a source may do to its reader, at every byte of a body. */
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartDecoderStream,
  MultipartError,
  type PartReader,
} from "@tributary/multipart";
import { bytewise, streamOf, utf8 } from "../bytes.ts";
import { isSettled, probe, turns } from "../reader/probe.ts";
import {
  BODY,
  COMPLETE,
  CONTENT_TYPE,
  isBeginning,
  open,
  PARTS,
  partsWithin,
  readAll,
} from "./bodies.ts";

/** Every number of bytes that may come before the fault. */
const places = Array.from({ length: BODY.length + 1 }, (_, at) => at);

/** Ways to cut the bytes before the fault. */
const cuts: [name: string, cut: (bytes: Uint8Array) => Uint8Array[]][] = [
  ["in one chunk", (bytes) => [bytes]],
  ["byte by byte", bytewise],
];

const whole: [string | undefined, FormDataEntryValue][] = PARTS.map((
  [name, text],
) => [name, text]);

/** Reuses one buffer for all chunks, as reading from a file often does. */
function* shared(size: number): Generator<Uint8Array> {
  const buffer = new Uint8Array(size);
  for (let at = 0; at < BODY.length; at += size) {
    const piece = BODY.subarray(at, at + size);
    buffer.fill(0x2d);
    buffer.set(piece);
    yield buffer.subarray(0, piece.length);
  }
}

for (const [name, cut] of cuts) {
  describe(`at every byte, ${name}, a source that`, () => {
    it("fails: what came is handed over, and then its own error", async () => {
      for (const at of places) {
        const gone = new Error("gone");
        const source = probe(cut(BODY.subarray(0, at)), gone);
        const reader = open(source.stream);
        const story = await readAll(reader);
        assertStrictEquals(story.error, gone, `${at}`);
        assertEquals(story.parts.length, partsWithin(at), `${at}`);
        assert(isBeginning(story), `${at}`);
        assertStrictEquals(await assertRejects(() => reader.next()), gone);
        assertEquals(source.cancellations, [], "it has failed by itself");
        assert(!source.stream.locked);
      }
    });

    it("closes early: what came is handed over, and then `truncated`", async () => {
      for (const at of places) {
        const source = probe(cut(BODY.subarray(0, at)));
        const reader = open(source.stream);
        const story = await readAll(reader);
        assertEquals(story.parts.length, partsWithin(at), `${at}`);
        assert(isBeginning(story), `${at}`);
        assert(!source.stream.locked);
        if (at >= COMPLETE) {
          assertEquals([story.error, story.parts], [undefined, whole]);
          continue;
        }
        assertInstanceOf(story.error, MultipartError, `${at}`);
        assertEquals([story.error.code, story.error.offset], ["truncated", at]);
        assertStrictEquals(
          await assertRejects(() => reader.next()),
          story.error,
        );
      }
    });

    it("stalls: what came is handed over, and a cancellation settles the rest", async () => {
      for (const at of places) {
        const source = probe(cut(BODY.subarray(0, at)), "stall");
        const reader = open(source.stream);
        const reading = readAll(reader);
        await turns(BODY.length);
        const reason = new Error("enough");
        await reader.cancel(reason);
        const story = await reading;
        assertEquals(story.parts.length, partsWithin(at), `${at}`);
        assert(isBeginning(story), `${at}`);
        // A read of the open part fails. Without an open part, the reader is
        // done.
        if (story.isPartComplete) assertEquals(story.error, undefined);
        else assertInstanceOf(story.error, TypeError);
        assertEquals((await reader.next()).done, true);
        assertEquals(source.cancellations, [reason], `${at}`);
        assert(!source.stream.locked);
      }
    });

    it("stalls: an abort settles the rest with the signal's reason", async () => {
      for (const at of places) {
        const source = probe(cut(BODY.subarray(0, at)), "stall");
        const controller = new AbortController();
        const transform = new MultipartDecoderStream({
          contentType: CONTENT_TYPE,
          signal: controller.signal,
        });
        const parts = source.stream.pipeThrough(transform).getReader();
        const seen: PartReader[] = [];
        const reading = (async () => {
          for (;;) {
            const { done, value } = await parts.read();
            if (done) return;
            seen.push(value);
            await value.bytes();
          }
        })();
        const rejected = assertRejects(() => reading);
        await turns(BODY.length);
        const reason = new Error("enough");
        controller.abort(reason);
        assertStrictEquals(await rejected, reason, `${at}`);
        assertEquals(seen.length, partsWithin(at), `${at}`);
        await turns();
        assertEquals(source.cancellations, [reason], `${at}`);
      }
    });

    it("gives what is not bytes: a TypeError, and the source is cancelled", async () => {
      for (const at of places) {
        let isReturned = false;
        const source = (function* () {
          try {
            yield* cut(BODY.subarray(0, at));
            // Plain JavaScript may pass this, though the types forbid it.
            yield JSON.parse('"text"');
          } finally {
            isReturned = true;
          }
        })();
        const story = await readAll(open(source));
        assertInstanceOf(story.error, TypeError, `${at}`);
        assertEquals(story.parts.length, partsWithin(at), `${at}`);
        assert(isReturned);
      }
    });

    it("is cancelled: once, with the reason, and released", async () => {
      for (const at of places) {
        const chunks = cut(BODY.subarray(0, at));
        const source = probe(chunks, "stall");
        const reader = open(source.stream);
        const reading = readAll(reader);
        while (source.pulls < chunks.length) await Promise.resolve();
        await reader.cancel("enough");
        await reader.cancel("again");
        assert(isBeginning(await reading), `${at}`);
        assertEquals(source.cancellations, ["enough"], `${at}`);
        assert(!source.stream.locked);
        assertEquals((await reader.next()).done, true);
      }
    });
  });
}

describe("a source of empty chunks", () => {
  it("is the same without them, wherever they are", async () => {
    for (const at of places) {
      const chunks = [BODY.subarray(0, at), BODY.subarray(at)]
        .flatMap((chunk) => [new Uint8Array(0), chunk, new Uint8Array(0)]);
      const story = await readAll(open(streamOf(chunks)));
      assertEquals([story.error, story.parts], [undefined, whole]);
    }
  });

  it("is the same without them, between all bytes", async () => {
    const chunks = bytewise(BODY)
      .flatMap((chunk) => [new Uint8Array(0), new Uint8Array(0), chunk]);
    const story = await readAll(open(streamOf(chunks)));
    assertEquals([story.error, story.parts], [undefined, whole]);
  });
});

describe("a source that shares one buffer for all its chunks", () => {
  /** Ways to read a part's text. */
  const ways: [name: string, (part: PartReader) => Promise<string>][] = [
    ["text()", (part) => part.text()],
    ["bytes()", async (part) => new TextDecoder().decode(await part.bytes())],
    ["blob()", async (part) => await (await part.blob()).text()],
    ["textStream()", async (part) => {
      let text = "";
      const reader = part.textStream().getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return text;
        text += value;
      }
    }],
    // Its chunks are views of the shared buffer. To keep chunks, use a byte
    // stream.
    ["body, copied at once", async (part) => {
      let text = "";
      const reader = part.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return text;
        text += new TextDecoder().decode(value);
      }
    }],
    ["chunks, copied at once", async (part) => {
      let text = "";
      for await (const chunk of part) text += new TextDecoder().decode(chunk);
      return text;
    }],
    ["readChunk(), kept", async (part) => {
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      for (;;) {
        const chunk = await part.readChunk();
        if (chunk === null) return await new Blob(chunks).text();
        chunks.push(chunk);
      }
    }],
    ["readChunk(3), kept", async (part) => {
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      for (;;) {
        const chunk = await part.readChunk(3);
        if (chunk === null) return await new Blob(chunks).text();
        chunks.push(chunk);
      }
    }],
    ["readLine(), kept", async (part) => {
      const lines: Uint8Array<ArrayBuffer>[] = [];
      for (;;) {
        const line = await part.readLine();
        if (line === null) return await new Blob(lines).text();
        lines.push(line);
      }
    }],
  ];
  for (const [name, take] of ways) {
    it(`spoils nothing of ${name}, whatever its size`, async () => {
      for (let size = 1; size <= BODY.length; size++) {
        const told: typeof whole = [];
        for await (const part of open(streamOf(shared(size)))) {
          told.push([part.name, await take(part)]);
        }
        assertEquals(told, whole, `${size}`);
      }
    });
  }

  it("spoils no head that is looked at late", async () => {
    for (let size = 1; size <= BODY.length; size++) {
      const parts: PartReader[] = [];
      for await (const part of open(shared(size))) parts.push(part);
      assertEquals(
        parts.map(({ name, headers }) => [
          name,
          headers.get("content-disposition"),
        ]),
        PARTS.map(([name]) => [name, `form-data; name="${name}"`]),
      );
    }
  });

  it("spoils no form", async () => {
    for (let size = 1; size <= BODY.length; size++) {
      const form = await open(shared(size)).formData();
      assertEquals([...form], whole);
    }
  });
});

describe("a source that cannot be cancelled", () => {
  function stubborn(
    chunk: Uint8Array,
    failure: Error,
  ): ReadableStream<Uint8Array> {
    return new ReadableStream({
      pull: (controller) => controller.enqueue(chunk),
      cancel: () => Promise.reject(failure),
    }, { highWaterMark: 0 });
  }

  it("tells who cancels", async () => {
    const failure = new Error("cannot");
    const reader = open(stubborn(BODY.subarray(0, 60), failure));
    await reader.next();
    assertStrictEquals(await assertRejects(() => reader.cancel()), failure);
    assertEquals((await reader.next()).done, true);
  });

  it("hides no error of the parser's", async () => {
    const story = await readAll(open(stubborn(utf8("x"), new Error("cannot"))));
    assertInstanceOf(story.error, MultipartError);
    await turns();
  });
});

describe("a source that stalls", () => {
  it("leaves a read pending, and nothing else", async () => {
    const source = probe([BODY.subarray(0, 60)], "stall");
    const reader = open(source.stream);
    const { value: part } = await reader.next();
    assert(part !== undefined);
    assertEquals(part.name, "a");
    const reading = part.bytes();
    reading.catch(() => {});
    assert(!await isSettled(reading));
    await reader.cancel();
    await assertRejects(() => reading, TypeError);
  });
});
