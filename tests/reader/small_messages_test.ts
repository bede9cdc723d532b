/**
 * A request with a small Content-Length may be read whole, which nothing else
 * must show.
 */
import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartError,
  MultipartReader,
  type MultipartReaderOptions,
} from "@tributary/multipart";
import { fieldHead, formBody, utf8 } from "../bytes.ts";
import { isSettled, turns } from "./probe.ts";

const contentType = "multipart/form-data; boundary=b";
const MAX_WHOLE = 65_536;
/** Node and browsers pull a chunk into the stream that they make of ours. */
const MAX_AHEAD = 2;

/** A request as servers make it. Browsers hide Content-Length from scripts. */
function requestOf(
  body: BodyInit,
  length: number | string,
  fields: Record<string, string> = {},
): Request {
  const request = new Request("http://localhost/", {
    method: "POST",
    headers: {
      "content-type": contentType,
      "content-length": `${length}`,
      ...fields,
    },
    body,
    duplex: "half",
  } as RequestInit);
  if (request.headers.get("content-length") === null) {
    const { headers } = request;
    const get = (name: string): string | null =>
      name === "content-length" ? `${length}` : headers.get(name);
    Object.defineProperty(request, "headers", { value: { get } });
  }
  return request;
}

interface ByteSource {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  bytes: number;
  readonly cancellations: unknown[];
}

/**
 * A stream that counts the bytes taken from it, and then stalls, fails or
 * closes.
 */
function counted(
  chunks: Iterable<Uint8Array<ArrayBuffer>>,
  ending?: Error | "stall",
): ByteSource {
  const iterator = chunks[Symbol.iterator]();
  const source: ByteSource = {
    bytes: 0,
    cancellations: [],
    stream: new ReadableStream({
      pull(controller) {
        const { done, value } = iterator.next();
        if (!done) {
          source.bytes += value.length;
          controller.enqueue(value);
        } else if (ending === undefined) controller.close();
        else if (ending === "stall") return new Promise<void>(() => {});
        else controller.error(ending);
      },
      cancel(reason) {
        source.cancellations.push(reason);
      },
    }, { highWaterMark: 0 }),
  };
  return source;
}

/** Returns everything that a reading shows. */
async function readingOf(
  request: Request,
  options: MultipartReaderOptions = {},
): Promise<unknown[]> {
  const seen: unknown[] = [];
  const reader = MultipartReader.from(request, options);
  try {
    for await (const part of reader) seen.push([part.name, await part.text()]);
    seen.push(reader.bytesRead);
  } catch (error) {
    const isOurs = error instanceof MultipartError;
    seen.push(isOurs ? [error.code, error.offset, error.limit] : String(error));
  }
  return seen;
}

const form = formBody([[fieldHead("a"), "1"], [fieldHead("b"), "22"]]);

describe("a small message", () => {
  const bodies: [name: string, body: Uint8Array<ArrayBuffer>][] = [
    ["a form", form],
    ["one that is cut short", form.subarray(0, form.length - 9)],
    ["one that is malformed", utf8("--b\r\nbroken\r\n\r\n1\r\n--b--")],
    ["one with an epilogue", utf8("--b--\r\n" + "x".repeat(1000))],
    ["nothing", utf8("")],
  ];
  const options: MultipartReaderOptions[] = [
    {},
    { limits: { totalBytes: 60 } },
    { limits: { parts: 1 } },
  ];
  for (const [name, body] of bodies) {
    it(`gives the same as by its stream: ${name}`, async () => {
      for (const option of options) {
        const expected = await readingOf(requestOf(body, "none"), option);
        const lengths = [body.length, 1, body.length + 1000, MAX_WHOLE];
        for (const length of lengths) {
          for (
            const given of [body, new Blob([body]), counted([body]).stream]
          ) {
            assertEquals(
              await readingOf(requestOf(given, length), option),
              expected,
              `Content-Length: ${length}`,
            );
          }
        }
      }
    });
  }

  it("fails as its stream does", async () => {
    const failure = new Error("the connection was lost");
    for (const length of [form.length, "none"]) {
      const { stream } = counted([form.subarray(0, 20)], failure);
      const reader = MultipartReader.from(requestOf(stream, length));
      const error = await reader.next().catch((error) => error);
      assert(error instanceof Error);
      // WebKit's arrayBuffer() throws an error of its own that includes the
      // message.
      assertStringIncludes(error.message, failure.message);
    }
  });

  it("fails when its byte stream does", async () => {
    // Only such runtimes keep a request's body as a byte stream.
    if (!hasByteBodies()) return;
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      type: "bytes",
      pull: (controller) => controller.error(new Error("lost")),
    });
    const reader = MultipartReader.from(requestOf(stream, form.length));
    // A browser's arrayBuffer() fails with an error of its own.
    assert(await reader.next().catch((error) => error) instanceof Error);
  });

  it("is refused when it has been used or is locked", async () => {
    for (const given of [form, counted([form]).stream]) {
      const used = requestOf(given, form.length);
      await used.arrayBuffer();
      assertThrows(() => MultipartReader.from(used), TypeError, "used");
    }
    const locked = requestOf(counted([form]).stream, form.length);
    locked.body?.getReader();
    assertThrows(() => MultipartReader.from(locked), TypeError, "locked");
  });

  it("is taken by one reader alone", async () => {
    for (const given of [form, counted([form]).stream]) {
      const request = requestOf(given, form.length);
      const reader = MultipartReader.from(request);
      assertThrows(() => MultipartReader.from(request), TypeError);
      assertEquals((await reader.formData()).get("b"), "22");
    }
  });

  it("can be cloned, and each is read by itself", async () => {
    const request = requestOf(form, form.length);
    const clone = requestLike(request.clone(), form.length);
    const [one, other] = await Promise.all([
      readingOf(request),
      readingOf(clone),
    ]);
    assertEquals(one, [["a", "1"], ["b", "22"], form.length]);
    assertEquals(other, one);
  });

  it("is left at once by cancel(), though it stalls", async () => {
    const { stream } = counted([form.subarray(0, 20)], "stall");
    const reader = MultipartReader.from(requestOf(stream, form.length));
    const waiting = reader.next();
    assert(!await isSettled(waiting));
    await reader.cancel("enough");
    assertEquals(await waiting, { done: true, value: undefined });
    assertEquals((await reader.next()).done, true);
    const unread = MultipartReader.from(requestOf(form, form.length));
    await unread.cancel();
    assertEquals((await unread.next()).done, true);
  });

  it("is left at once when its signal aborts", async () => {
    const { stream } = counted([form.subarray(0, 20)], "stall");
    const controller = new AbortController();
    const { signal } = controller;
    const request = requestOf(stream, form.length);
    const reader = MultipartReader.from(request, { signal });
    const waiting = reader.next();
    assert(!await isSettled(waiting));
    controller.abort("too slow");
    assertEquals(await waiting.catch((error) => error), "too slow");
    const late = MultipartReader.from(requestOf(form, form.length), { signal });
    assertEquals(await late.next().catch((error) => error), "too slow");
  });
});

function hasByteBodies(): boolean {
  try {
    new Blob().stream().getReader({ mode: "byob" });
    return true;
  } catch {
    return false;
  }
}

/** The clone of a request, with the Content-Length of the original. */
function requestLike(clone: Request, length: number): Request {
  return clone.headers.get("content-length") === null
    ? requestOf(clone.body ?? "", length)
    : clone;
}

describe("what is read ahead of a message", () => {
  function* endless(): Generator<Uint8Array<ArrayBuffer>> {
    yield utf8(`--b\r\n${fieldHead("a")}\r\n\r\n`);
    for (;;) yield new Uint8Array(1024);
  }

  it("is nothing if it is large or encoded, or does not say how large it is", async () => {
    const cases: [length: number | string, fields?: Record<string, string>][] =
      [
        [MAX_WHOLE + 1],
        ["none"],
        ["-5"],
        [""],
        [1000, { "content-encoding": "identity" }],
      ];
    for (const [length, fields] of cases) {
      const source = counted(endless());
      const reader = MultipartReader.from(
        requestOf(source.stream, length, fields),
      );
      await turns();
      const { value: part } = await reader.next();
      await turns();
      assert(source.bytes <= MAX_AHEAD * 1024, `${length}: ${source.bytes}`);
      await part?.readChunk();
      await reader.cancel();
    }
  });

  it("is nothing of a response, which can still be cancelled", async () => {
    const source = counted(endless());
    const headers = { "content-type": contentType, "content-length": "1000" };
    const response = new Response(source.stream, { headers });
    const reader = MultipartReader.from(response);
    await reader.next();
    await turns();
    assert(source.bytes <= MAX_AHEAD * 1024, `${source.bytes}`);
    await reader.cancel("enough");
    assertEquals(source.cancellations, ["enough"]);
  });

  it("is at most 64 KiB, whatever Content-Length says", async () => {
    for (const length of [10, 1000, MAX_WHOLE]) {
      const source = counted(bounded());
      const reader = MultipartReader.from(requestOf(source.stream, length));
      const { value: part } = await reader.next();
      await turns();
      const isTold = source.bytes <= MAX_WHOLE;
      // A runtime without byte bodies cannot tell the caller's stream from the
      // platform's own.
      assert(isTold || !hasByteBodies(), `${length}: ${source.bytes}`);
      assertEquals((await part?.bytes())?.length, 1_000 * 1024);
    }
  });

  /** About 1 MiB of body. */
  function* bounded(): Generator<Uint8Array<ArrayBuffer>> {
    const chunks = endless();
    for (let count = 0; count <= 1_000; count++) yield chunks.next().value;
    yield utf8("\r\n--b--");
  }
});
