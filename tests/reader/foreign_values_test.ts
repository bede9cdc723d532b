import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartParser,
  MultipartReader,
  type MultipartSource,
} from "@tributary/multipart";
import { streamOf, utf8 } from "../bytes.ts";
import { foreign, polyfilled } from "../foreign.ts";

const BODY = utf8("--b\r\n\r\nhello\r\n--b--");
const HEADERS = { "content-type": "multipart/mixed; boundary=b" };

async function textsOf(source: MultipartSource): Promise<string[]> {
  const texts: string[] = [];
  for await (const part of new MultipartReader(source, { boundary: "b" })) {
    texts.push(await part.text());
  }
  return texts;
}

/** A stream whose reads return promises of another realm, as under Jest. */
function foreignStream(chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  const reader = streamOf(chunks).getReader();
  const stream = {
    locked: false,
    getReader: () => ({
      read: () => foreign(reader.read()),
      cancel: (reason: unknown) => foreign(reader.cancel(reason)),
      releaseLock: () => reader.releaseLock(),
    }),
  };
  return stream as unknown as ReadableStream<Uint8Array>;
}

describe("values of another realm", () => {
  it("are bytes, where they hold bytes", async () => {
    assertEquals(await textsOf(foreign(BODY.slice())), ["hello"]);
    assertEquals(await textsOf([foreign(BODY.slice())]), ["hello"]);
  });

  it("are Blobs and streams, by what they can do", async () => {
    assertEquals(await textsOf(polyfilled(new Blob([BODY]))), ["hello"]);
    assertEquals(await textsOf(polyfilled(streamOf([BODY]))), ["hello"]);
  });

  it("are Blobs without a stream(), which are read on demand", async () => {
    let reads = 0;
    const blob = {
      size: BODY.length,
      type: "",
      arrayBuffer() {
        reads++;
        return Promise.resolve(BODY.slice().buffer);
      },
    };
    const reader = new MultipartReader(blob as Blob, { boundary: "b" });
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals(reads, 0);
    for await (const part of reader) assertEquals(await part.text(), "hello");
    assertEquals(reads, 1);
  });

  it("are not bytes only because they claim to be", () => {
    for (const tag of ["ArrayBuffer", "SharedArrayBuffer"]) {
      const source = { [Symbol.toStringTag]: tag, length: 3 };
      assertThrows(
        () => Reflect.construct(MultipartReader, [source, { boundary: "b" }]),
        TypeError,
        "it is not a stream, an iterable, a Blob or bytes",
      );
    }
  });

  it("are promises, by what they can do", async () => {
    const cut = [BODY.subarray(0, 3), BODY.subarray(3, 12), BODY.subarray(12)];
    assertEquals(await textsOf(foreignStream(cut)), ["hello"]);
    for await (
      const part of new MultipartReader(foreignStream(cut), { boundary: "b" })
    ) {
      let text = "";
      for await (const chunk of part) text += new TextDecoder().decode(chunk);
      assertEquals(text, "hello");
    }
  });

  it("are entries of a form, where they are Blobs", async () => {
    const body = utf8(
      '--b\r\nContent-Disposition: form-data; name="a"; filename="f"\r\n\r\n' +
        "1\r\n--b--\r\n",
    );
    const reader = new MultipartReader(body, {
      contentType: "multipart/form-data; boundary=b",
    });
    const form = await reader.formData({
      file: () => polyfilled(new Blob(["what was made of it"])),
    });
    const entry = form.get("a");
    assert(entry instanceof File);
    assertEquals(entry.name, "f");
    assertEquals(await entry.text(), "what was made of it");
  });
});

describe("the body of a message", () => {
  it("may be a Blob, or the bytes", async () => {
    for (const body of [new Blob([BODY]), BODY, BODY.slice().buffer]) {
      const reader = MultipartReader.from({ headers: HEADERS, body }, {
        accept: "mixed",
      });
      const { value: part } = await reader.next();
      assertEquals(await part?.text(), "hello");
    }
  });

  it("without a header is none", () => {
    const stream = streamOf([BODY]) as unknown as Response;
    assertThrows(
      () => MultipartReader.from(stream),
      TypeError,
      "Cannot read the message: it has no headers",
    );
  });
});

describe("a chunk whose memory was transferred", () => {
  function detached(): Uint8Array {
    const chunk = utf8("BBBB");
    structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
    return chunk;
  }

  it("is not taken for an empty one: a source that returns it fails", async () => {
    const chunks = [utf8("--b\r\n\r\nAAAA"), detached(), utf8("CC\r\n--b--")];
    let cancelled = false;
    const reader = new MultipartReader(
      (function* () {
        try {
          yield* chunks;
        } finally {
          cancelled = true;
        }
      })(),
      { boundary: "b" },
    );
    const { value: part } = await reader.next();
    await assertRejects(
      () => part?.bytes() ?? Promise.resolve(),
      TypeError,
      "its memory has been transferred",
    );
    assert(cancelled);
  });

  it("is refused as a source, and by the parser", () => {
    assertThrows(
      () => new MultipartReader(detached(), { boundary: "b" }),
      TypeError,
      "detached",
    );
    assertThrows(
      () => new MultipartParser({ boundary: "b" }).push(detached()),
      TypeError,
      "Cannot push a chunk: its memory has been transferred",
    );
  });
});
