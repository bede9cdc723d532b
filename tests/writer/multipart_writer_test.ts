import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader, type PartReader } from "@tributary/multipart";
import {
  type MultipartBody,
  type MultipartContent,
  MultipartWriter,
  type PartInit,
} from "@tributary/multipart/writer";
import { blobType, streamOf, utf8 } from "../bytes.ts";

async function read<T>(
  writer: MultipartWriter,
  look: (part: PartReader) => T | Promise<T>,
): Promise<T[]> {
  const values: T[] = [];
  const { contentType } = writer;
  const reader = new MultipartReader(writer.stream(), { contentType });
  for await (const part of reader) values.push(await look(part));
  return values;
}

/** Returns the head and body of a single part. */
async function written(
  body: MultipartBody,
  init?: PartInit,
  subtype?: string,
): Promise<string> {
  const writer = new MultipartWriter(subtype, { boundary: "b" });
  writer.append(body, init);
  const text = new TextDecoder().decode(await writer.bytes());
  return text.slice("--b\r\n".length, -"\r\n--b--\r\n".length);
}

const text = utf8("text");

describe("MultipartWriter.append()", () => {
  const form = new FormData();
  form.append("a", "1");
  const bodies: [what: string, body: () => MultipartContent, type: string][] = [
    ["a string", () => "text", "text/plain; charset=utf-8"],
    ["a Uint8Array", () => text, "application/octet-stream"],
    ["an ArrayBuffer", () => text.buffer, "application/octet-stream"],
    [
      "another view",
      () => new DataView(utf8("[text]").buffer, 1, 4),
      "application/octet-stream",
    ],
    ["a Blob", () => new Blob([text]), "application/octet-stream"],
    ["a Blob's type", () => new Blob([text], { type: "a/b" }), "a/b"],
    ["a stream", () => streamOf([text]), "application/octet-stream"],
    [
      "an iterable of text",
      async function* () {
        yield "te";
        yield "xt";
      },
      "application/octet-stream",
    ],
    ["a Response", () => new Response(text), "application/octet-stream"],
    [
      "a Response's type",
      () => new Response(text, { headers: { "content-type": "a/b" } }),
      "a/b",
    ],
  ];
  for (const [what, make, type] of bodies) {
    it(`takes ${what}`, async () => {
      const writer = new MultipartWriter();
      writer.append(make());
      writer.append(make);
      assertEquals(await read(writer, (part) => part.text()), ["text", "text"]);
      const part = writer.append(make());
      assertEquals(part.headers.get("content-type"), type);
    });
  }

  it("takes text of any length and script", async () => {
    const texts = [
      "",
      "é",
      "aé€\u{1f600}b",
      "lone \ud800 surrogate",
      `${"a".repeat(63)}é`,
      `${"a".repeat(64)}é`,
      "é".repeat(16_384),
      `a${"\u{1f600}".repeat(40_000)}`,
      "a".repeat(200_000),
    ];
    const writer = new MultipartWriter();
    for (const text of texts) writer.append(text);
    assertEquals((await writer.bytes()).length, writer.size);
    assertEquals(
      await read(writer, (part) => part.text()),
      texts.map((text) => new TextDecoder().decode(utf8(text))),
    );
  });

  it("takes URLSearchParams", async () => {
    assertEquals(
      await written(new URLSearchParams({ a: "1 2" })),
      "Content-Length: 5\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\na=1+2",
    );
  });

  it("takes a FormData, and what a function gives", async () => {
    const writer = new MultipartWriter();
    writer.append(form);
    writer.append(() => new URLSearchParams({ a: "1" }));
    const [first, second] = await read(
      writer,
      async (part) =>
        part.isMultipart
          ? (await part.parts().formData()).get("a")
          : await part.text(),
    );
    assertEquals([first, second], ["1", "a=1"]);
  });

  it("takes a writer, which may still grow", async () => {
    const inner = new MultipartWriter("related");
    const writer = new MultipartWriter();
    const part = writer.append(inner);
    inner.append("late");
    assertEquals(part.size, inner.size);
    const [leaf] = await read(writer, async (part) => {
      assertEquals(part.contentType, inner.contentType);
      assertEquals(part.contentLength, inner.size);
      for await (const leaf of part.parts()) return await leaf.text();
    });
    assertEquals(leaf, "late");
  });

  it("refuses anything else", () => {
    for (
      const body of [1, true, null, undefined, {}, [1], new Date(), Symbol()]
    ) {
      assertThrows(
        () => new MultipartWriter().append(body as unknown as string),
        TypeError,
        "Cannot write the body",
      );
    }
  });

  it("refuses a multipart with its own boundary, and so itself", () => {
    const writer = new MultipartWriter();
    assertThrows(() => writer.append(writer), TypeError, "boundary");
  });

  it("refuses a size that is none, or not the body's", () => {
    for (const size of [-1, 0.5, NaN, Infinity, 3]) {
      assertThrows(
        () => new MultipartWriter().append("text", { size }),
        RangeError,
      );
    }
    assertEquals(new MultipartWriter().append("text", { size: 4 }).size, 4);
  });
});

describe("a part's fields", () => {
  const cases: [what: string, PartInit, subtype: string, expect: string][] = [
    [
      "have a length elsewhere",
      { type: "a/b" },
      "mixed",
      "Content-Length: 4\r\nContent-Type: a/b\r\n\r\ntext",
    ],
    [
      "have none in a form",
      { name: "n", type: "a/b" },
      "form-data",
      'Content-Disposition: form-data; name="n"\r\nContent-Type: a/b\r\n\r\ntext',
    ],
    [
      "can be left out",
      { name: "n", type: "" },
      "form-data",
      'Content-Disposition: form-data; name="n"\r\n\r\ntext',
    ],
    [
      "are attachment with a filename",
      { filename: "f", type: "" },
      "mixed",
      'Content-Disposition: attachment; filename="f"\r\nContent-Length: 4\r\n\r\ntext',
    ],
    [
      "take a disposition",
      { filename: "f", disposition: "inline", type: "" },
      "mixed",
      'Content-Disposition: inline; filename="f"\r\nContent-Length: 4\r\n\r\ntext',
    ],
    [
      "take what was given",
      {
        headers: { "x-b": "2", "X-A": "1", "content-type": "a/b" },
        contentId: "id@host",
      },
      "mixed",
      "Content-ID: <id@host>\r\nContent-Length: 4\r\nContent-Type: a/b\r\n" +
      "X-A: 1\r\nX-B: 2\r\n\r\ntext",
    ],
    [
      "put members before headers",
      { type: "a/b", headers: { "content-type": "c/d" } },
      "mixed",
      "Content-Length: 4\r\nContent-Type: a/b\r\n\r\ntext",
    ],
    [
      "never have a length that is wrong",
      { type: "", headers: { "content-length": "7" } },
      "mixed",
      "Content-Length: 4\r\n\r\ntext",
    ],
    [
      "have none with an encoding",
      { type: "", transferEncoding: "base64" },
      "mixed",
      "Content-Transfer-Encoding: base64\r\n\r\ndGV4dA==",
    ],
    [
      "have one where the encoding changes nothing",
      { type: "", transferEncoding: "8bit", contentEncoding: "identity" },
      "mixed",
      "Content-Encoding: identity\r\nContent-Length: 4\r\n" +
      "Content-Transfer-Encoding: 8bit\r\n\r\ntext",
    ],
  ];
  for (const [what, init, subtype, expect] of cases) {
    it(what, async () => {
      assertEquals(await written("text", init, subtype), expect);
    });
  }

  it("come of a File", async () => {
    const file = new File(["x"], "f.txt", { type: "a/b" });
    assertEquals(
      await written(file, { name: "n" }, "form-data"),
      'Content-Disposition: form-data; name="n"; filename="f.txt"\r\n' +
        "Content-Type: a/b\r\n\r\nx",
    );
    assertEquals(
      await written(file),
      'Content-Disposition: attachment; filename="f.txt"\r\n' +
        "Content-Length: 1\r\nContent-Type: a/b\r\n\r\nx",
    );
  });

  it("have the type of an extension where it is asked for", () => {
    const types: Record<string, string> = { csv: "text/csv", gz: "a/gz" };
    const writer = new MultipartWriter("mixed", {
      typeByExtension: (extension) => types[extension],
    });
    const typeOf = (body: MultipartBody, init: PartInit) =>
      writer.append(body, init).headers.get("content-type");
    assertEquals(typeOf(text, { filename: "a.csv" }), "text/csv");
    assertEquals(typeOf("a,b", { filename: "a.tar.gz" }), "a/gz");
    assertEquals(typeOf(new File([], "b.csv"), {}), "text/csv");
    assertEquals(
      typeOf(text, { filename: "x.csv/y" }),
      "application/octet-stream",
    );
    assertEquals(typeOf(text, { filename: "a.csv", type: "c/d" }), "c/d");
    assertEquals(
      typeOf(new Blob([], { type: "text/html" }), { filename: "a.csv" }),
      blobType("text/html"),
    );
  });

  it("are live until the bytes are made", async () => {
    const writer = new MultipartWriter("mixed", { boundary: "b" });
    const part = writer.append("a".repeat(1000), { type: "" });
    assertEquals(part.size, 1000);
    part.headers.set("Content-Transfer-Encoding", "base64");
    assertEquals(part.size, 1336 + 34);
    assertEquals((await writer.bytes()).length, writer.size);
    part.headers.set("Content-Encoding", "gzip");
    assertEquals([part.size, writer.size], [undefined, undefined]);
    assertEquals(writer.headers.get("content-length"), null);
    assertEquals(
      await read(writer, (part) => part.text()),
      ["a".repeat(1000)],
    );
    part.headers.delete("Content-Encoding");
    part.headers.delete("Content-Transfer-Encoding");
    assertEquals(part.headers.get("content-length"), "1000");
    part.headers.delete("Content-Length");
    const head = new TextDecoder().decode(await writer.bytes()).slice(0, 9);
    assertEquals(head, "--b\r\n\r\naa");
    part.setContentDisposition("inline", { filename: "ä" });
    assertEquals(await read(writer, (part) => part.filename), ["ä"]);
  });

  it("of a form need a name when they are written", async () => {
    const writer = new MultipartWriter("form-data");
    const part = writer.append("x");
    assertThrows(() => writer.stream(), TypeError, "name");
    part.setContentDisposition("form-data", { name: 'a"b' });
    assertEquals(await read(writer, (part) => part.name), ["a%22b"]);
  });

  it("name encodings that can be applied", () => {
    const writer = new MultipartWriter();
    for (
      const init of [
        { contentEncoding: "rot13" },
        { contentEncoding: "gzip, deflate" },
        { transferEncoding: "x-uuencode" },
      ]
    ) assertThrows(() => writer.append("x", init), TypeError, "Cannot apply");
    assertEquals(writer.length, 0);
    const part = writer.append("x");
    part.headers.set("content-transfer-encoding", "uu");
    assertThrows(() => writer.stream(), TypeError, "Cannot apply");
  });

  it("cannot put a multipart in base64 (RFC 2045, section 6.4)", () => {
    const writer = new MultipartWriter();
    writer.append(new MultipartWriter(), { transferEncoding: "base64" });
    assertThrows(() => writer.stream(), TypeError, "multipart");
  });
});

describe("MultipartWriter", () => {
  it("has its parts, its length, and its types", () => {
    const writer = new MultipartWriter("Related", {
      boundary: "b c",
      parameters: { type: "text/html", start: "<a>" },
    });
    assertEquals(
      writer.contentType,
      'multipart/related; boundary="b c"; type="text/html"; start="<a>"',
    );
    assertEquals(writer.boundary, "b c");
    const part = writer.append("x");
    assertEquals([writer.length, writer.parts.length], [1, 1]);
    assertStrictEquals(writer.parts[0], part);
    assertEquals(writer.headers.get("content-type"), writer.contentType);
    assertEquals(writer.headers.get("content-length"), `${writer.size}`);
  });

  it("appendJson() and appendForm()", async () => {
    const writer = new MultipartWriter();
    writer.appendJson({ a: [1] });
    writer.appendJson("x", { type: "application/ld+json" });
    writer.appendForm({ a: "1 2" });
    writer.appendForm([["b", "3"]], { contentId: "f" });
    assertEquals(
      await read(writer, async (part) => [part.mediaType, await part.text()]),
      [
        ["application/json", '{"a":[1]}'],
        ["application/ld+json", '"x"'],
        ["application/x-www-form-urlencoded", "a=1+2"],
        ["application/x-www-form-urlencoded", "b=3"],
      ],
    );
    assertThrows(() => writer.appendJson(undefined), TypeError);
    assertThrows(() => writer.appendJson(1n), TypeError);
  });

  // FormData's own append() takes the name as text.
  for (const nothing of [5, "a"]) {
    it(`says what is wrong with ${JSON.stringify(nothing)} instead of fields`, () => {
      // Plain JavaScript may pass this, though the types forbid it.
      const init = nothing as unknown as PartInit;
      const writer = new MultipartWriter();
      for (
        const append of [
          () => writer.append("x", init),
          () => writer.appendJson("x", init),
          () => writer.appendForm({ x: "y" }, init),
        ]
      ) {
        const { message } = assertThrows(append, TypeError);
        assertEquals(
          message,
          "Cannot append part 0: its init is not an object. Call append(body, { name })",
        );
      }
      assertEquals(writer.length, 0);
    });
  }

  it("toRequestInit() has a Blob where nothing has to be read", async () => {
    const writer = new MultipartWriter("form-data");
    writer.append("1", { name: "ä" });
    const inner = new MultipartWriter();
    inner.append(new Blob(["blob"]));
    writer.append(inner, { name: "inner" });
    const init = writer.toRequestInit({ headers: { "x-a": "1" } });
    assert(init.body instanceof Blob);
    assertEquals([init.method, init.duplex], ["POST", undefined]);
    assertEquals(init.body.size, writer.size);
    const request = new Request("http://localhost/", init);
    assertEquals(request.headers.get("x-a"), "1");
    assertEquals(request.headers.get("content-type"), writer.contentType);
    const names: (string | undefined)[] = [];
    for await (const part of MultipartReader.from(request)) {
      names.push(part.name);
    }
    assertEquals(names, ["ä", "inner"]);
  });

  it("toRequestInit() has a stream otherwise", async () => {
    const writer = new MultipartWriter("form-data");
    writer.append(streamOf([text]), { name: "a", size: 4 });
    const init = writer.toRequestInit({
      method: "PUT",
      headers: { "content-type": "text/plain", "content-length": "1" },
    });
    assert(init.body instanceof ReadableStream);
    assertEquals([init.method, init.duplex], ["PUT", "half"]);
    assertEquals(init.headers.get("content-type"), writer.contentType);
    assertEquals(init.headers.get("content-length"), `${writer.size}`);
    const reader = MultipartReader.from({
      headers: init.headers,
      body: init.body,
    });
    for await (const part of reader) assertEquals(await part.text(), "text");
  });

  it("toRequestInit() passes on what a page's form was posted with", () => {
    // A service worker's event has such a request. Scripts cannot construct
    // one.
    const posted = {
      method: "POST",
      mode: "navigate",
      credentials: "include",
      redirect: "manual",
    } as const;
    const writer = new MultipartWriter("form-data");
    writer.append("1", { name: "a" });
    for (const init of [posted, Object.create(posted) as RequestInit]) {
      const made = writer.toRequestInit(init);
      assertFalse("mode" in made);
      assertEquals(made.method, "POST");
      assertEquals(made.redirect, "manual");
      assertEquals(new Request("http://localhost/", made).method, "POST");
    }
    assertEquals(writer.toRequestInit({ mode: "cors" }).mode, "cors");
  });

  it("toResponse() has the headers and the bytes", async () => {
    const writer = new MultipartWriter();
    writer.append("text");
    const response = writer.toResponse({
      status: 201,
      headers: { "x-a": "1", "content-type": "text/plain" },
    });
    assertEquals(response.status, 201);
    assertEquals(response.headers.get("x-a"), "1");
    assertEquals(response.headers.get("content-type"), writer.contentType);
    assertEquals(response.headers.get("content-length"), `${writer.size}`);
    for await (const part of MultipartReader.from(response)) {
      assertEquals(await part.text(), "text");
    }
  });

  it("blob() has a type only where a Blob can hold it", async () => {
    const lower = new MultipartWriter("mixed", { boundary: "abc" });
    assertEquals((await lower.blob()).type, lower.contentType);
    const upper = new MultipartWriter("mixed", { boundary: "ABC" });
    assertEquals((await upper.blob()).type, "");
  });

  it("gives its bytes many times, and at a time", async () => {
    const writer = new MultipartWriter();
    writer.append(new Blob(["blob".repeat(10_000)]));
    writer.append("text", { contentEncoding: "deflate" });
    const [first, ...others] = await Promise.all(
      Array.from({ length: 5 }, () => writer.bytes()),
    );
    for (const other of others) assertEquals(other, first);
  });

  it("an async function that fails fails the stream", async () => {
    const writer = new MultipartWriter();
    const failure = new Error("unreachable");
    writer.append(() => Promise.reject(failure));
    const error = await assertRejects(() => writer.bytes());
    assertStrictEquals(error, failure);
  });
});
