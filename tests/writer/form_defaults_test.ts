/** The fields that a form's part gets if its init does not state them. */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type MultipartBody,
  MultipartWriter,
  type PartInit,
} from "@tributary/multipart";
import { utf8 } from "../bytes.ts";

const DISPOSITION = 'form-data; name="field"';
const OCTETS = "application/octet-stream";

async function* iterate(): AsyncGenerator<Uint8Array> {
  yield utf8("text");
}

const cases: [
  what: string,
  body: () => MultipartBody,
  init: PartInit,
  disposition: string,
  type: string | null,
][] = [
  // Browsers send text without a type. Some servers take a part with a type for
  // a file.
  ["text", () => "text", {}, DISPOSITION, null],
  ["no text", () => "", {}, DISPOSITION, null],
  [
    "text with a type",
    () => "{}",
    { type: "application/json" },
    DISPOSITION,
    "application/json",
  ],
  [
    "text with a type field",
    () => "{}",
    { headers: { "content-type": "application/json" } },
    DISPOSITION,
    "application/json",
  ],
  [
    "text with a filename",
    () => "text",
    { filename: "a.txt" },
    `${DISPOSITION}; filename="a.txt"`,
    "text/plain; charset=utf-8",
  ],
  [
    "a URL-encoded form",
    () => new URLSearchParams("a=1"),
    {},
    DISPOSITION,
    "application/x-www-form-urlencoded",
  ],
  // Servers read a part without a filename as text.
  ["bytes", () => utf8("text"), {}, `${DISPOSITION}; filename="blob"`, OCTETS],
  [
    "a buffer",
    () => utf8("text").buffer,
    {},
    `${DISPOSITION}; filename="blob"`,
    OCTETS,
  ],
  [
    "bytes with a type",
    () => utf8("text"),
    { type: "image/png" },
    `${DISPOSITION}; filename="blob"`,
    "image/png",
  ],
  [
    "bytes with a filename",
    () => utf8("text"),
    { filename: "a.png" },
    `${DISPOSITION}; filename="a.png"`,
    OCTETS,
  ],
  [
    "bytes with an empty filename",
    () => utf8("text"),
    { filename: "" },
    `${DISPOSITION}; filename=""`,
    OCTETS,
  ],
  [
    "a Blob",
    () => new Blob(["text"]),
    {},
    `${DISPOSITION}; filename="blob"`,
    OCTETS,
  ],
  [
    "a typed Blob",
    () => new Blob(["text"], { type: "image/png" }),
    {},
    `${DISPOSITION}; filename="blob"`,
    "image/png",
  ],
  [
    "a File",
    () => new File(["text"], "own.bin"),
    {},
    `${DISPOSITION}; filename="own.bin"`,
    OCTETS,
  ],
  [
    "a stream",
    () => new Blob(["text"]).stream(),
    {},
    `${DISPOSITION}; filename="blob"`,
    OCTETS,
  ],
  ["an iterable", iterate, {}, `${DISPOSITION}; filename="blob"`, OCTETS],
  [
    "a function",
    () => () => new Blob(["text"]).stream(),
    {},
    `${DISPOSITION}; filename="blob"`,
    OCTETS,
  ],
  [
    "a Response",
    () => new Response(utf8("text")),
    {},
    `${DISPOSITION}; filename="blob"`,
    OCTETS,
  ],
  [
    "a Response without a body",
    () => new Response(null),
    {},
    `${DISPOSITION}; filename="blob"`,
    OCTETS,
  ],
];

/**
 * Calls the function, so that the body is its result and not the function
 * itself.
 */
const bodyOf = (make: () => MultipartBody): MultipartBody => make();

describe("in a form", () => {
  for (const [what, make, init, disposition, type] of cases) {
    it(`${what} has the fields that servers expect`, () => {
      const writer = new MultipartWriter("form-data");
      const { headers } = writer.append(bodyOf(make), {
        ...init,
        name: "field",
      });
      assertEquals(headers.get("content-disposition"), disposition);
      assertEquals(headers.get("content-type"), type);
    });
  }

  it("JSON has its type, and no filename", () => {
    const writer = new MultipartWriter("form-data");
    const { headers } = writer.appendJson({ a: 1 }, { name: "field" });
    assertEquals(headers.get("content-disposition"), DISPOSITION);
    assertEquals(headers.get("content-type"), "application/json");
  });

  it("a multipart has neither a filename nor another type", () => {
    const inner = new MultipartWriter("mixed");
    inner.append("text");
    const writer = new MultipartWriter("form-data");
    const { headers } = writer.append(inner, { name: "field" });
    assertEquals(headers.get("content-disposition"), DISPOSITION);
    assertEquals(headers.get("content-type"), inner.contentType);
  });

  it("bytes come back as a file by the platform's own parser", async () => {
    const writer = new MultipartWriter("form-data");
    writer.append(Uint8Array.of(0xff, 0xfe), { name: "field" });
    writer.append("text", { name: "title" });
    const form = await writer.toResponse().formData();
    const file = form.get("field");
    if (!(file instanceof File)) throw new Error(`${file}`);
    assertEquals(file.name, "blob");
    assertEquals(
      new Uint8Array(await file.arrayBuffer()),
      Uint8Array.of(0xff, 0xfe),
    );
    assertEquals(form.get("title"), "text");
  });
});

describe("outside a form", () => {
  it("text has its type, and bytes have no filename", () => {
    const writer = new MultipartWriter("mixed");
    const text = writer.append("text").headers;
    assertEquals(text.get("content-type"), "text/plain; charset=utf-8");
    const bytes = writer.append(utf8("text")).headers;
    assertEquals(bytes.get("content-disposition"), null);
    assertEquals(bytes.get("content-type"), OCTETS);
  });
});
