/** `readForm` with the libraries that implement Standard Schema. */
import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { field, file, MultipartError, readForm } from "@tributary/multipart";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";

const soon = () => new Promise<void>((resolve) => setTimeout(resolve, 1));

/** The same three kinds of field in each library. */
const libraries = {
  zod: {
    year: z.coerce.number().int().min(1900),
    color: z.enum(["red", "blue"]),
    user: z.string().refine(async (name) => {
      await soon();
      return name !== "taken";
    }, "Taken"),
    whole: z.object({ year: z.number(), color: z.string(), user: z.string() })
      .refine(({ year, color }) => year < 2000 || color === "blue", {
        path: ["color"],
        message: "Too late for red",
      }),
  },
  valibot: {
    year: v.pipe(v.string(), v.digits(), v.transform(Number), v.minValue(1900)),
    color: v.picklist(["red", "blue"]),
    user: v.pipeAsync(
      v.string(),
      v.checkAsync(async (name) => {
        await soon();
        return name !== "taken";
      }, "Taken"),
    ),
    whole: v.pipe(
      v.object({ year: v.number(), color: v.string(), user: v.string() }),
      v.forward(
        v.check(
          ({ year, color }) => year < 2000 || color === "blue",
          "Too late for red",
        ),
        ["color"],
      ),
    ),
  },
  arktype: {
    year: type("string.integer.parse").to("number >= 1900"),
    color: type("'red' | 'blue'"),
    // arktype has no async checks.
    user: type("string").narrow((name, context) =>
      name !== "taken" || context.reject({ message: "Taken" })
    ),
    whole: type({ year: "number", color: "string", user: "string" }).narrow(
      ({ year, color }, context) =>
        year < 2000 || color === "blue" ||
        context.reject({ path: ["color"], message: "Too late for red" }),
    ),
  },
};

function form(entries: Record<string, string>): Response {
  const body = new FormData();
  for (const [name, value] of Object.entries(entries)) body.append(name, value);
  return new Response(body);
}

for (
  const [library, { year, color, user, whole }] of Object.entries(libraries)
) {
  describe(`readForm() with ${library}`, () => {
    const shape = {
      year: field({ schema: year }),
      color: field({ schema: color }),
      user: field({ schema: user }),
    };
    const read = (entries: Record<string, string>) =>
      readForm(form(entries), shape, { schema: whole });
    const good = { year: "1984", color: "red", user: "ada" };

    it("gives what the schemas make of text", async () => {
      const values = await readForm(form(good), shape);
      assertEquals({ ...values }, { year: 1984, color: "red", user: "ada" });
      assertEquals({ ...await read(good) }, { ...values });
    });

    const refused: [string, Record<string, string>, string][] = [
      ["coerced", { ...good, year: "1800" }, "year"],
      ["not a number", { ...good, year: "x" }, "year"],
      ["one of a list", { ...good, color: "green" }, "color"],
      ["checked async", { ...good, user: "taken" }, "user"],
      ["checked against another", { ...good, year: "2001" }, "color"],
    ];
    for (const [what, entries, partName] of refused) {
      it(`refuses a value that is ${what}, with issues`, async () => {
        const error = await assertRejects(() => read(entries));
        assertInstanceOf(error, MultipartError);
        assertEquals([error.code, error.status, error.partName], [
          "invalid-value",
          422,
          partName,
        ]);
        assertEquals(error.issues?.length, 1);
        assertEquals(typeof error.issues?.[0]?.message, "string");
      });
    }
  });
}

describe("the types of the libraries' schemas", () => {
  it("are those of the values", async () => {
    const { zod, valibot, arktype } = libraries;
    const values = await readForm(
      form({ a: "1984", b: "red", c: "1984", d: "blue", e: "1984" }),
      {
        a: field({ schema: zod.year }),
        b: field({ schema: zod.color }),
        c: field({ schema: valibot.year }),
        d: field({ schema: valibot.color, multiple: true }),
        e: field({ schema: arktype.year, optional: true }),
        f: file({ optional: true }),
      },
    );
    const numbers: [number, number, number | undefined] = [
      values.a,
      values.c,
      values.e,
    ];
    const colors: ("red" | "blue")[] = [values.b, ...values.d];
    assertEquals(numbers, [1984, 1984, 1984]);
    assertEquals(colors, ["red", "blue"]);
  });
});
