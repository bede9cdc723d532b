import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader, type PartReader } from "@tributary/multipart";
import {
  FrameBroadcast,
  mixedReplace,
  MultipartWriter,
  type PartInit,
} from "@tributary/multipart/writer";
import { latin1 } from "../bytes.ts";

/** Reads back what was written, which must be exactly one part. */
async function readOne<T>(
  writer: MultipartWriter,
  look: (part: PartReader) => T,
): Promise<T> {
  const reader = new MultipartReader(await writer.bytes(), {
    contentType: writer.contentType,
    percentDecodeNames: true,
  });
  const values: T[] = [];
  for await (const part of reader) {
    values.push(look(part));
    assertEquals(await part.text(), "body");
  }
  assertEquals(values.length, 1);
  return values[0];
}

/** Places where a byte can be put, and where it must come out again. */
const slots: {
  slot: string;
  subtype: string;
  init: (text: string) => PartInit;
  look: (part: PartReader) => string | null | undefined;
  /** The text that comes out, where it differs from the input. */
  expect?: (text: string) => string;
  refused: (code: number) => boolean;
}[] = [
  {
    slot: "name in a form",
    subtype: "form-data",
    init: (name) => ({ name }),
    look: (part) => part.name,
    expect: (text) => text.replace(/[\r\n]/, "\r\n"),
    refused: (code) => code === 0,
  },
  {
    slot: "filename in a form",
    subtype: "form-data",
    init: (filename) => ({ name: "n", filename }),
    look: (part) => part.filename,
    refused: (code) => code === 0,
  },
  {
    slot: "name elsewhere",
    subtype: "mixed",
    init: (name) => ({ name }),
    look: (part) => part.name,
    refused: (code) => [0, 10, 13].includes(code),
  },
  {
    slot: "filename elsewhere",
    subtype: "mixed",
    init: (filename) => ({ filename }),
    look: (part) => part.filename,
    refused: (code) => code === 0,
  },
  {
    slot: "type",
    subtype: "mixed",
    init: (type) => ({ type }),
    look: (part) => part.contentType,
    refused: (code) => [0, 10, 13].includes(code),
  },
  {
    slot: "header value",
    subtype: "mixed",
    init: (value) => ({ headers: [["X-Value", value]] }),
    look: (part) => part.headers.get("x-value"),
    refused: (code) => [0, 10, 13].includes(code),
  },
];

function isTokenCode(code: number): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/.test(String.fromCharCode(code));
}

describe("nothing injects", () => {
  for (const { slot, subtype, init, look, refused, ...rest } of slots) {
    it(`each of 256 characters in a ${slot} is read back or refused`, async () => {
      for (let code = 0; code < 256; code++) {
        const text = `a${String.fromCharCode(code)}b`;
        const writer = new MultipartWriter(subtype);
        if (refused(code)) {
          assertThrows(() => writer.append("body", init(text)), TypeError);
          assertEquals(writer.length, 0);
          continue;
        }
        writer.append("body", init(text));
        const expected = rest.expect?.(text) ?? text;
        assertEquals(await readOne(writer, look), expected, `${code}`);
      }
    });
  }

  it("each of 256 characters in a header name is read back or refused", async () => {
    for (let code = 0; code < 256; code++) {
      const name = `x${String.fromCharCode(code)}y`;
      const writer = new MultipartWriter();
      const append = () =>
        writer.append("body", { headers: [[name, "value"]] });
      if (isTokenCode(code)) {
        append();
        const value = await readOne(writer, (part) => part.headers.get(name));
        assertEquals(value, "value");
      } else {
        assertThrows(append, TypeError);
      }
    }
  });

  it("each of 256 characters in a boundary is read back or refused", async () => {
    for (let code = 0; code < 256; code++) {
      const character = String.fromCharCode(code);
      const boundary = `a${character}b`;
      if (/[0-9A-Za-z'()+_,\-./:=? ]/.test(character)) {
        const writer = new MultipartWriter("mixed", { boundary });
        writer.append("body");
        assertEquals(await readOne(writer, (part) => part.index), 0);
      } else {
        assertThrows(
          () => new MultipartWriter("mixed", { boundary }),
          TypeError,
        );
      }
    }
  });

  it("each of 256 characters in a subtype and a parameter is read back or refused", () => {
    for (let code = 0; code < 256; code++) {
      const text = `a${String.fromCharCode(code)}b`;
      const parameters = { type: text };
      const make = () => new MultipartWriter("related", { parameters });
      if ([0, 10, 13].includes(code)) assertThrows(make, TypeError);
      else assert(new Headers(make().headers).get("content-type"));
      const named = () =>
        new MultipartWriter("mixed", { parameters: { [text]: "x" } });
      if (isTokenCode(code)) {
        assertMatch(new MultipartWriter(text).contentType, /^multipart\/a.b;/);
        assert(named().contentType);
      } else {
        assertThrows(() => new MultipartWriter(text), TypeError);
        assertThrows(named, TypeError);
      }
    }
  });

  it("a header that is set later is checked too", () => {
    const part = new MultipartWriter().append("body");
    for (const value of ["a\r\nb: c", "a\nb", "a\rb", "a\0b"]) {
      assertThrows(() => part.headers.set("x-a", value), TypeError);
      assertThrows(
        () => part.setContentDisposition("inline", { name: value }),
        TypeError,
      );
    }
    assertThrows(() => part.headers.set("x:a", "b"), TypeError);
    assertThrows(() => part.setContentDisposition("a b"), TypeError);
    assertThrows(
      () => part.setContentDisposition("a", { "b c": "" }),
      TypeError,
    );
  });

  it("a type that a Blob of another kind claims is checked too", async () => {
    /**
     * A real Blob's type cannot contain these characters. An object that claims
     * to be a Blob can have them.
     */
    const lie = <T extends Blob>(blob: T): T =>
      Object.defineProperty(blob, "type", { value: "a/b\r\nX-Evil: 1" });
    async function* frames(): AsyncGenerator<Blob> {
      yield lie(new Blob(["x"]));
    }

    await assertRejects(
      () => mixedReplace(frames()).text(),
      TypeError,
    );
    const broadcast = new FrameBroadcast();
    assertThrows(() => broadcast.publish(lie(new Blob(["x"]))), TypeError);

    const writer = new MultipartWriter();
    assertThrows(() => writer.append(lie(new Blob(["x"]))), TypeError);
    const form: unknown = {
      [Symbol.toStringTag]: "FormData",
      *[Symbol.iterator]() {
        yield ["name", lie(new File(["x"], "x.txt"))];
      },
    };
    assertThrows(() => writer.append(form as FormData), TypeError);
    const { fromFormData } = MultipartWriter;
    assertThrows(() => fromFormData(form as FormData), TypeError);
  });

  it("a boundary has 1 to 70 characters, and does not end in a space", () => {
    for (const boundary of ["", "b ", "b".repeat(71)]) {
      assertThrows(() => new MultipartWriter("mixed", { boundary }), TypeError);
    }
    new MultipartWriter("mixed", { boundary: "b".repeat(70) });
  });

  it("a boundary that is not a token is quoted", () => {
    const { contentType } = new MultipartWriter("mixed", { boundary: "a b:c" });
    assertEquals(contentType, 'multipart/mixed; boundary="a b:c"');
  });

  it("text above 255 is refused where only bytes can be", () => {
    const writer = new MultipartWriter();
    assertThrows(() => writer.append("", { type: "a/\u0100" }), TypeError);
    assertThrows(
      () => writer.append("", { headers: { "x-a": "\u0100" } }),
      TypeError,
    );
    assertThrows(() => writer.append("", { contentId: "a b" }), TypeError);
    assertThrows(() => writer.append("", { contentId: "a>\r\nb" }), TypeError);
  });
});

describe("boundaries", () => {
  it("owe nothing to Math.random", () => {
    const { random } = Math;
    let calls = 0;
    Math.random = () => {
      calls++;
      return 0.5;
    };
    try {
      const boundaries = new Set<string>();
      for (let round = 0; round < 10_000; round++) {
        boundaries.add(new MultipartWriter().boundary);
      }
      assertEquals(boundaries.size, 10_000);
      assertEquals(calls, 0);
    } finally {
      Math.random = random;
    }
  });

  it("hold 128 bits at least, and need no quotes", () => {
    const { boundary, contentType } = new MultipartWriter("form-data");
    // The HTML Standard asks for 27 to 70 of these characters.
    const [, random = ""] = /^-([0-9A-Za-z]{26,69})$/.exec(boundary) ?? [];
    assert(random.length * Math.log2(62) >= 128);
    assertEquals(contentType, `multipart/form-data; boundary=${boundary}`);
  });
});

describe("filenames outside forms", () => {
  const cases: [filename: string, expect: string][] = [
    ["a.txt", 'attachment; filename="a.txt"'],
    ['a"b\\c', 'attachment; filename="a\\"b\\\\c"'],
    ["é.txt", "attachment; filename=\"_.txt\"; filename*=UTF-8''%C3%A9.txt"],
    ["\u{1f600}", "attachment; filename=\"_\"; filename*=UTF-8''%F0%9F%98%80"],
    ["a%41", "attachment; filename=\"a%41\"; filename*=UTF-8''a%2541"],
    ["a\r\nb", "attachment; filename=\"a__b\"; filename*=UTF-8''a%0D%0Ab"],
  ];
  for (const [filename, expect] of cases) {
    it(`${JSON.stringify(filename)} is ${expect}`, async () => {
      const writer = new MultipartWriter();
      const part = writer.append("body", { filename });
      assertEquals(part.headers.get("content-disposition"), expect);
      assertEquals(await readOne(writer, (part) => part.filename), filename);
    });
  }

  it("a byte string is what goes into Headers", () => {
    const writer = new MultipartWriter("form-data");
    const part = writer.append("", { name: "é" });
    const value = part.headers.get("content-disposition") ?? "";
    assertEquals(
      new TextDecoder().decode(latin1(value)),
      'form-data; name="é"',
    );
  });
});
