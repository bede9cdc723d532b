import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartError, MultipartReader } from "@tributary/multipart";
import {
  cuttings,
  fieldHead,
  formBody,
  latin1,
  streamOf,
  utf8,
} from "../../bytes.ts";
import { isSettled, probe } from "../probe.ts";

const contentType = "multipart/form-data; boundary=b";

/** A form with one field. */
function formOf(value: string): Uint8Array {
  return formBody([[fieldHead("a"), value]]);
}

describe("parts that lie whole in a chunk", () => {
  it("are read to the end without another chunk", async () => {
    const bytes = formBody([
      [fieldHead("a"), "1"],
      [fieldHead("b"), "2"],
      [fieldHead("c"), "3"],
    ]);
    // The bytes after the third part's first byte never arrive.
    const source = probe([bytes.subarray(0, bytes.length - 10)], "stall");
    const reader = new MultipartReader(source.stream, { contentType });
    const values: string[] = [];
    for (const expected of ["1", "2"]) {
      const { value: part } = await reader.next();
      values.push(`${part?.name}=${await part?.text()}`);
      assert(values.at(-1)?.endsWith(expected));
    }
    const third = (await reader.next()).value;
    assertEquals(third?.name, "c");
    assertEquals(source.pulls, 1);
    const text = third?.text() ?? Promise.resolve("");
    const rejection = assertRejects(() => text, TypeError, "cancelled");
    assert(!await isSettled(text));
    await reader.cancel();
    await rejection;
  });

  it("are given in the order in which they were asked for", async () => {
    const bytes = formBody([[fieldHead("a"), "1"], [fieldHead("b"), "2"]]);
    const reader = new MultipartReader(streamOf([bytes]), { contentType });
    const results = await Promise.all([
      reader.next(),
      reader.next(),
      reader.next(),
    ]);
    assertEquals(results.map(({ value }) => value?.name), [
      "a",
      "b",
      undefined,
    ]);
    assertEquals(results.map(({ done }) => done), [false, false, true]);
  });

  it("can be read by several calls at a time, each in its turn", async () => {
    for (const { label, chunks } of cuttings(formOf("one\ntwo\nthree"))) {
      const reader = new MultipartReader(streamOf(chunks), { contentType });
      const { value: part } = await reader.next();
      const [line, piece, rest] = await Promise.all([
        part?.readLine(),
        part?.readChunk(2),
        part?.text(),
      ]);
      assertEquals(line && latin1String(line), "one\n", label);
      assertEquals(piece && latin1String(piece), "tw", label);
      assertEquals(rest, "o\nthree", label);
      await reader.cancel();
    }
  });

  it("are bounded as all are", async () => {
    for (const { label, chunks } of cuttings(formOf("12345"))) {
      const reader = new MultipartReader(streamOf(chunks), { contentType });
      const { value: part } = await reader.next();
      const error = await assertRejects(
        () => part?.text({ maxBytes: 4 }) ?? Promise.resolve(),
        MultipartError,
        undefined,
        label,
      );
      assertEquals(error.code, "part-too-large", label);
      await reader.cancel();
    }
  });

  it("give each call of bytes() a memory of its own", async () => {
    for (const value of ["", "value"]) {
      const buffers: ArrayBuffer[] = [];
      for (let turn = 0; turn < 2; turn++) {
        const reader = new MultipartReader(formOf(value), { contentType });
        const { value: part } = await reader.next();
        const bytes = await part?.bytes() ?? new Uint8Array(1);
        assertEquals(latin1String(bytes), value);
        buffers.push(bytes.buffer);
      }
      assert(buffers[0] !== buffers[1]);
    }
  });
});

describe("chunks that are views of large buffers", () => {
  const size = 8192;
  const large = 2 ** 21;
  const fills = [1, 2, 3, 4];
  const ways: Record<string, (index: number) => Uint8Array<ArrayBuffer>> = {
    "each of its own": () => new Uint8Array(new ArrayBuffer(large), 0, size),
    "of one, front to back": (index) => new Uint8Array(one, index * size, size),
    "of one, back to front": (index) =>
      new Uint8Array(one, large - (index + 1) * size, size),
  };
  const one = new ArrayBuffer(large);
  for (const [name, view] of Object.entries(ways)) {
    it(`are collected in order: ${name}`, async () => {
      const chunks = fills.map((fill, index) => view(index).fill(fill));
      const head = utf8(`--b\r\n${fieldHead("a")}\r\n\r\n`);
      const reader = new MultipartReader(
        streamOf([head, ...chunks, utf8("\r\n--b--")]),
        { contentType },
      );
      const { value: part } = await reader.next();
      const bytes = await part?.bytes() ?? new Uint8Array(0);
      assertEquals(bytes.length, fills.length * size);
      assert(bytes.every((byte, at) => byte === fills[Math.floor(at / size)]));
    });
  }
});

describe("text()", () => {
  const texts = [
    "",
    "a",
    "1234567",
    "12345678",
    "123456789",
    "123456789012345678901234",
    "1234567890123456789012345",
    "long ".repeat(100),
    "\u00e9",
    "1234567\u00e9",
    "12345678\u20ac",
    "123456789012345678901234567890\ud83d\ude00",
    "\ufeffmarked",
    "a\ufeffb",
    "\0\t\x7f",
    "\r\n-",
  ];
  for (const text of texts) {
    it(`reads ${JSON.stringify(text.slice(0, 40))} however it is cut`, async () => {
      for (const type of ["form-data", "mixed"]) {
        const expected = new TextDecoder("utf-8", {
          ignoreBOM: type === "form-data",
        }).decode(utf8(text));
        const form = formOf(text);
        // Cutting a long text at every byte would take too long, and show
        // nothing new.
        const ways = text.length > 100
          ? [{ label: "whole", chunks: [form] }]
          : cuttings(form);
        for (const { label, chunks } of ways) {
          const reader = new MultipartReader(streamOf(chunks), {
            contentType: `multipart/${type}; boundary=b`,
          });
          for await (const part of reader) {
            assertEquals(await part.text(), expected, label);
          }
        }
      }
    });
  }

  it("shows where bytes are not UTF-8", async () => {
    const body = latin1(
      `--b\r\n${fieldHead("a")}\r\n\r\n\xe9\xff\r\n--b--\r\n`,
    );
    for (const { label, chunks } of cuttings(body)) {
      const reader = new MultipartReader(streamOf(chunks), { contentType });
      for await (const part of reader) {
        assertEquals(await part.text(), "\ufffd\ufffd", label);
      }
    }
  });

  it("leaves the part as it was when it does not know the charset", async () => {
    const reader = new MultipartReader(formOf("value"), { contentType });
    for await (const part of reader) {
      const error = await assertRejects(
        () => part.text("no-such-charset"),
        MultipartError,
      );
      assertEquals(error.code, "unsupported-charset");
      assertEquals(await part.text(), "value");
    }
  });
});

function latin1String(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
