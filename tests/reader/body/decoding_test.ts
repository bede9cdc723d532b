import {
  assert,
  assertEquals,
  assertFalse,
  assertGreater,
  assertInstanceOf,
  assertLess,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartError,
  MultipartReader,
  type MultipartReaderOptions,
  type PartReader,
} from "@tributary/multipart";
import { bytewise, streamOf, utf8 } from "../../bytes.ts";
import { probe, turns } from "../probe.ts";

type Compression = "gzip" | "deflate" | "deflate-raw";

async function compress(
  format: Compression,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream()
    .pipeThrough(new CompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** This many MiB of zeros as gzip, at 1000:1 or more. */
async function bombOf(mebibytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const zeros = new Uint8Array(1024 * 1024);
  const stream = streamOf(Array.from({ length: mebibytes }, () => zeros));
  const gzip = new CompressionStream("gzip");
  const compressed = (stream as ReadableStream<Uint8Array<ArrayBuffer>>)
    .pipeThrough(gzip);
  return new Uint8Array(await new Response(compressed).arrayBuffer());
}

function joined(...pieces: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(
    pieces.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/**
 * A multipart whose first part has this head and body, followed by a second
 * part.
 */
function multipart(
  head: string,
  body: Uint8Array | string,
): Uint8Array<ArrayBuffer> {
  return joined(
    utf8(`--b\r\n${head}\r\n\r\n`),
    typeof body === "string" ? utf8(body) : body,
    utf8("\r\n--b\r\n\r\nnext\r\n--b--"),
  );
}

function readerOf(
  chunks: Uint8Array[],
  options?: MultipartReaderOptions,
): MultipartReader {
  return new MultipartReader(streamOf(chunks), { boundary: "b", ...options });
}

async function firstOf(reader: MultipartReader): Promise<PartReader> {
  const { value } = await reader.next();
  assert(value !== undefined);
  return value;
}

const text = `${"The river flows, and flows on. ".repeat(50)}End.`;
const base64Head = "Content-Transfer-Encoding: base64";

describe("PartReader decoding", () => {
  const ways: Record<string, (part: PartReader) => Promise<string>> = {
    "text()": (part) => part.text(),
    "bytes()": async (part) => new TextDecoder().decode(await part.bytes()),
    "body": (part) => new Response(part.body).text(),
    "stream()": (part) => new Response(part.stream()).text(),
    "iteration": async (part) => {
      const decoder = new TextDecoder();
      let read = "";
      for await (const chunk of part) {
        read += decoder.decode(chunk, { stream: true });
      }
      return read;
    },
    "readChunk()": async (part) => {
      let read = "";
      for (;;) {
        const chunk = await part.readChunk(7);
        if (chunk === null) return read;
        read += new TextDecoder().decode(chunk);
      }
    },
    "readLine(), then text()": async (part) => {
      const line = await part.readLine();
      return new TextDecoder().decode(line ?? undefined) + await part.text();
    },
  };

  const bodies: Record<string, () => Promise<Uint8Array>> = {
    [base64Head]: () => Promise.resolve(utf8(btoa(text))),
    "Content-Transfer-Encoding: quoted-printable": () =>
      Promise.resolve(
        utf8(text.replaceAll("i", "=69").replaceAll(",", "=\r\n,")),
      ),
    "Content-Encoding: gzip": () => compress("gzip", utf8(text)),
    "Content-Encoding: x-gzip": () => compress("gzip", utf8(text)),
    "Content-Encoding: deflate": () => compress("deflate", utf8(text)),
    "Content-Encoding: Deflate": () => compress("deflate-raw", utf8(text)),
    [`${base64Head}\r\nContent-Encoding: gzip`]: async () => {
      const bytes = await compress("gzip", utf8(text));
      return utf8(btoa(String.fromCharCode(...bytes)));
    },
    "Content-Transfer-Encoding: 8bit\r\nContent-Encoding: identity": () =>
      Promise.resolve(utf8(text)),
  };

  for (const [head, make] of Object.entries(bodies)) {
    for (const [way, read] of Object.entries(ways)) {
      it(`${way} undoes ${JSON.stringify(head)}`, async () => {
        const input = multipart(head, await make());
        for (const chunks of [[input], bytewise(input)]) {
          const reader = readerOf(chunks);
          const part = await firstOf(reader);
          assertEquals(await read(part), text);
          assert(part.done);
          assertEquals(await (await firstOf(reader)).text(), "next");
          assert((await reader.next()).done);
        }
      });
    }
  }

  it("reaches nested multiparts, but a transfer encoding of theirs is ignored", async () => {
    const inner = "--i\r\n\r\ndeep\r\n--i--";
    const type = "Content-Type: multipart/mixed; boundary=i";
    const gzip = await compress("gzip", utf8(inner));
    for (
      const [head, body] of [
        ["Content-Encoding: gzip", gzip],
        [base64Head, inner],
        [`${base64Head}\r\nContent-Encoding: gzip`, gzip],
      ] as const
    ) {
      const reader = readerOf([multipart(`${type}\r\n${head}`, body)]);
      const leaves: string[] = [];
      for await (const part of reader.walk()) leaves.push(await part.text());
      assertEquals(leaves, ["deep", "next"], head);
    }
  });

  it("is left out where it is not wanted, by the call or by the reader", async () => {
    const input = multipart(base64Head, "T3Nsbw==");
    const part = await firstOf(readerOf([input]));
    assertEquals(await part.text({ decode: false }), "T3Nsbw==");
    const raw = await firstOf(readerOf([input], { decode: false }));
    assertEquals(await new Response(raw.body).text(), "T3Nsbw==");
    const asked = await firstOf(readerOf([input], { decode: false }));
    assertEquals(
      await new Response(asked.stream({ decode: true })).text(),
      "Oslo",
    );
  });

  it("in a form is left out unless it is asked for", async () => {
    const head = `Content-Disposition: form-data; name="a"\r\n${base64Head}`;
    const input = multipart(head, "T3Nsbw==")
      .subarray(0, -"\r\n--b\r\n\r\nnext\r\n--b--".length);
    const form = joined(input, utf8("\r\n--b--"));
    for (
      const [decode, expected] of [[undefined, "T3Nsbw=="], [true, "Oslo"]]
    ) {
      const reader = readerOf([form], {
        profile: "form-data",
        decode: decode as boolean | undefined,
      });
      assertEquals([...await reader.formData()], [["a", expected]]);
    }
  });

  it("cannot change in the middle of a part", async () => {
    const part = await firstOf(
      readerOf([multipart(base64Head, "T3Nsbw==")]),
    );
    await part.readChunk(1, { decode: false });
    const error = await assertRejects(() => part.text(), TypeError);
    assertEquals(
      error.message,
      "Cannot read part 0: it has been read raw so far",
    );
    assertEquals(await part.text({ decode: false }), "3Nsbw==");
    const streamed = await firstOf(
      readerOf([multipart(base64Head, "T3Nsbw==")]),
    );
    assertStrictEquals(streamed.body, streamed.stream({ decode: true }));
    assertThrows(() => streamed.stream({ decode: false }), TypeError);
  });

  it("can be mixed where there is nothing to undo", async () => {
    const part = await firstOf(readerOf([multipart("X: y", "river")]));
    await part.readChunk(1, { decode: false });
    assertEquals(await part.text({ decode: true }), "iver");
  });

  const unsupported: [string, string][] = [
    [
      "Content-Transfer-Encoding: x-uuencode",
      'Cannot decode part 0: its Content-Transfer-Encoding is "x-uuencode"',
    ],
    ["Content-Encoding: compress", ""],
    ["Content-Encoding: gzip, gzip", ""],
  ];
  for (const [head, message] of unsupported) {
    it(`refuses ${head}, which can still be read raw`, async () => {
      const reader = readerOf([multipart(head, "x")]);
      const part = await firstOf(reader);
      const error = await assertRejects(() => part.text(), MultipartError);
      assertEquals([error.code, error.status], ["unsupported-encoding", 415]);
      if (message !== "") assertEquals(error.message, message);
      assertEquals(await part.text({ decode: false }), "x");
      assertEquals(await (await firstOf(reader)).text(), "next");
      await reader.cancel();
    });
  }

  it("damaged data is an error of the part, and not of the reader", async () => {
    for (
      const [head, body] of [
        [base64Head, "QUJDR"],
        ["Content-Encoding: gzip", "plain"],
        ["Content-Encoding: deflate", "plain text"],
      ]
    ) {
      const reader = readerOf(bytewise(multipart(head, body)));
      const part = await firstOf(reader);
      const error = await assertRejects(() => part.bytes(), MultipartError);
      assertEquals([error.code, error.status], ["invalid-encoding", 400]);
      assertEquals(await (await firstOf(reader)).text(), "next");
      await reader.cancel();
    }
  });

  it("an empty body stays empty, whatever its coding", async () => {
    for (const coding of ["gzip", "deflate"]) {
      const part = await firstOf(
        readerOf([multipart(`Content-Encoding: ${coding}`, "")]),
      );
      assertEquals(await part.bytes(), new Uint8Array(0));
    }
  });

  it("an error of the source comes through as it is", async () => {
    const gzip = await compress("gzip", utf8(text));
    const hungUp = new Error("connection reset");
    const cut = multipart("Content-Encoding: gzip", gzip).subarray(0, 60);
    const source = probe(bytewise(cut), hungUp);
    const reader = new MultipartReader(source.stream, { boundary: "b" });
    const part = await firstOf(reader);
    assertStrictEquals(await assertRejects(() => part.bytes()), hungUp);
    assertFalse(source.stream.locked);
  });

  it("an error of a synchronous source comes through as it is", async () => {
    const failure = new Error("no more");
    function* source(): Generator<Uint8Array> {
      yield utf8("--b\r\nContent-Transfer-Encoding: base64\r\n\r\nT3Ns");
      throw failure;
    }
    const reader = new MultipartReader(source(), { boundary: "b" });
    const part = await firstOf(reader);
    assertStrictEquals(await assertRejects(() => part.bytes()), failure);
    assertStrictEquals(await assertRejects(() => part.bytes()), failure);
  });

  it("a decoder that is left in the middle is released", async () => {
    const gzip = await compress("gzip", utf8(text.repeat(1000)));
    const input = multipart("Content-Encoding: gzip", gzip);
    const leave: ((part: PartReader, reader: MultipartReader) => unknown)[] = [
      () => {},
      (part) => part.skip(),
      (part) => part.body.cancel(),
      (_, reader) => reader.cancel(),
    ];
    for (const way of leave) {
      const reader = readerOf(bytewise(input));
      const part = await firstOf(reader);
      assertEquals((await part.readChunk(5))?.length, 5);
      await way(part, reader);
      const { value } = await reader.next();
      if (value !== undefined) assertEquals(await value.text(), "next");
      await reader.cancel();
    }
    await turns();
  });
});

describe("a decoded read that is cut short", () => {
  const leave: Record<
    string,
    (reader: MultipartReader, abort: AbortController) => unknown
  > = {
    "by cancel()": (reader) => reader.cancel(),
    "by return()": (reader) => reader.return(),
    "by an abort": (_, abort) => abort.abort(),
    "by next()": (reader) => reader.next(),
  };
  for (const [how, end] of Object.entries(leave)) {
    it(`${how} never passes for complete`, async () => {
      const bytes = new Uint8Array(1_000_000).map((_, at) => at * at >> 5);
      const input = multipart(
        "Content-Encoding: gzip",
        await compress("gzip", bytes),
      );
      // At every stage of the decoder: it may already hold all of its input.
      for (const turnsBefore of [0, 1, 2, 5, 10, 30]) {
        const abort = new AbortController();
        const reader = readerOf([input], { signal: abort.signal });
        const part = await firstOf(reader);
        const read = part.bytes();
        const outcome = read.then((whole) => whole.length, () => "rejected");
        await turns(turnsBefore);
        await end(reader, abort);
        const result = await outcome;
        assert(result === "rejected" || result === bytes.length, `${result}`);
        await reader.cancel();
      }
    });
  }

  for (const encoding of ["gzip", "deflate"]) {
    it(`before a byte of ${encoding}, by bytes at hand, is told`, async () => {
      const bytes = utf8(`--b\r\nContent-Encoding: ${encoding}\r\n\r\n`);
      const short = { totalBytes: bytes.length };
      const inputs: [Uint8Array, MultipartReaderOptions["limits"], string][] = [
        [bytes, {}, "truncated"],
        [new Uint8Array([...bytes, 120]), {}, "truncated"],
        [new Uint8Array([...bytes, 120]), short, "body-too-large"],
      ];
      for (const [input, limits, code] of inputs) {
        for (const source of [input, bytewise(input)]) {
          const reader = new MultipartReader(source, { boundary: "b", limits });
          const { value: part } = await reader.next();
          assert(part !== undefined);
          const error = await assertRejects(() => part.text(), MultipartError);
          assertEquals(error.code, code);
          assertStrictEquals(await assertRejects(() => reader.next()), error);
        }
      }
    });
  }

  it("by damage repeats its error", async () => {
    const part = await firstOf(
      readerOf(bytewise(multipart(base64Head, "aGVsbG8aa"))),
    );
    const error = await assertRejects(async () => {
      while (await part.readChunk(100) !== null);
    }, MultipartError);
    assertEquals(error.code, "invalid-encoding");
    assertStrictEquals(await assertRejects(() => part.readChunk(1)), error);
    assertStrictEquals(await assertRejects(() => part.bytes()), error);
  });

  it("takes any number of chunks that decode to nothing", async () => {
    function* spaces(): Generator<Uint8Array> {
      yield utf8(`--b\r\n${base64Head}\r\n\r\nT3Ns`);
      for (let count = 0; count < 20_000; count++) yield utf8(" ");
      yield utf8("bw==\r\n--b--");
    }
    const part = await firstOf(
      new MultipartReader(streamOf(spaces()), { boundary: "b" }),
    );
    assertEquals(await part.text(), "Oslo");
  });
});

describe("PartReader.decode()", () => {
  it("undoes the encodings of bytes that were read raw", async () => {
    const gzip = await compress("gzip", utf8(text));
    const head = `${base64Head}\r\nContent-Encoding: gzip`;
    const body = btoa(String.fromCharCode(...gzip));
    const part = await firstOf(readerOf(bytewise(multipart(head, body))));
    const raw = await part.bytes({ decode: false });
    assertEquals(new TextDecoder().decode(raw), body);
    assertEquals(new TextDecoder().decode(await part.decode(raw)), text);
    const again = await part.decode(raw);
    assertEquals(again.length, text.length);
  });

  it("gives a copy where there is nothing to undo", async () => {
    const part = await firstOf(readerOf([multipart("X: y", "x")]));
    const bytes = utf8("abc");
    const decoded = await part.decode(bytes);
    assertEquals(decoded, bytes);
    assertFalse(decoded.buffer === bytes.buffer);
  });

  it("takes a body in pieces of any size", async () => {
    const gzip = await compress("gzip", utf8(text));
    const printable = "caf=C3=A9 =\r\nau lait  \r\n=4";
    const bodies: [head: string, body: string | Uint8Array, decoded: string][] =
      [
        [base64Head, "T3Ns\r\nbyBp\r\ncyBib2c=", "Oslo is bog"],
        // Without padding, only the end of the body shows that the group is
        // complete.
        [base64Head, "T3NsbyBpcyBib2c", "Oslo is bog"],
        [
          "Content-Transfer-Encoding: quoted-printable",
          printable,
          "caf\u00e9 au lait\r\n=4",
        ],
        ["Content-Encoding: gzip", gzip, text],
        [
          `${base64Head}\r\nContent-Encoding: gzip`,
          btoa(String.fromCharCode(...gzip)),
          text,
        ],
        ["X: y", "as it is", "as it is"],
      ];
    for (const [head, body, expected] of bodies) {
      for (const size of [1, 2, 3, 5, 7, 64, 10_000]) {
        const input = multipart(head, body);
        // When the last piece is read, the delimiter after it may or may not
        // have arrived.
        for (const chunks of [[input], bytewise(input)]) {
          const part = await firstOf(readerOf(chunks));
          const decoder = new TextDecoder();
          let decoded = "";
          for (;;) {
            const piece = await part.readChunk(size, { decode: false });
            const bytes = await part.decode(piece ?? new Uint8Array(0));
            decoded += decoder.decode(bytes, { stream: true });
            if (piece === null) break;
          }
          assertEquals(decoded, expected, `${head}, ${size} at a time`);
        }
      }
    }
  });

  it("gives what a piece completes, as soon as it comes", async () => {
    const part = await firstOf(readerOf([multipart(base64Head, "T3NsbyBp")]));
    const given: string[] = [];
    for (const piece of ["T3N", "s", "byB", "p"]) {
      given.push(new TextDecoder().decode(await part.decode(utf8(piece))));
    }
    assertEquals(given, ["", "Osl", "", "o i"]);
  });

  it("knows the last piece of a body that was read to its end", async () => {
    const part = await firstOf(readerOf([multipart(base64Head, "T3Nsbw")]));
    const pieces: Uint8Array[] = [];
    const raw = await part.bytes({ decode: false });
    pieces.push(raw.slice(0, 3), raw.slice(3));
    assert(part.done);
    let decoded = "";
    for (const piece of pieces) {
      decoded += new TextDecoder().decode(await part.decode(piece));
    }
    assertEquals(decoded, "Oslo");
  });

  it("calls queue", async () => {
    const part = await firstOf(readerOf([multipart(base64Head, "")]));
    const decoded = await Promise.all(
      ["T3N", "sby", "BpcyBib2c", ""].map((piece) => part.decode(utf8(piece))),
    );
    const whole = decoded.map((bytes) => new TextDecoder().decode(bytes));
    assertEquals(whole.join(""), "Oslo is bog");
  });

  it("fails where the pieces are damaged, and for those that follow", async () => {
    const part = await firstOf(readerOf([multipart(base64Head, "")]));
    await part.decode(utf8("T3Nsbw=="));
    for (const piece of ["T3Nsbw==", "T3Ns", ""]) {
      const error = await assertRejects(
        () => part.decode(utf8(piece)),
        MultipartError,
      );
      assertEquals(error.code, "invalid-encoding");
    }
    // After the end, decoding starts afresh.
    const again = await part.decode(utf8("T3Ns"));
    assertEquals(new TextDecoder().decode(again), "Osl");
    await part.decode(utf8("T"));
    const error = await assertRejects(
      () => part.decode(new Uint8Array(0)),
      MultipartError,
    );
    assertEquals(error.code, "invalid-encoding");
  });

  it("is bounded", async () => {
    const part = await firstOf(readerOf([multipart(base64Head, "")]));
    const error = await assertRejects(
      () => part.decode(utf8("T3Nsbw=="), { maxBytes: 3 }),
      MultipartError,
    );
    assertEquals(error.code, "part-too-large");
  });
});

describe("what comes out of a decoder counts", () => {
  it("against partBytes, as it streams", async () => {
    const gzip = await compress("gzip", new Uint8Array(4 * 1024 * 1024));
    const reader = readerOf([multipart("Content-Encoding: gzip", gzip)], {
      limits: { partBytes: 100_000 },
    });
    const part = await firstOf(reader);
    let read = 0;
    const error = await assertRejects(async () => {
      for await (const chunk of part) read += chunk.length;
    });
    assertInstanceOf(error, MultipartError);
    assertEquals([error.code, error.status], ["part-too-large", 413]);
    assertLess(read, 100_001);
    assertStrictEquals(await assertRejects(() => part.skip()), error);
    assertEquals(await (await firstOf(reader)).text(), "next");
    await reader.cancel();
  });

  it("against bufferedBytes, so that a bomb stops at the limit", async () => {
    const bomb = await bombOf(128);
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < bomb.length; at += 256) {
      chunks.push(bomb.subarray(at, at + 256));
    }
    const source = probe([
      utf8("--b\r\nContent-Encoding: gzip\r\n\r\n"),
      ...chunks,
      utf8("\r\n--b--"),
    ]);
    const reader = new MultipartReader(source.stream, {
      boundary: "b",
      limits: { bufferedBytes: 1024 * 1024 },
    });
    const part = await firstOf(reader);
    const error = await assertRejects(() => part.bytes(), MultipartError);
    assertEquals(error.code, "part-too-large");
    // 256 bytes decode to 256 KiB: 4 chunks reach the limit, and 8 more are the
    // 2 MiB that may be in flight. Node also buffers 64 KiB that are not
    // decoded yet.
    assertGreater(chunks.length, 450);
    assertLess(source.pulls, 1 + 4 + 8 + 64 * 4 + 2);
    await reader.cancel();
  });
});

describe("formCharset", () => {
  function field(name: string, body: string, type = ""): string {
    return `--b\r\nContent-Disposition: form-data; name="${name}"\r\n` +
      `${type && `Content-Type: ${type}\r\n`}\r\n${body}\r\n`;
  }
  const body = Uint8Array.from(
    field("before", "\u00e5") + field("_charset_", "iso-8859-1") +
      field("after", "\u00e5") +
      field("own", "\u00c3\u00a5", "text/plain; charset=utf-8") + "--b--",
    (character) => character.charCodeAt(0),
  );

  async function read(formCharset: boolean): Promise<unknown> {
    const read: unknown[] = [];
    for (const chunks of [[body], bytewise(body)]) {
      const reader = readerOf(chunks, { profile: "form-data", formCharset });
      read.push([...await reader.formData()]);
    }
    assertEquals(read[0], read[1]);
    return read[0];
  }

  it("makes _charset_ count for the parts after it", async () => {
    assertEquals(await read(true), [
      ["before", "\ufffd"],
      ["_charset_", "iso-8859-1"],
      ["after", "\u00e5"],
      ["own", "\u00e5"],
    ]);
  });

  it("is off by default: a form is UTF-8, as the Fetch Standard has it", async () => {
    assertEquals(await read(false), [
      ["before", "\ufffd"],
      ["_charset_", "iso-8859-1"],
      ["after", "\ufffd"],
      ["own", "\u00e5"],
    ]);
  });

  it("an unknown one is an error where it is used", async () => {
    const form = utf8(
      field("_charset_", "klingon") + field("a", "x") + "--b--",
    );
    const reader = readerOf([form], {
      profile: "form-data",
      formCharset: true,
    });
    const first = await firstOf(reader);
    assertEquals(await first.text(), "klingon");
    const second = await firstOf(reader);
    const error = await assertRejects(() => second.text(), MultipartError);
    assertEquals(error.code, "unsupported-charset");
    assertEquals(await second.text("utf-8"), "x");
    await reader.cancel();
  });

  it("leaves a long field whole", async () => {
    const long = "x".repeat(1000);
    const form = utf8(field("_charset_", long) + "--b--");
    for (const size of [1, 7, 50, 100, form.length]) {
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < form.length; at += size) {
        chunks.push(form.subarray(at, at + size));
      }
      const reader = readerOf(chunks, {
        profile: "form-data",
        formCharset: true,
      });
      assertEquals([...await reader.formData()], [["_charset_", long]]);
    }
  });
});
