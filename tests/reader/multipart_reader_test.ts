import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { failureToRead } from "../platform.ts";
import {
  MultipartError,
  type MultipartMessage,
  MultipartReader,
  type MultipartReaderOptions,
  type PartReader,
} from "@tributary/multipart";
import { bytewise, fieldHead, formBody, streamOf, utf8 } from "../bytes.ts";
import { probe } from "./probe.ts";

const contentType = "multipart/form-data; boundary=b";
const body = formBody([[fieldHead("a"), "1"], [fieldHead("b"), "22"]]);

async function textsOf(reader: MultipartReader): Promise<string[]> {
  const texts: string[] = [];
  for await (const part of reader) {
    texts.push(`${part.name}=${await part.text()}`);
  }
  return texts;
}

async function* generate(): AsyncGenerator<Uint8Array> {
  yield* bytewise(body);
}

describe("MultipartReader.from()", () => {
  const messages: Record<string, () => MultipartMessage> = {
    "a Request": () =>
      new Request("http://localhost/", {
        method: "POST",
        headers: { "content-type": contentType },
        body,
      }),
    "a Response": () =>
      new Response(body, { headers: { "content-type": contentType } }),
    "headers and a stream": () => ({
      headers: new Headers({ "Content-Type": contentType }),
      body: streamOf([body]),
    }),
    "a plain record and an async iterable": () => ({
      headers: { "Content-Type": contentType },
      body: generate(),
    }),
    "a message that is its own body": () => ({
      headers: { "content-type": contentType },
      [Symbol.asyncIterator]: generate,
    }),
    "such a message, with what a body parser left": () => ({
      headers: { "content-type": contentType },
      body: {},
      [Symbol.asyncIterator]: generate,
    }),
  };
  for (const [name, make] of Object.entries(messages)) {
    it(`reads ${name}`, async () => {
      const reader = MultipartReader.from(make());
      assertEquals(await textsOf(reader), ["a=1", "b=22"]);
    });
  }

  it("reads what the runtime's own FormData makes", async () => {
    const form = new FormData();
    form.append("greeting", "hallå");
    form.append("file", new File(["Oslo"], "by.txt", { type: "text/plain" }));
    const failure = await failureToRead(form);
    const reader = MultipartReader.from(new Response(form));
    if (failure !== undefined) {
      const error = await assertRejects(() => textsOf(reader));
      assertEquals(String(error), String(failure));
      return;
    }
    assertEquals(reader.mediaType, "multipart/form-data");
    assertEquals(reader.subtype, "form-data");
    assertEquals(reader.profile, "form-data");
    const read: unknown[] = [];
    for await (const part of reader) {
      read.push([part.name, part.filename, part.isFile, await part.text()]);
    }
    assertEquals(read, [
      ["greeting", undefined, false, "hallå"],
      ["file", "by.txt", true, "Oslo"],
    ]);
  });

  it("throws a TypeError for a body that has been used", async () => {
    const response = new Response(body, {
      headers: { "content-type": contentType },
    });
    await response.text();
    const error = assertThrows(() => MultipartReader.from(response), TypeError);
    assertEquals(
      error.message,
      "Cannot read the body: it has already been used",
    );
  });

  it("throws a TypeError for a locked body", () => {
    const stream = streamOf([body]);
    stream.getReader();
    const message = { headers: { "content-type": contentType }, body: stream };
    const error = assertThrows(() => MultipartReader.from(message), TypeError);
    assertEquals(
      error.message,
      "Cannot read the body: it is locked to another reader",
    );
  });

  it("takes a message with a null body for one that is cut short", () => {
    const response = new Response(null, {
      headers: { "content-type": contentType },
    });
    const error = assertThrows(
      () => MultipartReader.from(response),
      MultipartError,
    );
    assertEquals([error.code, error.status], ["truncated", 400]);
    assertEquals(error.message, "Cannot read the body: it is empty");
  });

  it("throws a TypeError for a message that cannot have a body", () => {
    const headers = { "content-type": contentType };
    const bodies: [unknown, string][] = [
      [undefined, "there is none"],
      [5, "there is none"],
      ["--b--", "it is text, which may have lost bytes. Pass bytes"],
    ];
    for (const [body, state] of bodies) {
      assertThrows(
        () => MultipartReader.from({ headers, body }),
        TypeError,
        `Cannot read the body: ${state}`,
      );
    }
  });

  const refused: [string | undefined, string, number, string][] = [
    [
      undefined,
      "unsupported-media-type",
      415,
      "Cannot read the body: it has no Content-Type",
    ],
    [
      "text/plain",
      "unsupported-media-type",
      415,
      'Cannot read the body: its Content-Type "text/plain" is not a multipart',
    ],
    [
      "multipart; boundary=b",
      "unsupported-media-type",
      415,
      'Cannot read the body: its Content-Type "multipart; boundary=b" is not a multipart',
    ],
    [
      "multipart/form-data",
      "invalid-boundary",
      400,
      "Cannot read the body: its Content-Type has no boundary",
    ],
    [
      "multipart/form-data; boundary=b; boundary=b",
      "invalid-boundary",
      400,
      "Cannot read the body: its Content-Type has more than one boundary",
    ],
    [
      'multipart/form-data; boundary=""',
      "invalid-boundary",
      400,
      'Cannot use boundary "": it is empty',
    ],
    [
      `multipart/form-data; boundary=${"b".repeat(71)}`,
      "invalid-boundary",
      400,
      `Cannot use boundary "${
        "b".repeat(60)
      }...": it has 71 characters, and 70 are allowed`,
    ],
    [
      'multipart/form-data; boundary="b "',
      "invalid-boundary",
      400,
      'Cannot use boundary "b ": it ends in a space',
    ],
  ];
  for (const [type, code, status, message] of refused) {
    it(`refuses Content-Type ${type?.slice(0, 60)}`, () => {
      const source = probe([body]);
      const headers = new Headers(
        type === undefined ? {} : {
          "content-type": type,
        },
      );
      const error = assertThrows(
        () => MultipartReader.from({ headers, body: source.stream }),
        MultipartError,
      );
      assertEquals(error.code, code);
      assertEquals(error.status, status);
      assertEquals(error.message, message);
      assertEquals(error.offset, undefined);
      assertEquals(source.stream.locked, false, "the body is left alone");
    });
  }
});

describe("new MultipartReader()", () => {
  const sources: Record<
    string,
    () => ConstructorParameters<
      typeof MultipartReader
    >[0]
  > = {
    "bytes": () => body,
    "a Blob": () => new Blob([body]),
    "an array of chunks": () => bytewise(body),
    "a stream": () => streamOf(bytewise(body)),
    "an async generator": generate,
    "chunks with empty ones between": () =>
      bytewise(body).flatMap((chunk) => [new Uint8Array(0), chunk]),
  };
  for (const [name, make] of Object.entries(sources)) {
    it(`reads ${name}`, async () => {
      const reader = new MultipartReader(make(), { contentType });
      assertEquals(await textsOf(reader), ["a=1", "b=22"]);
      assertEquals(reader.bytesRead, body.length);
      assertEquals(reader.partsRead, 2);
    });
  }

  it("takes a boundary alone for that of RFC 2046's multipart", () => {
    const reader = new MultipartReader(body, { boundary: "b" });
    assertEquals(reader.mediaType, "multipart/mixed");
    assertEquals(reader.profile, "mime");
    assertEquals(reader.boundary, "b");
  });

  it("knows Content-Type's parameters", () => {
    const reader = new MultipartReader(body, {
      contentType: 'Multipart/Related; Boundary=b; START="<1@x>"; start=no',
    });
    assertEquals(reader.mediaType, "multipart/related");
    assertEquals(reader.subtype, "related");
    assertEquals([...reader.parameters].sort(), [["boundary", "b"], [
      "start",
      "<1@x>",
    ]]);
  });

  it("takes the profile that it is told", async () => {
    const reader = new MultipartReader(body, {
      boundary: "b",
      profile: "form-data",
    });
    assertEquals(await textsOf(reader), ["a=1", "b=22"]);
  });

  const misuse: Record<string, () => unknown> = {
    "neither boundary nor contentType": () => new MultipartReader(body, {}),
    "a string": () =>
      new MultipartReader("--b--" as unknown as Uint8Array, { contentType }),
    "null": () =>
      new MultipartReader(null as unknown as Uint8Array, { contentType }),
    "a profile of no known name": () =>
      new MultipartReader(body, {
        boundary: "b",
        profile: "mail" as MultipartReaderOptions["profile"],
      }),
  };
  for (const [name, make] of Object.entries(misuse)) {
    it(`throws a TypeError for ${name}`, () => {
      assertThrows(make, TypeError);
    });
  }

  it("throws a RangeError for a limit that bounds nothing", () => {
    for (const parts of [-1, 1.5, NaN]) {
      const init = { contentType, limits: { parts } };
      const error = assertThrows(
        () => new MultipartReader(body, init),
        RangeError,
      );
      assertEquals(
        error.message,
        `Cannot use ${parts} as parts: it is not a whole number from 0, nor Infinity`,
      );
    }
  });
});

describe("MultipartReader iteration", () => {
  it("gives every later part, whatever is read of the one before", async () => {
    const parts: [string, string][] = [];
    for (let part = 0; part < 9; part++) {
      parts.push([fieldHead(`${part}`), "x".repeat(100 * part)]);
    }
    const chunks: Uint8Array[] = [];
    const whole = formBody(parts);
    for (let at = 0; at < whole.length; at += 37) {
      chunks.push(whole.subarray(at, at + 37));
    }
    const ways: ((part: PartReader) => unknown)[] = [
      () => {},
      async (part) => {
        for await (const _chunk of part) break;
      },
      (part) => part.body,
      async (part) => {
        const reader = part.body.getReader();
        await reader.read();
        reader.releaseLock();
      },
      async (part) => await part.body.cancel(),
      async (part) => await part.skip(),
    ];
    for (const way of ways) {
      const names: (string | undefined)[] = [];
      const reader = new MultipartReader(streamOf(chunks), { contentType });
      for await (const part of reader) {
        names.push(part.name);
        await way(part);
      }
      assertEquals(names, parts.map((_, index) => `${index}`));
    }
  });

  it("queues next() calls as a stream queues reads", async () => {
    const reader = new MultipartReader(streamOf(bytewise(body)), {
      contentType,
    });
    const results = await Promise.all([
      reader.next(),
      reader.next(),
      reader.next(),
      reader.next(),
    ]);
    assertEquals(results.map(({ value }) => value?.name), [
      "a",
      "b",
      undefined,
      undefined,
    ]);
    assertEquals(results.map(({ done }) => done), [false, false, true, true]);
  });

  it("a part that the reader has left throws a TypeError", async () => {
    const reader = new MultipartReader(streamOf(bytewise(body)), {
      contentType,
    });
    const { value: first } = await reader.next();
    const { value: second } = await reader.next();
    assert(first !== undefined && second !== undefined);
    const ways: (() => Promise<unknown>)[] = [
      () => first.text(),
      () => first.bytes(),
      () => first[Symbol.asyncIterator]().next(),
      () => first.skip(),
      () => first.body.getReader().read(),
    ];
    for (const way of ways) {
      const error = await assertRejects(way, TypeError);
      assertEquals(
        error.message,
        "Cannot read part 0: the reader has moved on to part 1. " +
          "Is an `await` missing?",
      );
    }
    assertEquals(first.name, "a", "header fields stay");
    assertEquals(
      first.headers.get("content-disposition"),
      fieldHead("a").slice(21),
    );
    assertEquals(await second.text(), "22");
    await reader.next();
    const error = await assertRejects(() => second.text(), TypeError);
    assertEquals(
      error.message,
      "Cannot read part 1: the reader has moved on to the end. " +
        "Is an `await` missing?",
    );
  });

  it("a read that is pending when the reader moves on is settled", async () => {
    const reader = new MultipartReader(streamOf(bytewise(body)), {
      contentType,
    });
    const { value: first } = await reader.next();
    const text = first?.text() ?? Promise.resolve();
    const next = reader.next();
    await assertRejects(() => text, TypeError);
    assertEquals((await next).value?.name, "b");
    await reader.cancel();
  });

  it("is its own iterator", () => {
    const reader = new MultipartReader(body, { contentType });
    assertStrictEquals(reader[Symbol.asyncIterator](), reader);
  });

  it("reads from a source that reuses one buffer for all chunks", async () => {
    function* reused(): Generator<Uint8Array> {
      const buffer = new Uint8Array(7);
      for (let at = 0; at < body.length; at += buffer.length) {
        const chunk = body.subarray(at, at + buffer.length);
        buffer.set(chunk);
        yield buffer.subarray(0, chunk.length);
        buffer.fill(0x21);
      }
    }
    const reader = new MultipartReader(reused(), { contentType });
    assertEquals(await textsOf(reader), ["a=1", "b=22"]);
    const form = await new MultipartReader(reused(), { contentType })
      .formData();
    assertEquals([...form], [["a", "1"], ["b", "22"]]);
  });

  it("takes any view of bytes for a chunk, and counts its bytes", async () => {
    const views = [
      new DataView(body.buffer, 0, 10),
      new Uint8ClampedArray(body.buffer, 10),
    ];
    const reader = new MultipartReader(views as unknown as Uint8Array[], {
      contentType,
    });
    assertEquals(await textsOf(reader), ["a=1", "b=22"]);
    assertEquals(reader.bytesRead, body.length);
  });

  it("keeps what was handed over when an error follows", async () => {
    const cut = body.subarray(0, body.length - 8);
    const reader = new MultipartReader(bytewise(cut), { contentType });
    const { value: part } = await reader.next();
    const bytes = await part?.bytes();
    await reader.next();
    const error = await assertRejects(() => reader.next(), MultipartError);
    assertEquals(error.code, "truncated");
    assertEquals(error.partIndex, 1);
    assertEquals(bytes, utf8("1"));
    assertEquals(part?.name, "a");
  });
});
