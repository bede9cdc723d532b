import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  field,
  file,
  type FormRule,
  readForm,
  type SchemaIssue,
  type StandardSchema,
} from "@tributary/multipart";
import { cuttings, formBody } from "../../bytes.ts";
import {
  emptyInput,
  filePart,
  form,
  message,
  multipart,
  type Part,
  refusal,
  textPart,
  urlencoded,
} from "./forms.ts";

/** A hand-written schema: it turns digits into a number. */
const number: StandardSchema<string, number> = schema((value) =>
  /^[0-9]+$/.test(String(value)) ? Number(value) : undefined
);

function schema<Output>(
  make: (value: unknown) => Output | undefined,
  isAsync = false,
): StandardSchema<string, Output> {
  const result = (value: unknown) => {
    const made = make(value);
    return made === undefined
      ? { issues: [{ message: "Expected something else", path: ["deep", 0] }] }
      : { value: made };
  };
  return {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) =>
        isAsync ? Promise.resolve().then(() => result(value)) : result(value),
    },
  };
}

const length = async (part: AsyncIterable<Uint8Array>): Promise<number> => {
  let size = 0;
  for await (const chunk of part) size += chunk.length;
  return size;
};

describe("readForm()", () => {
  it("gives a value for each name of the shape, however the bytes come", async () => {
    const body = formBody([
      filePart("scan", "a.txt", "first"),
      textPart("title", "R\u00edver"),
      emptyInput("cover"),
      textPart("tag", "blue"),
      filePart("scan", "b.txt", ""),
      textPart("tag", ""),
    ]);
    for (const { label, chunks } of cuttings(body)) {
      const values = await readForm(multipart(chunks), {
        title: field(),
        tag: field({ multiple: true }),
        cover: file({ optional: true }),
        scan: file({ multiple: true, store: length }),
        note: field({ optional: true }),
        photo: file({ optional: true, multiple: true }),
      });
      assertEquals(Object.getPrototypeOf(values), null, label);
      assertEquals({ ...values }, {
        title: "R\u00edver",
        tag: ["blue", ""],
        cover: undefined,
        scan: [5, 0],
        note: undefined,
        photo: [],
      }, label);
    }
  });

  it("holds a file in memory where there is no store", async () => {
    const { doc } = await readForm(
      form(filePart("doc", "a.svg", "<svg/>", "image/svg+xml")),
      { doc: file() },
    );
    assertInstanceOf(doc, File);
    assertEquals([doc.name, doc.type, await doc.text()], [
      "a.svg",
      "image/svg+xml",
      "<svg/>",
    ]);
  });

  it("takes a file of an empty name that has a body, and an empty one with a name", async () => {
    const { a, b } = await readForm(
      form(filePart("a", "", "x"), filePart("b", "b.txt", "")),
      { a: file(), b: file() },
    );
    assertEquals([a.name, a.size, b.name, b.size], ["", 1, "b.txt", 0]);
  });

  it("takes names that are members of every object", async () => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
    const shape: Record<string, FormRule<string>> = Object.create(null);
    for (const name of names) shape[name] = field();
    const values = await readForm(
      form(...names.map((name) => textPart(name, `${name}!`))),
      shape,
    );
    assertEquals(Object.keys(values), names);
    for (const name of names) assertEquals(values[name], `${name}!`);
    const error = await refusal(() =>
      readForm(form(textPart("__proto__", "x")), { a: field() })
    );
    assertEquals([error.code, error.partName], [
      "unexpected-part",
      "__proto__",
    ]);
  });

  it("skips other names on request, files too", async () => {
    const values = await readForm(
      form(
        filePart("x", "a", "y".repeat(1000)),
        textPart("a", "1"),
        textPart("x", "2"),
      ),
      { a: field() },
      { unknown: "skip", limits: { bufferedBytes: 10 } },
    );
    assertEquals({ ...values }, { a: "1" });
  });

  const refusals: [
    what: string,
    parts: Part[],
    shape: Record<string, FormRule<unknown>>,
    code: string,
    status: number,
    partName: string,
    limit?: string,
  ][] = [
    [
      "a name that is not in the shape",
      [textPart("b", "")],
      {
        a: field({ optional: true }),
      },
      "unexpected-part",
      400,
      "b",
    ],
    [
      "a file where a field is wanted",
      [filePart("a", "x", "")],
      {
        a: field(),
      },
      "unexpected-part",
      400,
      "a",
    ],
    [
      "an empty file input where a field is wanted",
      [emptyInput("a")],
      {
        a: field({ optional: true }),
      },
      "unexpected-part",
      400,
      "a",
    ],
    [
      "a field where a file is wanted",
      [textPart("a", "")],
      {
        a: file(),
      },
      "unexpected-part",
      400,
      "a",
    ],
    [
      "one name for a file and a field",
      [
        filePart("a", "x", "1"),
        textPart("a", "2"),
      ],
      { a: file({ multiple: true }) },
      "unexpected-part",
      400,
      "a",
    ],
    [
      "a field that is missing",
      [],
      {
        a: field({ optional: true }),
        b: field(),
      },
      "missing-part",
      400,
      "b",
    ],
    ["a file that is missing", [], { a: file() }, "missing-part", 400, "a"],
    [
      "an empty file input where a file is wanted",
      [emptyInput("a")],
      {
        a: file({ types: ["image/*"] }),
      },
      "missing-part",
      400,
      "a",
    ],
    [
      "no value of several",
      [],
      {
        a: field({ multiple: true }),
      },
      "missing-part",
      400,
      "a",
    ],
    [
      "too few values",
      [textPart("a", "1")],
      {
        a: field({ multiple: { min: 2 }, optional: true }),
      },
      "missing-part",
      400,
      "a",
    ],
    [
      "a second value",
      [textPart("a", "1"), textPart("a", "2")],
      {
        a: field(),
      },
      "too-many-parts",
      413,
      "a",
      "multiple.max",
    ],
    [
      "too many values",
      ["1", "2", "3"].map((value) => textPart("a", value)),
      {
        a: field({ multiple: { max: 2 } }),
      },
      "too-many-parts",
      413,
      "a",
      "multiple.max",
    ],
    [
      "a field that is too long",
      [textPart("a", "12345")],
      {
        a: field({ maxBytes: 4 }),
      },
      "part-too-large",
      413,
      "a",
      "maxBytes",
    ],
    [
      "a field over 64 KiB",
      [textPart("a", "x".repeat(65_537))],
      {
        a: field(),
      },
      "part-too-large",
      413,
      "a",
      "maxBytes",
    ],
    [
      "a file in memory that is too long",
      [filePart("a", "x", "12345")],
      {
        a: file({ maxBytes: 4 }),
      },
      "part-too-large",
      413,
      "a",
      "maxBytes",
    ],
    [
      "a stored file that is too long",
      [filePart("a", "x", "12345")],
      {
        a: file({ maxBytes: 4, store: length }),
      },
      "part-too-large",
      413,
      "a",
      "maxBytes",
    ],
    [
      "one whose store reads nothing of it",
      [filePart("a", "x", "12345")],
      {
        a: file({ maxBytes: 4, store: () => 1 }),
      },
      "part-too-large",
      413,
      "a",
      "maxBytes",
    ],
    [
      "a type that is not wanted",
      [filePart("a", "x", "", "text/html")],
      {
        a: file({ types: ["image/*", "text/plain"] }),
      },
      "unacceptable-type",
      415,
      "a",
    ],
    [
      "a file that declares no type",
      [filePart("a", "x", "")],
      {
        a: file({ types: ["image/*"] }),
      },
      "unacceptable-type",
      415,
      "a",
    ],
    [
      "a file that its check refuses",
      [filePart("a", "x", "1")],
      {
        a: file({ check: () => false }),
      },
      "unacceptable-type",
      415,
      "a",
    ],
    [
      "a file that an async check refuses",
      [filePart("a", "x", "1")],
      {
        a: file({ check: () => Promise.resolve(false) }),
      },
      "unacceptable-type",
      415,
      "a",
    ],
    [
      "a value that its schema refuses",
      [textPart("a", "one")],
      {
        a: field({ schema: number }),
      },
      "invalid-value",
      422,
      "a",
    ],
  ];

  for (const [what, parts, shape, code, status, partName, limit] of refusals) {
    it(`refuses ${what}: ${code}`, async () => {
      const error = await refusal(() => readForm(form(...parts), shape));
      assertEquals(
        [error.code, error.status, error.partName, error.limit],
        [code, status, partName, limit],
      );
      assert(error.message.includes(`"${partName}"`), error.message);
      assertEquals(error.cause, undefined);
    });
  }

  it("a check may look at the first bytes, which the store still gets", async () => {
    const read = (body: string) =>
      readForm(form(filePart("a", "x.png", body)), {
        a: file({
          check: async (part) => (await part.peek(4))[1] === 0x50,
          store: length,
        }),
      });
    assertEquals((await read("\u0000PNG and more")).a, 13);
    const error = await refusal(() => read("<svg/>"));
    assertEquals([error.code, error.partName], ["unacceptable-type", "a"]);
  });

  it("says what a part has to be, and what it is", async () => {
    const shape = {
      f: file({ types: ["image/png", "audio/*"], optional: true }),
      t: field({ optional: true }),
    };
    const told: [part: Part, message: string][] = [
      [
        textPart("f", "x"),
        'Cannot take "f": it must be a file, and is a field',
      ],
      [
        filePart("t", "x.txt", "x"),
        'Cannot take "t": it must be a field, and is a file',
      ],
      [
        filePart("f", "x.txt", "x"),
        'Cannot take the file "f": it is "text/plain", not image/png, audio/*',
      ],
    ];
    for (const [part, message] of told) {
      const error = await refusal(() => readForm(form(part), shape));
      assertEquals(error.message, message);
    }
  });

  it("takes what just fits", async () => {
    const { a, b, c, d } = await readForm(
      form(
        textPart("a", "1234"),
        filePart("b", "x", "1234", "IMAGE/PNG; q=1"),
        filePart("c", "x", "1234", "text/css"),
        filePart("d", "x", "1234", "text/html"),
      ),
      {
        a: field({ maxBytes: 4, multiple: { min: 1, max: 1 } }),
        b: file({ maxBytes: 4, types: ["Image/*"], store: length }),
        c: file({ maxBytes: 4, types: ["text/css", "image/*"] }),
        d: file({ types: ["image/png", "*/*"] }),
      },
    );
    assertEquals([a, b, c.size, d.size], [["1234"], 4, 4, 4]);
  });

  it("optional with `multiple` may be absent, whatever `min` says", async () => {
    const { a } = await readForm(form(textPart("b", "")), {
      a: field({ optional: true, multiple: { min: 2 } }),
      b: field(),
    });
    assertEquals(a, []);
  });

  it("counts all that it holds against bufferedBytes, names of files too", async () => {
    const parts = [
      textPart("a", "1234"), // 5 bytes with its name
      filePart("f", "name.txt", "123456", "text/css"), // 23
      filePart("s", "1", "not held"), // 2
    ];
    const shape = {
      a: field(),
      f: file(),
      s: file({ store: length }),
    };
    const read = (bufferedBytes: number) =>
      readForm(form(...parts), shape, { limits: { bufferedBytes } });
    await read(30);
    for (const [bytes, name] of [[29, "s"], [27, "f"], [4, "a"]] as const) {
      const error = await refusal(() => read(bytes));
      assertEquals(
        [error.code, error.status, error.partName, error.limit],
        ["part-too-large", 413, name, "bufferedBytes"],
      );
    }
  });

  it("a limit of the reader counts too", async () => {
    const error = await refusal(() =>
      readForm(form(textPart("a", "1"), textPart("a", "2")), {
        a: field({ multiple: true }),
      }, { limits: { parts: 1 } })
    );
    assertEquals([error.code, error.status], ["too-many-parts", 413]);
  });

  it("gives what schemas make of values, sync and async", async () => {
    const late = schema((value) => `${value}!`, true);
    const values = await readForm(
      form(
        textPart("n", "7"),
        textPart("m", "1"),
        textPart("m", "2"),
        textPart("l", "late"),
      ),
      {
        n: field({ schema: number }),
        m: field({ schema: number, multiple: true }),
        l: field({ schema: late }),
        o: field({ schema: number, optional: true }),
      },
    );
    assertEquals({ ...values }, { n: 7, m: [1, 2], l: "late!", o: undefined });
  });

  it("gives a schema's issues, as they are", async () => {
    const error = await refusal(() =>
      readForm(form(textPart("n", "x")), { n: field({ schema: number }) })
    );
    assertEquals(error.issues, [
      { message: "Expected something else", path: ["deep", 0] },
    ]);
    assertEquals(error.message, 'Cannot take "n": Expected something else');
  });

  it("names what a schema's issue is about, if it says so", async () => {
    const named: [issues: SchemaIssue[], partName: string | undefined][] = [
      [[], undefined],
      [[{ message: "No" }], undefined],
      [[{ message: "No", path: [] }], undefined],
      [[{ message: "No", path: ["b", "a"] }], "b"],
      [[{ message: "No", path: [{ key: "b" }] }], "b"],
      [[{ message: "No", path: [{ key: 1 }] }], undefined],
      [[{ message: "No", path: [0] }], undefined],
    ];
    for (const [issues, partName] of named) {
      const error = await refusal(() =>
        readForm(form(textPart("a", "1")), { a: field() }, {
          schema: {
            "~standard": {
              version: 1,
              vendor: "test",
              validate: () => ({ issues }),
            },
          },
        })
      );
      assertEquals([error.code, error.partName, error.issues], [
        "invalid-value",
        partName,
        issues,
      ]);
      const what = partName === undefined ? "the form" : `"${partName}"`;
      const why = issues.length > 0 ? "No" : "its schema rejects it";
      assertEquals(error.message, `Cannot take ${what}: ${why}`);
    }
  });

  it("gives what a schema makes of the whole form", async () => {
    const whole = (isAsync: boolean): StandardSchema<string, number> =>
      schema((value) => Object.keys(Object(value)).length, isAsync);
    for (const isAsync of [false, true]) {
      const count = await readForm(
        form(textPart("a", "1")),
        { a: field(), b: field({ optional: true }) },
        { schema: whole(isAsync) },
      );
      assertEquals(count, 2);
    }
    const error = await refusal(() =>
      readForm(form(textPart("a", "1")), { a: field() }, {
        schema: schema(() => undefined, true),
      })
    );
    assertEquals([error.code, error.status, error.partName], [
      "invalid-value",
      422,
      "deep",
    ]);
  });

  it("takes no other media type", async () => {
    const types = [
      undefined,
      "text/plain",
      "multipart/mixed; boundary=b",
      "multipart/x-mixed-replace; boundary=b",
      "multipart/form-data-x; boundary=b",
      "application/json",
    ];
    for (const type of types) {
      const { body } = form(textPart("a", "1"));
      const headers = { "content-type": type };
      const error = await refusal(() =>
        readForm({ headers, body }, { a: field() })
      );
      assertEquals([error.code, error.status], ["unsupported-media-type", 415]);
    }
  });

  it("a form without a boundary is invalid, and one without a body truncated", async () => {
    const shape = { a: field() };
    const bare = await refusal(() =>
      readForm(message("multipart/form-data", []), shape)
    );
    assertEquals(bare.code, "invalid-boundary");
    const cut = await refusal(() => readForm(multipart([]), shape));
    assertEquals(cut.code, "truncated");
  });

  it("incorrect use is a TypeError or a RangeError", async () => {
    const wrong = (value: unknown): never => value as never;
    assertThrows(() => field(wrong({ maxSize: 1 })), TypeError, "maxSize");
    assertThrows(() => file(wrong({ maxbytes: 1 })), TypeError, "maxbytes");
    assertThrows(() => field({ maxBytes: -1 }), RangeError);
    assertThrows(() => file({ maxBytes: 0.5 }), RangeError);
    assertThrows(() => file({ multiple: { max: -1 } }), RangeError);
    assertThrows(() => file({ multiple: { min: 3, max: 2 } }), RangeError);
    for (const multiple of [3, "yes", null, { maxCount: 3 }]) {
      const rule = wrong({ multiple });
      assertThrows(() => field(rule), TypeError, "multiple");
      assertThrows(() => file(rule), TypeError, "multiple");
    }
    assertThrows(() => file({ types: ["png"] }), TypeError, "png");
    assertThrows(() => file({ types: ["*/png"] }), TypeError);
    assertThrows(() => file(wrong({ store: "uploads" })), TypeError, "store");
    for (const schema of [/a/, null, 1, {}]) {
      assertThrows(() => field(wrong({ schema })), TypeError, "schema");
    }
    const read = (shape: unknown, options?: unknown) =>
      readForm(urlencoded("a=1"), wrong(shape), wrong(options));
    await assertRejects(() => read({ a: number }), TypeError, "field()");
    await assertRejects(() => read({ a: field() }, { unknown: 1 }), TypeError);
    await assertRejects(() => read({ a: field() }, { schema: 1 }), TypeError);
    await assertRejects(
      () => read({ a: field() }, { fileSize: 1 }),
      TypeError,
      "partBytes",
    );
  });

  it("an error is not hidden by a source that cannot be cancelled", async () => {
    for (const cut of [1, 2]) {
      const bytes = formBody([textPart("x", "1"), textPart("a", "2")]);
      const cancelled: unknown[] = [];
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(bytes.subarray(0, bytes.length - cut));
        },
        cancel(reason) {
          cancelled.push(reason);
          throw new Error("Cannot be cancelled");
        },
      });
      const error = await refusal(() =>
        readForm({ ...form(), body }, { a: field() })
      );
      assertEquals([error.code, error.partName], ["unexpected-part", "x"]);
      assertEquals(cancelled.length, 1);
    }
  });

  it("releases the source when it is done", async () => {
    const whole = form(textPart("a", "1"));
    await readForm(whole, { a: field() });
    assertEquals(whole.body.locked, false);
  });
});
