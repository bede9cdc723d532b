import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type ContentRange,
  MultipartParser,
  type MultipartParserOptions,
  type PartHead,
} from "@tributary/multipart";
import { latin1 } from "../../bytes.ts";

/** The head of a part with these lines. */
function headOf(
  lines: readonly string[],
  options: Partial<MultipartParserOptions> = {},
): PartHead {
  const parser = new MultipartParser({ boundary: "b", ...options });
  const block = lines.map((line) => `${line}\r\n`).join("");
  parser.push(latin1(`--b\r\n${block}\r\n--b--`));
  const event = parser.next();
  assert(event.type === "part");
  return event.head;
}

describe("a part's Content-Range", () => {
  const cases: [value: string, range: ContentRange | undefined][] = [
    ["bytes 0-0/1", { unit: "bytes", start: 0, end: 0, size: 1 }],
    ["bytes 2-9/10", { unit: "bytes", start: 2, end: 9, size: 10 }],
    ["BYTES 2-9/*", { unit: "bytes", start: 2, end: 9, size: undefined }],
    ["x-y 10-10/11", { unit: "x-y", start: 10, end: 10, size: 11 }],
    ["bytes 2-9/9", undefined],
    ["bytes 3-2/9", undefined],
    ["bytes 2-9/10x", undefined],
    ["bytes 2-9/10 ", { unit: "bytes", start: 2, end: 9, size: 10 }],
    ["\xe9 bytes 2-9/10", undefined],
    ["bytes  2-9/10", undefined],
    ["bytes 2-9", undefined],
    ["bytes 2-/10", undefined],
    ["bytes -9/10", undefined],
    ["bytes */10", undefined],
    ["bytes 0-1234567890123456/*", undefined],
    ["2-9/10", undefined],
    // The unit must be a token.
    ["bytes: 6-7/8", undefined],
    ["bytes=6-7/8", undefined],
    ["by(tes 6-7/8", undefined],
    ["", undefined],
  ];
  for (const [value, range] of cases) {
    it(`is ${JSON.stringify(range)} where it says ${JSON.stringify(value)}`, () => {
      assertEquals(headOf([`Content-Range: ${value}`]).contentRange, range);
    });
  }

  it("is none where there is none", () => {
    assertEquals(headOf(["A: b"]).contentRange, undefined);
  });
});

describe("a part's Content-ID", () => {
  const cases: [value: string, id: string][] = [
    ["<a@b>", "a@b"],
    ["a@b", "a@b"],
    ["x<a>", "x<a>"],
    ["<a>x", "<a>x"],
    ["<<a>>", "<a>"],
    ["<>", ""],
  ];
  for (const [value, id] of cases) {
    it(`is ${JSON.stringify(id)} where it says ${JSON.stringify(value)}`, () => {
      assertEquals(headOf([`Content-ID: ${value}`]).contentId, id);
    });
  }
});

describe("a part's Content-Length", () => {
  const cases: [lines: string[], length: number | undefined][] = [
    [["Content-Length: 0"], 0],
    [["Content-Length: 123456789012345"], 123456789012345],
    [["Content-Length: 1234567890123456"], undefined],
    [["Content-Length: 1x"], undefined],
    [["Content-Length: x1"], undefined],
    [["Content-Length: +1"], undefined],
    [["Content-Length:"], undefined],
    [["Content-Length: 1", "Content-Length: 1"], undefined],
    [["A: b"], undefined],
  ];
  for (const [lines, length] of cases) {
    it(`is ${length} where it says ${JSON.stringify(lines)}`, () => {
      assertEquals(headOf(lines).contentLength, length);
    });
  }
});

describe("a part's other fields", () => {
  it("are none where there are none", () => {
    const head = headOf([]);
    assertEquals([...head.headers], []);
    assertEquals(head.name, undefined);
    assertEquals(head.filename, undefined);
    assertEquals(head.isFile, false);
    assertEquals(head.contentType, undefined);
    assertEquals(head.mediaType, "text/plain");
    assertEquals(head.charset, undefined);
    assertEquals(head.contentId, undefined);
    assertEquals(head.transferEncoding, undefined);
    assertEquals(head.contentEncoding, undefined);
    assertEquals(head.isMultipart, false);
    assertEquals(head.blobType, "text/plain");
  });

  it("are in lower case where case means nothing", () => {
    const head = headOf([
      "Content-Type: Text/HTML; Charset=UTF-8",
      "Content-Transfer-Encoding: Base64",
      "Content-Encoding: GZip",
      "Content-Encoding: BR",
    ]);
    assertEquals(head.contentType, "Text/HTML; Charset=UTF-8");
    assertEquals(head.mediaType, "text/html");
    assertEquals(head.charset, "utf-8");
    assertEquals(head.transferEncoding, "base64");
    assertEquals(head.contentEncoding, "gzip, br");
    assertEquals(head.blobType, "text/html;charset=UTF-8");
  });

  it("have a media type of the caller's where none was sent", () => {
    const options = { defaultMediaType: "message/rfc822" };
    assertEquals(headOf([], options).mediaType, "message/rfc822");
    const broken = headOf(["Content-Type: broken"], options);
    assertEquals(broken.mediaType, "message/rfc822");
    assertEquals(broken.blobType, "");
  });

  it("have a filename by Content-Type's name, but not in a form", () => {
    const lines = [
      'Content-Disposition: form-data; name="a%22"',
      'Content-Type: text/plain; name="b%22"',
    ];
    for (
      const [options, filename] of [
        [{ profile: "mime" }, "b%22"],
        [{ profile: "mime", percentDecodeNames: true }, 'b"'],
        [{ profile: "mixed-replace" }, "b%22"],
        [{ profile: "form-data" }, undefined],
      ] as const
    ) {
      const head = headOf(lines, options);
      assertEquals(head.filename, filename);
      assertEquals(head.isFile, filename !== undefined);
    }
    assertEquals(headOf(["Content-Type: text/plain"]).filename, undefined);
    assertEquals(headOf(["Content-Type: broken; name=a"]).filename, undefined);
  });

  it("say whether there is a multipart within", () => {
    assertEquals(headOf(["Content-Type: multipart/a"]).isMultipart, true);
    assertEquals(headOf(["Content-Type: x-multipart/a"]).isMultipart, false);
  });
});
