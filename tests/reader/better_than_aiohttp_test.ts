/**
 * Input that aiohttp's reader cannot read, or reads wrong, in some or all
 * versions from 3.8 on.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader, type PartReader } from "@tributary/multipart";
import {
  bytewise,
  type Cutting,
  cuttings,
  latin1,
  streamOf,
  utf8,
} from "../bytes.ts";
import { isSettled } from "./probe.ts";

/** One part, in pieces, between two delimiters. */
function onePart(head: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatenate([
    utf8(`--b\r\n${head}\r\n\r\n`),
    body,
    utf8("\r\n--b--\r\n"),
  ]);
}

function concatenate(chunks: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Passes the first part to `use`, and leaves it open meanwhile. */
async function readPart<T>(
  chunks: Uint8Array[],
  use: (part: PartReader) => Promise<T>,
  contentType = "multipart/mixed; boundary=b",
): Promise<T> {
  const reader = new MultipartReader(streamOf(chunks), { contentType });
  for await (const part of reader) return await use(part);
  throw new Error("There is no part");
}

/**
 * Reads the whole body in pieces of `size` bytes. The last piece may be
 * shorter.
 */
async function readPieces(part: PartReader, size: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (;;) {
    const piece = await part.readChunk(size);
    if (piece === null) break;
    const previous = pieces.at(-1);
    assert(previous === undefined || previous.length === size);
    pieces.push(piece);
  }
  assert(part.done);
  return concatenate(pieces);
}

async function compress(
  bytes: Uint8Array<ArrayBuffer>,
  format: CompressionFormat,
): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream()
    .pipeThrough(new CompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Cuts input that is too long to cut at every byte, in several chunk sizes. */
function* sizedCuttings(bytes: Uint8Array): Generator<Cutting> {
  for (const size of [1, 7, 1000, 65_536]) {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      chunks.push(bytes.subarray(at, at + size));
    }
    yield { label: `chunks of ${size}`, chunks };
  }
}

/**
 * Text that compresses to a tenth, so that one chunk of input decodes to many.
 */
function numbers(count: number): Uint8Array<ArrayBuffer> {
  return utf8(Array.from({ length: count }, (_, i) => i % 1000).join(","));
}

describe("where aiohttp fails, this reads right", () => {
  it("gzip, by pieces", async () => {
    const text = numbers(10_000);
    const body = onePart(
      "Content-Encoding: gzip",
      await compress(text, "gzip"),
    );
    for (const { label, chunks } of sizedCuttings(body)) {
      for (const size of [100, 8192]) {
        const read = await readPart(chunks, (part) => readPieces(part, size));
        assertEquals(read, text, label);
      }
    }
  });

  it("quoted-printable, by pieces that end within an escape", async () => {
    const body = onePart(
      "Content-Transfer-Encoding: quoted-printable",
      latin1("a=E6=B0=B4 =\r\nb=3D  \r\nc\t=\t\r\n=20d"),
    );
    const text = utf8("a水 b=\r\nc\t d");
    for (const { label, chunks } of cuttings(body)) {
      for (const size of [1, 2, 3, 5]) {
        const read = await readPart(chunks, (part) => readPieces(part, size));
        assertEquals(read, text, label);
      }
    }
  });

  it("base64, by pieces that end within a quantum", async () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, i) => 255 - i);
    const base64 = btoa(String.fromCharCode(...bytes));
    const body = onePart(
      "Content-Transfer-Encoding: base64",
      latin1(`${base64.slice(0, 76)}\r\n${base64.slice(76)}`),
    );
    for (const { label, chunks } of cuttings(body)) {
      for (const size of [1, 2, 7, 10]) {
        const read = await readPart(chunks, (part) => readPieces(part, size));
        assertEquals(read, bytes, label);
      }
    }
  });

  it("a part of more than 256 KiB, once it is decoded", async () => {
    const text = new Uint8Array(1024 * 1024).fill(0x78);
    for (const format of ["gzip", "deflate"] as const) {
      const body = onePart(
        `Content-Encoding: ${format}`,
        await compress(text, format),
      );
      for (const chunks of [[body], bytewise(body)]) {
        const whole = await readPart(chunks, (part) => part.text());
        assert(whole === "x".repeat(text.length));
        const decoded = await readPart(
          chunks,
          async (part) => part.decode(await part.bytes({ decode: false })),
        );
        assert(decoded.length === text.length);
      }
    }
  });

  it("deflate with zlib's header, and without", async () => {
    const text = numbers(100);
    for (const format of ["deflate", "deflate-raw"] as const) {
      const body = onePart(
        "Content-Encoding: deflate",
        await compress(text, format),
      );
      for (const { label, chunks } of sizedCuttings(body)) {
        const read = await readPart(chunks, (part) => part.bytes());
        assertEquals(read, text, label);
      }
    }
  });

  it("a nested end right before the outer delimiter", async () => {
    const body = utf8(
      "--b\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n" +
        "--i\r\n\r\nwithin\r\n--i--\r\n" +
        "--b\r\n\r\nafter\r\n--b--\r\n",
    );
    for (const { label, chunks } of cuttings(body)) {
      const leaves: string[] = [];
      const reader = new MultipartReader(streamOf(chunks), { boundary: "b" });
      for await (const leaf of reader.walk()) leaves.push(await leaf.text());
      assertEquals(leaves, ["within", "after"], label);
    }
  });

  it("a line, and then the rest", async () => {
    const body = onePart("X: y", utf8("first\r\nsecond\r\nthird"));
    for (const { label, chunks } of cuttings(body)) {
      const [line, rest] = await readPart(
        chunks,
        async (part) => [await part.readLine(), await part.bytes()],
      );
      assertEquals(line, utf8("first\r\n"), label);
      assertEquals(rest, utf8("second\r\nthird"), label);
    }
  });

  it("pieces shorter than the boundary", async () => {
    const body = onePart("X: y", utf8("first\r\nsecond"));
    for (const { label, chunks } of cuttings(body)) {
      const read = await readPart(chunks, (part) => readPieces(part, 1));
      assertEquals(read, utf8("first\r\nsecond"), label);
    }
  });

  it("a filename of more than ten continuations", async () => {
    const continued = Array.from("abcdefghijkl")
      .map((letter, i) => `filename*${i}=${letter}${i}`);
    // The order comes from their numbers, not from where they stand.
    for (const parameters of [continued, continued.toReversed()]) {
      const disposition = ["attachment", ...parameters].join("; ");
      const body = onePart(
        `Content-Disposition: ${disposition}`,
        new Uint8Array(0),
      );
      assertEquals(
        await readPart([body], (part) => Promise.resolve(part.filename)),
        "a0b1c2d3e4f5g6h7i8j9k10l11",
      );
    }
  });

  it("semicolons in a filename", async () => {
    const body = onePart(
      'Content-Disposition: attachment; filename="a;b;c=d;.txt"',
      new Uint8Array(0),
    );
    assertEquals(
      await readPart([body], (part) => Promise.resolve(part.filename)),
      "a;b;c=d;.txt",
    );
  });

  it('boundary="a;b"', async () => {
    const contentType = 'multipart/mixed; boundary="a;b"';
    const body = utf8("--a;b\r\n\r\n--a\r\n--a;b--\r\n");
    for (const { label, chunks } of cuttings(body)) {
      const text = await readPart(chunks, (part) => part.text(), contentType);
      assertEquals(text, "--a", label);
    }
  });

  it("a live x-mixed-replace stream without Content-Length", async () => {
    let controller: ReadableStreamDefaultController<Uint8Array>;
    const stream = new ReadableStream<Uint8Array>({
      start(given) {
        controller = given;
      },
    });
    const send = (text: string): void => controller.enqueue(latin1(text));
    const reader = new MultipartReader(stream, {
      contentType: "multipart/x-mixed-replace; boundary=f",
    });
    send("--f\r\n");
    for (
      const frame of ["\xff\xd8 no line at all", "\xff\xd8\n\r\n--\r\n", ""]
    ) {
      const next = reader.next();
      assertEquals(await isSettled(next), false);
      // The frame can be read as soon as its delimiter line is complete: no
      // byte of the next part has arrived.
      send(`Content-Type: image/jpeg\r\n\r\n${frame}\r\n--f\r\n`);
      const { value: part } = await next;
      const read = part?.bytes() ?? Promise.reject();
      assertEquals(await isSettled(read), true);
      assertEquals(await read, latin1(frame));
    }
    await reader.cancel();
  });
});
