import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartReader,
  MultipartWriter,
  type PartReader,
  type PartWriter,
} from "@tributary/multipart";
import type { PartInit } from "@tributary/multipart/writer";
import { latin1 } from "../bytes.ts";

const boundary = "b";

/** A part with this head. Its reader is still open. */
async function readPart(head: string, form = false): Promise<PartReader> {
  const input = latin1(`--s\r\n${head}\r\n\r\ntext\r\n--s--\r\n`);
  const profile = form ? "form-data" : "mime";
  const reader = new MultipartReader(input, { boundary: "s", profile });
  const { value } = await reader.next();
  assert(value !== undefined);
  return value;
}

/** Returns the lines of the head of the only part. */
async function headOf(writer: MultipartWriter): Promise<string[]> {
  const text = new TextDecoder("latin1").decode(await writer.bytes());
  const end = text.indexOf("\r\n\r\n");
  return text.slice("--b\r\n".length, end).split("\r\n");
}

const HEAD = [
  "X-Order: 2",
  "Received: from a, b",
  "Set-Cookie: a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
  "Received: from c",
  "X-Order: 1",
  "Set-Cookie: b=2",
  "Content-Type: text/plain",
];

describe("fields of one name", () => {
  const make = async (
    change: (headers: Headers, part: PartReader) => void,
    init?: PartInit,
  ): Promise<string[]> => {
    const part = await readPart(HEAD.join("\r\n"));
    const writer = new MultipartWriter("mixed", { boundary });
    const { headers } = writer.append(part, init);
    change(headers, part);
    return await headOf(writer);
  };

  it("are forwarded line by line, in order", async () => {
    const part = await readPart(HEAD.join("\r\n"));
    const writer = new MultipartWriter("mixed", { boundary });
    writer.append(part);
    assertEquals(await headOf(writer), HEAD);
  });

  it("stay so where their Headers are looked at", async () => {
    assertEquals(
      await make((headers, part) => {
        assertEquals(headers.get("x-order"), "2, 1");
        assertEquals(part.headers.get("x-order"), "2, 1");
      }),
      HEAD,
    );
  });

  it("stay so where others are changed", async () => {
    assertEquals(
      await make((headers) => {
        headers.set("x-order", "3");
        headers.delete("content-type");
        headers.set("x-new", "4");
        headers.append("received", "from d");
      }),
      [
        "X-Order: 3",
        "Received: from a, b, from c, from d",
        HEAD[2],
        HEAD[5],
        "X-New: 4",
      ],
    );
  });

  it("give way to those of init", async () => {
    assertEquals(
      await make(() => {}, {
        headers: [["X-Order", "a"], ["x-order", "b"]],
        type: "text/html",
      }),
      [
        ...HEAD.slice(1, 4),
        HEAD[5],
        "X-Order: a",
        "X-Order: b",
        "Content-Type: text/html",
      ],
    );
  });

  it("are written line by line where init has them", async () => {
    const cookies: [string, string][] = [
      ["Set-Cookie", "a=1"],
      ["Set-Cookie", "b=2"],
    ];
    const headers = new Headers();
    for (const [name, value] of cookies) headers.append(name, value);
    for (const given of [cookies, headers]) {
      const writer = new MultipartWriter("mixed", { boundary });
      const part = writer.append("text", { type: "", headers: given });
      const expected = [
        "Content-Length: 4",
        "Set-Cookie: a=1",
        "Set-Cookie: b=2",
      ];
      assertEquals(await headOf(writer), expected);
      part.headers.append("set-cookie", "c=3");
      assertEquals(await headOf(writer), [...expected, "Set-Cookie: c=3"]);
    }
  });

  it("come of a record, and of an iterable that is read once", async () => {
    for (const way of ["append", "appendJson"] as const) {
      for (
        const make of [
          () => ({ "x-a": "1" }),
          () => new Map([["x-a", "1"]]).entries() as unknown as HeadersInit,
        ]
      ) {
        const writer = new MultipartWriter("mixed", { boundary });
        writer[way]("text", { headers: make() });
        assert((await headOf(writer)).includes("X-A: 1"));
      }
    }
  });

  it("that state two lengths state none", async () => {
    const part = await readPart("Content-Length: 4\r\nContent-Length: 5");
    const writer = new MultipartWriter("mixed", { boundary });
    writer.append(part);
    assertEquals(writer.size, undefined);
    assertEquals(await headOf(writer), [""]);
  });
});

describe("a length that a forwarded part states", () => {
  it("is exact, and makes the whole's", async () => {
    const writer = new MultipartWriter("mixed", { boundary });
    writer.append(await readPart("Content-Length: 4"));
    const { size } = writer;
    assertEquals((await writer.bytes()).length, size);
  });

  it("cannot be another than the one that was given", async () => {
    const writer = new MultipartWriter("mixed", { boundary });
    writer.append(await readPart("Content-Length: 4"), { size: 5 });
    await assertRejects(() => writer.bytes(), RangeError, "part 0");
  });
});

describe("a form's part is refused where its reader would refuse it", () => {
  const title = /disposition|name/i;
  const cases: [string, PartInit, ((part: PartWriter) => void)?][] = [
    ["another disposition", { name: "a", disposition: "attachment" }],
    ["no name", { disposition: "form-data" }],
    ["no name but a filename", { filename: "a" }],
    ["another one in headers", {
      headers: { "content-disposition": 'attachment; name="a"' },
    }],
    ["one without a name in headers", {
      headers: { "content-disposition": "form-data" },
    }],
    ["one that is malformed", {
      headers: { "content-disposition": 'form-data; name="a' },
    }],
    ["two in headers", {
      headers: [
        ["content-disposition", 'form-data; name="a"'],
        ["Content-Disposition", 'form-data; name="a"'],
      ],
    }],
    [
      "two names",
      {},
      (part) =>
        part.setContentDisposition("form-data", { name: "a", Name: "b" }),
    ],
    [
      "one that was set",
      { name: "a" },
      (part) => part.headers.set("content-disposition", 'inline; name="a"'),
    ],
    [
      "one that was appended",
      { name: "a" },
      (part) =>
        part.headers.append("content-disposition", 'form-data; name="a"'),
    ],
    [
      "one that was set by its type",
      { name: "a" },
      (part) => part.setContentDisposition("attachment", { name: "a" }),
    ],
    [
      "one that was set without a name",
      { name: "a" },
      (part) => part.setContentDisposition("form-data", { filename: "a" }),
    ],
    [
      "none any more",
      { name: "a" },
      (part) => part.headers.delete("content-disposition"),
    ],
  ];
  for (const [what, init, change] of cases) {
    it(what, () => {
      const writer = new MultipartWriter("form-data");
      const part = writer.append("text", init);
      change?.(part);
      const { message } = assertThrows(
        () => writer.stream(),
        TypeError,
        "Cannot write part 0",
      );
      assert(title.test(message), message);
      part.setContentDisposition("FORM-DATA", { name: "a", filename: "b" });
      writer.stream();
    });
  }

  it("nor one that is forwarded, unless it is a field", async () => {
    const disposition = 'Content-Disposition: form-data; name="a"';
    const refused = [
      "X-A: 1",
      'Content-Disposition: attachment; name="a"',
      `${disposition}\r\n${disposition}`,
    ];
    for (const head of refused) {
      const writer = new MultipartWriter("form-data");
      writer.append(await readPart(head));
      assertThrows(() => writer.stream(), TypeError, "Cannot write part 0");
    }
    const writer = new MultipartWriter("form-data", { boundary });
    writer.append(await readPart(disposition, true));
    assertEquals(await headOf(writer), [disposition]);
  });
});

describe("what is not text is refused with a clear message", () => {
  const bad: unknown[] = [5, null, {}, Symbol("x"), true];
  const members = [
    "name",
    "filename",
    "type",
    "disposition",
    "contentEncoding",
    "transferEncoding",
    "contentId",
  ];
  for (const subtype of ["mixed", "form-data"]) {
    for (const member of members) {
      it(`as ${member} of a part of a ${subtype}`, () => {
        for (const value of bad) {
          const init = { name: "a", [member]: value } as PartInit;
          const writer = new MultipartWriter(subtype);
          assertThrows(
            () => writer.append("text", init),
            TypeError,
            "it is not text but",
          );
          assertEquals(writer.length, 0);
        }
      });
    }
  }

  it("as subtype, boundary, parameter or header", () => {
    for (const value of bad) {
      const text = value as string;
      const acts = [
        () => new MultipartWriter(text),
        () => new MultipartWriter("mixed", { boundary: text }),
        () => new MultipartWriter("mixed", { parameters: { a: text } }),
        () =>
          new MultipartWriter().append("").setContentDisposition("a", {
            name: text,
          }),
        () => new MultipartWriter().append("").setContentDisposition(text),
      ];
      for (const act of acts) {
        assertThrows(act, TypeError, "it is not text but");
      }
    }
    assertThrows(
      () =>
        new MultipartWriter().append("", {
          headers: { a: Symbol("x") as unknown as string },
        }),
      TypeError,
      "it is not text but",
    );
  });

  it("as init", () => {
    for (const init of [5, "name"]) {
      assertThrows(
        () => new MultipartWriter().append("", init as unknown as PartInit),
        TypeError,
        "Cannot append part 0",
      );
    }
  });

  it("as size", () => {
    for (const size of ["4", null, Symbol("x"), 4n]) {
      assertThrows(
        () =>
          new MultipartWriter().append("text", {
            size: size as unknown as number,
          }),
        RangeError,
        "as size",
      );
    }
  });

  it("nor are an empty encoding, and a second boundary", () => {
    for (const member of ["contentEncoding", "transferEncoding"]) {
      assertThrows(
        () => new MultipartWriter().append("", { [member]: "" }),
        TypeError,
        "Cannot apply",
      );
    }
    for (
      const name of [
        "boundary",
        "Boundary",
        "boundary*",
        "boundary*0",
        "boundary*1*",
      ]
    ) {
      assertThrows(
        () => new MultipartWriter("mixed", { parameters: { [name]: "x" } }),
        TypeError,
        `Cannot set parameter ${name}`,
      );
    }
  });
});

describe("toResponse() and toRequestInit() take what has its members from its class", () => {
  it("a Response", () => {
    const writer = new MultipartWriter();
    writer.append("text");
    const given = new Response("other", {
      status: 418,
      statusText: "Teapot",
      headers: { "x-a": "1" },
    });
    const response = writer.toResponse(given);
    assertEquals(
      [response.status, response.statusText, response.headers.get("x-a")],
      [418, "Teapot", "1"],
    );
    assertEquals(response.headers.get("content-type"), writer.contentType);
  });

  it("a Request", async () => {
    const writer = new MultipartWriter();
    writer.append("text");
    const controller = new AbortController();
    const given = new Request("http://localhost/", {
      method: "PUT",
      headers: { "x-a": "1" },
      redirect: "manual",
      signal: controller.signal,
    });
    const init = writer.toRequestInit(given);
    assertEquals(
      [init.method, init.headers.get("x-a"), init.redirect],
      ["PUT", "1", "manual"],
    );
    controller.abort("enough");
    assert(init.signal?.aborted);
    const fresh = new Request("http://localhost/", { method: "POST" });
    const request = new Request(
      "http://localhost/",
      writer.toRequestInit(fresh),
    );
    assertEquals(request.method, "POST");
    assertEquals((await request.text()).length, writer.size);
  });

  it("a method that takes no body is refused", () => {
    const writer = new MultipartWriter();
    for (
      const init of [
        { method: "GET" },
        { method: "head" },
        new Request("http://localhost/"),
      ]
    ) {
      assertThrows(
        () => writer.toRequestInit(init),
        TypeError,
        "Cannot make a request",
      );
    }
  });
});
