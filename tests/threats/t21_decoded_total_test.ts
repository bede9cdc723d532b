import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  file,
  MultipartError,
  type MultipartMessage,
  MultipartReader,
  type MultipartReaderOptions,
  type PartReader,
  readForm,
} from "@tributary/multipart";
import { streamOf, utf8 } from "../bytes.ts";

const KIB = 1024;

/** `size` zeros, compressed at 1000:1. */
async function bomb(size: number): Promise<Uint8Array> {
  const zeros = new Blob([new Uint8Array(size)]).stream();
  const gzip = zeros.pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(gzip).arrayBuffer());
}

function wrap(boundary: string, parts: Uint8Array[], head: string): Uint8Array {
  const start = utf8(`--${boundary}\r\n${head}\r\n\r\n`);
  const bytes: number[] = [];
  for (const part of parts) bytes.push(...start, ...part, 13, 10);
  return Uint8Array.of(...bytes, ...utf8(`--${boundary}--\r\n`));
}

function message(body: Uint8Array): MultipartMessage {
  const headers = { "content-type": "multipart/form-data; boundary=b" };
  return { headers, body: streamOf([body]) };
}

const GZIP = "Content-Encoding: gzip";
const limits = { totalBytes: 300 * KIB };

describe("T21 decoded total", () => {
  it("stops many parts that are each below partBytes", async () => {
    const part = await bomb(100 * KIB);
    const body = wrap("b", Array.from({ length: 50 }, () => part), GZIP);
    assert(body.length < 300 * KIB, "what is sent is within the limit");
    let decoded = 0;
    const reader = new MultipartReader(streamOf([body]), {
      contentType: "multipart/mixed; boundary=b",
      limits: { ...limits, partBytes: 150 * KIB },
    });
    const error = await assertRejects(async () => {
      for await (const part of reader) {
        for await (const chunk of part) decoded += chunk.length;
      }
    }, MultipartError);
    assertEquals(
      [error.code, error.status, error.limit],
      ["body-too-large", 413, "totalBytes"],
    );
    assert(decoded <= limits.totalBytes, `${decoded} bytes were handed out`);
  });

  it("counts what nested multiparts decode to", async () => {
    const part = await bomb(100 * KIB);
    const inner = wrap("c", [part, part], GZIP);
    const type = "Content-Type: multipart/mixed; boundary=c";
    const body = wrap("b", [inner, inner], type);
    let decoded = 0;
    const reader = new MultipartReader(streamOf([body]), {
      contentType: "multipart/mixed; boundary=b",
      limits,
    });
    const error = await assertRejects(async () => {
      for await (const part of reader.walk()) {
        decoded += (await part.bytes()).length;
      }
    }, MultipartError);
    assertEquals([error.code, error.limit], ["body-too-large", "totalBytes"]);
    assertEquals(decoded, 300 * KIB);
  });

  it("counts a multipart that is compressed, and what is compressed within", async () => {
    const inner = wrap("c", [await bomb(200 * KIB)], GZIP);
    const packed = new Blob([inner.slice()]).stream()
      .pipeThrough(new CompressionStream("gzip"));
    const outer = new Uint8Array(await new Response(packed).arrayBuffer());
    const type = "Content-Type: multipart/mixed; boundary=c";
    const body = wrap("b", [outer], `${type}\r\n${GZIP}`);
    const most = 200 * KIB + inner.length;
    for (
      const [totalBytes, isOver] of [[most, false], [most - 1, true]] as const
    ) {
      const reader = new MultipartReader(body, {
        contentType: "multipart/mixed; boundary=b",
        limits: { totalBytes },
      });
      // Limits of its own do not exempt a nested reader from the outer limits.
      const within = { limits: { totalBytes: Infinity } };
      const { value: part } = await reader.next();
      const reading = part?.parts(within).next()
        .then(({ value }) => value?.bytes());
      if (!isOver) assertEquals((await reading)?.length, 200 * KIB);
      else {assertEquals(
          (await reading?.catch((error) => error)).limit,
          "totalBytes",
        );}
    }
  });

  const forms: Record<
    string,
    (body: Uint8Array<ArrayBuffer>, options: MultipartReaderOptions) => unknown
  > = {
    "formData()": (body, options) =>
      MultipartReader.from(message(body), options).formData(),
    "formData({ file })": (body, options) =>
      MultipartReader.from(message(body), options)
        .formData({ file: (part) => part.text() }),
    "readForm()": (body, options) =>
      readForm(message(body), { f: file({ multiple: true }) }, options),
    "readForm() with a store": (body, options) => {
      const store = (part: PartReader) => part.text();
      const f = file({ multiple: true, store });
      return readForm(message(body), { f }, options);
    },
  };
  for (const [name, read] of Object.entries(forms)) {
    it(`counts what ${name} decodes, over all parts`, async () => {
      const head = `Content-Disposition: form-data; name="f"; filename="a"`;
      const part = await bomb(100 * KIB);
      const body = wrap("b", [part, part, part], `${head}\r\n${GZIP}`);
      const decode = true;
      await read(body.slice(), { decode, limits });
      const tight = { totalBytes: 300 * KIB - 1 };
      const error = await assertRejects(
        async () => await read(body.slice(), { decode, limits: tight }),
        MultipartError,
      );
      assertEquals([error.code, error.limit], ["body-too-large", "totalBytes"]);
    });
  }

  it("does not count what is read as it was sent", async () => {
    const part = await bomb(400 * KIB);
    const reader = new MultipartReader(wrap("b", [part], GZIP), {
      contentType: "multipart/mixed; boundary=b",
      limits,
    });
    const { value } = await reader.next();
    assertEquals((await value?.bytes({ decode: false }))?.length, part.length);
  });
});
