import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { field, file, type FormRule, readForm } from "@tributary/multipart";
import { cuttings, utf8 } from "../../bytes.ts";
import { message, refusal, urlencoded } from "./forms.ts";

const TYPE = "application/x-www-form-urlencoded";

describe("readForm() of a urlencoded form", () => {
  const inputs = [
    "a=1&b=2&a=3",
    "a",
    "a&b=",
    "=1",
    "=",
    "&&a=1&&",
    "a==1=&b",
    "a+b=+c+&%61%62=%2B%26%3d",
    "a=%&b=%4&c=%zz&d=%4z&e=%%41&f=%4%41&%=%",
    "caf%C3%A9=%E2%82%AC&x=\u20ac&y=%ff%E2%82&z=%EF%BB%BF1",
    "\uFEFFa=1",
    "a=%00%0D%0A&n%0D%0A%22\\=1",
    "__proto__=1&constructor=2",
    "a;b=1;c",
  ];
  for (const input of inputs) {
    it(`reads ${JSON.stringify(input)} as URLSearchParams does`, async () => {
      const bytes = utf8(input);
      // URLSearchParams drops a leading question mark. No input begins with
      // one.
      const expected = new Map<string, string[]>();
      for (const [name, value] of new URLSearchParams(input)) {
        expected.set(name, [...expected.get(name) ?? [], value]);
      }
      const shape: Record<string, FormRule<string[]>> = Object.create(null);
      for (const name of expected.keys()) {
        shape[name] = field({ multiple: true });
      }
      for (const { label, chunks } of cuttings(bytes)) {
        const values = await readForm(message(TYPE, chunks), shape);
        assertEquals(
          new Map(Object.entries(values)),
          expected,
          label,
        );
      }
    });
  }

  it("keeps to the same rules", async () => {
    const cases: [string, Record<string, FormRule<unknown>>, string, string][] =
      [
        ["b=1", { a: field({ optional: true }) }, "unexpected-part", "b"],
        ["a=1", { a: file() }, "unexpected-part", "a"],
        ["", { a: field() }, "missing-part", "a"],
        ["a=1&a=2", { a: field() }, "too-many-parts", "a"],
        ["a=12345", { a: field({ maxBytes: 4 }) }, "part-too-large", "a"],
      ];
    for (const [text, shape, code, name] of cases) {
      const error = await refusal(() => readForm(urlencoded(text), shape));
      assertEquals([error.code, error.partName], [code, name], text);
    }
    const skipped = await readForm(urlencoded("x=1&a=2&y"), { a: field() }, {
      unknown: "skip",
    });
    assertEquals({ ...skipped }, { a: "2" });
    assertEquals({ ...await readForm(urlencoded(""), {}) }, {});
  });

  it("takes a charset, and any case, in its Content-Type", async () => {
    const type = "Application/X-WWW-Form-Urlencoded; charset=UTF-8";
    const { a } = await readForm(message(type, [utf8("a=%C3%A9")]), {
      a: field(),
    });
    assertEquals(a, "\u00e9");
  });

  /** A gigabyte, of which the reader should pull as little as possible. */
  function gigabyte(text: string) {
    const chunk = utf8(text.repeat(65_536 / text.length));
    const count = { chunks: 0 };
    function* chunks(): Generator<Uint8Array> {
      while (count.chunks < 16_384) {
        count.chunks++;
        yield chunk;
      }
    }
    return { message: message(TYPE, chunks()), count };
  }

  const floods: [string, boolean, string, number][] = [
    ["a=", true, "part-too-large", 3],
    ["a=&", true, "too-many-parts", 2],
    ["&", true, "too-many-parts", 2],
    ["a", true, "header-too-large", 2],
    ["x&", true, "unexpected-part", 2],
    ["x&", false, "too-many-parts", 2],
    ["%61", true, "header-too-large", 2],
  ];
  for (const [text, rejects, code, chunks] of floods) {
    it(`stops 1 GB of "${text}": ${code}${rejects ? "" : ", skipping"}`, async () => {
      const { message, count } = gigabyte(text);
      const error = await refusal(() =>
        readForm(message, { a: field({ multiple: true }) }, {
          unknown: rejects ? "reject" : "skip",
        })
      );
      assertEquals(error.code, code);
      assert(count.chunks <= chunks, `${count.chunks} chunks`);
      assertEquals(message.body.locked, false);
    });
  }

  it("keeps to the reader's limits", async () => {
    const limits: [string, object, string, string][] = [
      ["a=12345", { totalBytes: 6 }, "body-too-large", "totalBytes"],
      ["a=12345", { partBytes: 4 }, "part-too-large", "partBytes"],
      ["a=1&a=2", { parts: 1 }, "too-many-parts", "parts"],
      ["aa=1", { headerBytes: 1 }, "header-too-large", "headerBytes"],
    ];
    for (const [text, limit, code, name] of limits) {
      const shape = { a: field({ multiple: true }), aa: field() };
      const error = await refusal(() =>
        readForm(urlencoded(text), shape, { limits: limit })
      );
      assertEquals([error.code, error.limit], [code, name], text);
    }
    const { a } = await readForm(urlencoded("a=12345"), { a: field() }, {
      limits: { totalBytes: 7, partBytes: 5, parts: 1, headerBytes: 1 },
    });
    assertEquals(a, "12345");
  });
});
