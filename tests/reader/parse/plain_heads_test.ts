import { assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartError,
  type MultipartLimits,
  MultipartParser,
  type MultipartProfile,
} from "@tributary/multipart";
import { cuttings, latin1 } from "../../bytes.ts";

/** Returns everything that the parts show, or the error. */
function read(
  chunks: readonly Uint8Array[],
  profile: MultipartProfile,
  limits: MultipartLimits,
): unknown[] {
  const parser = new MultipartParser({ boundary: "b", profile, limits });
  const left = [...chunks];
  const found: unknown[] = [];
  try {
    for (;;) {
      const event = parser.next();
      if (event.type === "end") return [...found, parser.offset];
      if (event.type === "need-data") {
        const chunk = left.shift();
        if (chunk === undefined) parser.end();
        else parser.push(chunk);
      } else if (event.type === "part") {
        const { name, filename, contentType, mediaType, charset, headers } =
          event.head;
        found.push([
          { name, filename, contentType, mediaType, charset },
          [...headers],
          parser.offset,
        ]);
      }
    }
  } catch (error) {
    assertInstanceOf(error, MultipartError);
    const { code, offset, partIndex } = error;
    return [...found, { code, offset, partIndex }];
  }
}

function bodyOf(head: string): Uint8Array {
  return latin1(`--b\r\n${head}value\r\n--b--\r\n`);
}

const DISPOSITION = "Content-Disposition: form-data; name=";

/** Heads that are plain, and heads that begin like a plain one. */
const heads = [
  '"a"\r\n\r\n',
  '""\r\n\r\n',
  '"a"; filename="f.txt"\r\n\r\n',
  '"a"; filename=""\r\nContent-Type: text/plain\r\n\r\n',
  '"a"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n',
  '"a name of more bytes than any short text has"\r\n\r\n',
  '"a b;c=d\'%22~"; filename="x/y:z"\r\nContent-Type: image/svg+xml\r\n\r\n',
  '"\xc3\xa9"\r\n\r\n',
  '"a"; filename="\xc3\xa9.txt"\r\nContent-Type: text/plain\r\n\r\n',
  '"a\\"b"\r\n\r\n',
  '"a\\\\b"; filename="C:\\dir\\f.txt"\r\n\r\n',
  '"a\tb"\r\n\r\n',
  '"a\x7fb"\r\n\r\n',
  '"a" \r\n\r\n',
  '"a";filename="b"\r\n\r\n',
  '"a"; filename=b\r\n\r\n',
  '"a"; name="b"\r\n\r\n',
  '"a"; filename="b"; filename="c"\r\n\r\n',
  '"a"; filename="b"; filename*=UTF-8\'\'c\r\n\r\n',
  "\"a\"; filename*=UTF-8''c\r\n\r\n",
  '"a"\r\n\t; filename="b"\r\n\r\n',
  '"a"\r\nContent-Type:text/plain\r\n\r\n',
  '"a"\r\nContent-Type: \r\n\r\n',
  '"a"\r\nContent-Type:  text/plain\r\n\r\n',
  '"a"\r\nContent-Type: text/plain \r\n\r\n',
  '"a"\r\nContent-Type: text/\xff\r\n\r\n',
  '"a"\r\nContent-Type: text/plain\r\n folded\r\n\r\n',
  '"a"\r\nContent-Type: text/plain\r\nContent-Type: text/html\r\n\r\n',
  '"a"\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n',
  '"a"\r\nContent-Length: 4\r\n\r\n',
  '"a"\r\nContent-Disposition: form-data; name="b"\r\n\r\n',
  '"a"\n\r\n',
  '"a"\r\r\n\r\n',
  '"a\0"\r\n\r\n',
  '"a\r\n\r\n',
  '"a"; filename="b\r\n\r\n',
  '"a"\r\nContent-Type: text/plain\0\r\n\r\n',
  '"a"\r\nContent-Type: text/plain\r\r\n',
  '"a"\r\nno colon\r\n\r\n',
];

const profiles: MultipartProfile[] = ["form-data", "mime", "mixed-replace"];

describe("a head as browsers write it", () => {
  for (const rest of heads) {
    const shown = JSON.stringify(rest);

    it(`is read as any other head is: ${shown}`, () => {
      for (const profile of profiles) {
        const head = DISPOSITION + rest;
        // The same head in lower case, which is not how browsers write it.
        const other = head.replace(DISPOSITION, DISPOSITION.toLowerCase());
        const expected = read([bodyOf(other)], profile, {});
        for (const { label, chunks } of cuttings(bodyOf(head))) {
          assertEquals(read(chunks, profile, {}), expected, label);
        }
      }
    });
  }

  it("is held to the same limits", () => {
    const head = `${DISPOSITION}"a"; filename="b"\r\nContent-Type: c/d\r\n\r\n`;
    const other = head.replace(DISPOSITION, DISPOSITION.toLowerCase());
    const bytes = head.length - 2;
    const tried: MultipartLimits[] = [
      { headerBytes: bytes },
      { headerBytes: bytes - 1 },
      { headerBytes: bytes - 2 },
      { headerBytes: 0 },
      { headers: 2 },
      { headers: 1 },
      { headers: 0 },
    ];
    for (const limits of tried) {
      const expected = read([bodyOf(other)], "form-data", limits);
      for (const { label, chunks } of cuttings(bodyOf(head))) {
        assertEquals(read(chunks, "form-data", limits), expected, label);
      }
    }
  });

  it("keeps nothing of the chunk that it came in", () => {
    const chunk = bodyOf(`${DISPOSITION}"a"; filename="b"\r\n\r\n`);
    const parser = new MultipartParser({ boundary: "b", profile: "form-data" });
    parser.push(chunk);
    const event = parser.next();
    chunk.fill(0);
    assertEquals(event.type === "part" && event.head.name, "a");
    assertEquals(
      event.type === "part" && event.head.headers.get("content-disposition"),
      'form-data; name="a"; filename="b"',
    );
  });
});
