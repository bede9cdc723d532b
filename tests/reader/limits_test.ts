import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartError,
  type MultipartErrorCode,
  type MultipartLimits,
  MultipartReader,
} from "@tributary/multipart";
import { bytewise, fieldHead, formBody, streamOf, utf8 } from "../bytes.ts";
import { probe } from "./probe.ts";

interface LimitCase {
  limit: MultipartLimits;
  code: MultipartErrorCode;
  status: number;
  message: string;
  offset: number;
  partIndex?: number;
  /** A body within the limit, and one over it. */
  within: Uint8Array;
  over: Uint8Array;
  contentType?: string;
}

const form = "multipart/form-data; boundary=b";
const mixed = "multipart/mixed; boundary=b";
const head = `--b\r\n${fieldHead("a")}\r\n`;

const cases: Record<string, LimitCase> = {
  parts: {
    limit: { parts: 2 },
    code: "too-many-parts",
    status: 413,
    message: "Cannot read part 2: 2 are allowed",
    offset: 2 * `${head}\r\n1\r\n`.length + "--b\r\n".length,
    partIndex: 2,
    within: formBody([[fieldHead("a"), "1"], [fieldHead("a"), "1"]]),
    over: formBody([
      [fieldHead("a"), "1"],
      [fieldHead("a"), "1"],
      [fieldHead("a"), "1"],
    ]),
  },
  headerBytes: {
    limit: { headerBytes: 60 },
    code: "header-too-large",
    status: 431,
    message: "Cannot read header fields: they take more than 60 bytes",
    offset: 5 + 60,
    partIndex: 0,
    within: utf8(`${head}X: ${"y".repeat(13)}\r\n\r\n1\r\n--b--`),
    over: utf8(`${head}X: ${"y".repeat(14)}\r\n\r\n1\r\n--b--`),
  },
  headers: {
    limit: { headers: 2 },
    code: "header-too-large",
    status: 431,
    message: "Cannot read header fields: there are more than 2",
    offset: head.length + 6,
    partIndex: 0,
    within: utf8(`${head}X: 1\r\n\r\n1\r\n--b--`),
    over: utf8(`${head}X: 1\r\nY: 2\r\n\r\n1\r\n--b--`),
  },
  preambleBytes: {
    limit: { preambleBytes: 10 },
    code: "preamble-too-large",
    status: 413,
    message: "Cannot find the first delimiter: it is not in the first 10 bytes",
    offset: 10,
    within: utf8("0123456789\r\n--b\r\n\r\n1\r\n--b--"),
    over: utf8("0123456789a\r\n--b\r\n\r\n1\r\n--b--"),
    contentType: mixed,
  },
  partBytes: {
    limit: { partBytes: 4 },
    code: "part-too-large",
    status: 413,
    message: "Cannot read part 1: its body has more than 4 bytes",
    offset: `${head}\r\n1\r\n${head}\r\n`.length + 4,
    partIndex: 1,
    within: formBody([[fieldHead("a"), "1"], [fieldHead("a"), "1234"]]),
    over: formBody([[fieldHead("a"), "1"], [fieldHead("a"), "12345"]]),
  },
  totalBytes: {
    limit: { totalBytes: 100 },
    code: "body-too-large",
    status: 413,
    message: "Cannot read the body: it has more than 100 bytes",
    offset: 100,
    partIndex: 0,
    within: formBody([[fieldHead("a"), "x".repeat(100 - 58)]]),
    over: formBody([[fieldHead("a"), "x".repeat(100 - 58 + 60)]]),
  },
};

async function namesOf(reader: MultipartReader): Promise<unknown[]> {
  const names: unknown[] = [];
  for await (const part of reader) names.push(part.name);
  return names;
}

describe("every limit has its own error, at any chunking", () => {
  for (const [name, it_] of Object.entries(cases)) {
    const { limit: limits, contentType = form, partIndex, ...expected } = it_;
    const cuttings: Record<string, (bytes: Uint8Array) => Uint8Array[]> = {
      "whole": (bytes) => [bytes],
      "byte by byte": bytewise,
    };
    for (const [cutting, cut] of Object.entries(cuttings)) {
      it(`${name}: reaching it is allowed, ${cutting}`, async () => {
        const init = { contentType, limits };
        await namesOf(new MultipartReader(cut(expected.within), init));
      });

      it(`${name}: going over it is not, ${cutting}`, async () => {
        const source = probe(cut(expected.over));
        const reader = new MultipartReader(source.stream, {
          contentType,
          limits,
        });
        const error = await assertRejects(
          () => namesOf(reader),
          MultipartError,
        );
        assertEquals(error.code, expected.code);
        assertEquals(error.status, expected.status);
        assertEquals(error.message, expected.message);
        assertEquals(error.offset, expected.offset);
        assertEquals(error.partIndex, partIndex);
        assertEquals(error.limit, name);
        assertEquals(source.cancellations, [error]);
      });
    }
  }

  it("headerBytes does not count the empty line that ends with a bare LF", async () => {
    const read = (headerBytes: number) =>
      namesOf(
        new MultipartReader(utf8("--b\nX: yz\n\n1\n--b--"), {
          boundary: "b",
          lineEndings: "any",
          limits: { headerBytes },
        }),
      );
    assertEquals((await read(6)).length, 1);
    await assertRejects(() => read(5), MultipartError, "more than 5 bytes");
  });

  it("the defaults are those of the documentation", async () => {
    const many = (count: number) =>
      new MultipartReader(
        formBody(Array.from({ length: count }, () => [fieldHead("a"), "1"])),
        { contentType: form },
      );
    assertEquals((await namesOf(many(1000))).length, 1000);
    const error = await assertRejects(
      () => namesOf(many(1001)),
      MultipartError,
    );
    assertEquals(error.code, "too-many-parts");
    assertEquals(error.partIndex, 1000);
  });

  it("a live stream has no limit of parts", async () => {
    const frames = utf8(`${"--b\r\n\r\nframe\r\n".repeat(1500)}--b--\r\n`);
    const reader = new MultipartReader(frames, {
      contentType: "multipart/x-mixed-replace; boundary=b",
    });
    assertEquals((await namesOf(reader)).length, 1500);
  });

  it("the bytes up to partBytes are given out before the error", async () => {
    for (const cut of [(bytes: Uint8Array) => [bytes], bytewise]) {
      const reader = new MultipartReader(
        cut(formBody([[fieldHead("a"), "12345"]])),
        {
          contentType: form,
          limits: { partBytes: 3 },
        },
      );
      let read = "";
      const error = await assertRejects(async () => {
        for await (const part of reader) {
          for await (const chunk of part) {
            read += new TextDecoder().decode(chunk);
          }
        }
      });
      assertInstanceOf(error, MultipartError);
      assertEquals(read, "123");
    }
  });
});

describe("limits.bufferedBytes", () => {
  const body = formBody([
    [fieldHead("a"), "x".repeat(60)],
    [`${fieldHead("f")}; filename="f"`, "y".repeat(60)],
  ]);

  it("bounds each whole-body helper", async () => {
    for (const helper of ["bytes", "arrayBuffer", "blob", "file"] as const) {
      const reader = new MultipartReader(streamOf(bytewise(body)), {
        contentType: form,
        limits: { bufferedBytes: 59 },
      });
      const { value: part } = await reader.next();
      const error = await assertRejects(
        async () => await part?.[helper](),
        MultipartError,
      );
      assertEquals(error.code, "part-too-large");
      assertEquals(error.status, 413);
      assertEquals(
        error.message,
        "Cannot hold the body of part 0: it has more than 59 bytes",
      );
      assertEquals((await reader.next()).value?.name, "f", "the rest is there");
      await reader.cancel();
    }
  });

  it("bounds text(), and maxBytes goes before it", async () => {
    const limits = { bufferedBytes: 10 };
    for (const maxBytes of [undefined, 59]) {
      const reader = new MultipartReader(body, { contentType: form, limits });
      const { value: part } = await reader.next();
      const error = await assertRejects(
        async () => await part?.text({ maxBytes }),
        MultipartError,
      );
      assertEquals(error.code, "part-too-large");
      await reader.cancel();
    }
    const reader = new MultipartReader(body, { contentType: form, limits });
    const { value: part } = await reader.next();
    assertEquals((await part?.text({ maxBytes: 60 }))?.length, 60);
    await reader.cancel();
  });

  it("bounds a form over all its entries", async () => {
    const read = (bufferedBytes: number) =>
      new MultipartReader(body, {
        contentType: form,
        limits: { bufferedBytes },
      })
        .formData();
    // The bodies, the two names and the filename.
    assertEquals([...(await read(123)).keys()], ["a", "f"]);
    const error = await assertRejects(() => read(122), MultipartError);
    assertEquals(error.code, "part-too-large");
    assertEquals(error.limit, "bufferedBytes");
    assertEquals(error.partIndex, 1);
  });
});
