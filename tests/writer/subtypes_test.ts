import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader, type PartReader } from "@tributary/multipart";
import { MultipartWriter } from "@tributary/multipart/writer";
import { utf8 } from "../bytes.ts";

/** Returns a reader of what a writer wrote. */
async function readBack(writer: MultipartWriter): Promise<MultipartReader> {
  const { contentType } = writer;
  return new MultipartReader(await writer.bytes(), { contentType });
}

/** Returns each part's type and text. */
async function texts(reader: MultipartReader): Promise<[string, string][]> {
  const parts: [string, string][] = [];
  for await (const part of reader) {
    parts.push([part.mediaType, await part.text()]);
  }
  return parts;
}

describe("MultipartWriter of multipart/related", () => {
  function related(parameters: Record<string, string>): MultipartWriter {
    const writer = new MultipartWriter("related", { parameters });
    const page = '<img src="cid:logo%40site"> and <img src="cid:photo@site">';
    writer.append(page, { type: "text/html", contentId: "page@site" });
    writer.append(utf8("logo"), { type: "image/png", contentId: "logo@site" });
    writer.append(utf8("photo"), {
      type: "image/jpeg",
      contentId: "<photo@site>",
    });
    return writer;
  }

  it("says its type and start, and reads them back", async () => {
    const type = "text/html";
    const start = "<page@site>";
    const startInfo = 'a "b" \\ c';
    const writer = related({ type, start, "start-info": startInfo });
    const reader = await readBack(writer);
    assertEquals(reader.subtype, "related");
    assertEquals(reader.parameters.get("type"), type);
    assertEquals(reader.parameters.get("start"), start);
    assertEquals(reader.parameters.get("start-info"), startInfo);
    assertEquals(reader.boundary, writer.boundary);
  });

  it("has the root and what it refers to by Content-ID", async () => {
    const writer = related({ type: "text/html", start: "<page@site>" });
    const reader = await readBack(writer);
    const parts = new Map<string | undefined, { type: string; text: string }>();
    for await (const part of reader) {
      const { mediaType: type, contentId } = part;
      parts.set(contentId, { type, text: await part.text() });
    }
    const start = reader.parameters.get("start")?.slice(1, -1);
    const root = parts.get(start);
    assertEquals(root?.type, reader.parameters.get("type"));
    const links = [...root?.text.matchAll(/cid:([^"]+)/g) ?? []];
    assertEquals(
      // RFC 2392: a cid: URL is percent-encoded, a Content-ID is not.
      links.map(([, id]) => parts.get(decodeURIComponent(id ?? ""))?.text),
      ["logo", "photo"],
    );
  });

  it("writes a Content-ID in brackets, once", async () => {
    const writer = related({});
    const text = new TextDecoder().decode(await writer.bytes());
    assertEquals(
      text.match(/^Content-ID: .*$/gim)?.map((line) => line.trim()),
      [
        "Content-ID: <page@site>",
        "Content-ID: <logo@site>",
        "Content-ID: <photo@site>",
      ],
    );
  });

  it("takes no Content-ID that would be two, or a second boundary", () => {
    const writer = new MultipartWriter("related");
    for (const contentId of ["a b", "a><b", "a\r\nb", "ü", ""]) {
      assertThrows(() => writer.append("", { contentId }), TypeError);
    }
    assertThrows(
      () => new MultipartWriter("related", { parameters: { Boundary: "b" } }),
      TypeError,
    );
  });
});

describe("MultipartWriter of multipart/byteranges", () => {
  it("writes ranges that put the whole together again", async () => {
    const whole = utf8("The quick brown fox jumps over the lazy dog.");
    const ranges = [[20, 43], [0, 9], [10, 19]];
    const writer = new MultipartWriter("byteranges");
    for (const [first = 0, last = 0] of ranges) {
      const part = writer.append(whole.subarray(first, last + 1), {
        type: "text/plain",
      });
      const range = `bytes ${first}-${last}/${whole.length}`;
      part.headers.set("Content-Range", range);
    }
    const reader = await readBack(writer);
    assertEquals(reader.subtype, "byteranges");
    const put = new Uint8Array(whole.length);
    for await (const part of reader) {
      const { unit, start, end, size } = contentRange(part);
      assertEquals([unit, size], ["bytes", whole.length]);
      const bytes = await part.bytes();
      assertEquals(bytes.length, end - start + 1);
      assertEquals(part.contentLength, bytes.length);
      put.set(bytes, start);
    }
    assertEquals(put, whole);
  });
});

describe("MultipartWriter of multipart/alternative", () => {
  it("keeps the order, plainest first", async () => {
    const writer = new MultipartWriter("alternative");
    writer.append("plain");
    writer.append("<b>rich</b>", { type: "text/html" });
    assertEquals(await texts(await readBack(writer)), [
      ["text/plain", "plain"],
      ["text/html", "<b>rich</b>"],
    ]);
  });

  it("holds a related page, in a mail with a file", async () => {
    const page = new MultipartWriter("related", {
      parameters: { type: "text/html" },
    });
    page.append('<img src="cid:dot">', { type: "text/html" });
    page.append(utf8("dot"), { type: "image/png", contentId: "dot" });
    const texts = new MultipartWriter("alternative");
    texts.append("no picture");
    texts.append(page);
    const mail = new MultipartWriter("mixed");
    mail.append(texts);
    mail.append(utf8("%PDF"), { filename: "invoice.pdf" });

    const leaves: [string, string, string | undefined][] = [];
    for await (const part of (await readBack(mail)).walk()) {
      leaves.push([part.path.join("."), part.mediaType, part.contentId]);
    }
    assertEquals(leaves, [
      ["0.0", "text/plain", undefined],
      ["0.1.0", "text/html", undefined],
      ["0.1.1", "image/png", "dot"],
      ["1", "application/octet-stream", undefined],
    ]);
  });
});

describe("MultipartWriter of other subtypes", () => {
  it("keeps each parameter, whatever it holds", async () => {
    const parameters = {
      protocol: "application/pgp-signature",
      micalg: "pgp-sha256",
      empty: "",
      quoted: 'a;b="c", \\d',
    };
    const writer = new MultipartWriter("signed", { parameters });
    writer.append("text");
    const reader = await readBack(writer);
    assertEquals(reader.mediaType, "multipart/signed");
    assertEquals(Object.fromEntries(reader.parameters), {
      boundary: writer.boundary,
      ...parameters,
    });
  });

  it("has messages in a digest, which are its default", async () => {
    const writer = new MultipartWriter("digest");
    const message = "Subject: one\r\n\r\nText";
    writer.append(message, { type: "" });
    writer.append(message, { type: "text/plain" });
    assertEquals(await texts(await readBack(writer)), [
      ["message/rfc822", message],
      ["text/plain", message],
    ]);
  });

  it("has any subtype that is a token, in lower case", async () => {
    const writer = new MultipartWriter("X-Own.Kind+1");
    writer.append("text");
    assert(writer.contentType.startsWith("multipart/x-own.kind+1; boundary="));
    const reader = await readBack(writer);
    assertEquals(reader.subtype, "x-own.kind+1");
    assertEquals(await texts(reader), [["text/plain", "text"]]);
  });
});

/** Returns a part's Content-Range, which must be there. */
function contentRange(part: PartReader) {
  const range = part.contentRange;
  assert(range !== undefined);
  const { unit, start, end, size } = range;
  assert(start !== undefined && end !== undefined);
  return { unit, start, end, size };
}
