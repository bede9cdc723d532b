import { assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartError,
  MultipartParser,
  MultipartReader,
} from "@tributary/multipart";
import { fieldHead, formBody, streamOf, utf8 } from "../bytes.ts";
import { probe, turns } from "../reader/probe.ts";
import { seededRandom } from "../writer/random.ts";
import { CORPUS, damage, lookAt } from "./corpus.ts";
import { errorOf, FORM, readAll } from "./hostile.ts";

/** More would take minutes. They belong in the fuzz tests. */
const MUTANTS = 20_000;
const MUTANTS_READ = 1_500;

const PROFILES = ["form-data", "mime", "mixed-replace"] as const;

/** Names that have a meaning for objects, or for parsers of nested fields. */
const NAMES = [
  "",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "0",
  "-1",
  "4294967295",
  "length",
  "a[b][c][d]",
  "a[",
  "a[]",
  "a.b.c",
  `a${"[b]".repeat(500)}`,
];

describe("T1 crash", () => {
  it("a damaged input ends, or fails with a MultipartError", () => {
    const random = seededRandom(1);
    for (let round = 0; round < MUTANTS; round++) {
      const { body } = random.pick(CORPUS);
      const bytes = damage(body, random);
      const cut = random.below(bytes.length + 1);
      const parser = new MultipartParser({
        boundary: "b",
        profile: PROFILES[round % 3],
      });
      try {
        readAll(parser, [bytes.subarray(0, cut), bytes.subarray(cut)], (e) => {
          if (e.type === "part") lookAt(e.head);
        });
      } catch (error) {
        assertInstanceOf(
          error,
          MultipartError,
          new TextDecoder().decode(bytes),
        );
      }
    }
  });

  it("so it does where all parts are read, nested and decoded ones too", async () => {
    const random = seededRandom(2);
    for (let round = 0; round < MUTANTS_READ; round++) {
      const { body, contentType } = random.pick(CORPUS);
      const bytes = damage(body, random);
      const reader = new MultipartReader([bytes], { contentType });
      try {
        for await (const part of reader.walk()) await part.bytes();
      } catch (error) {
        assertInstanceOf(
          error,
          MultipartError,
          new TextDecoder().decode(bytes),
        );
      }
    }
    await turns();
  });

  it("what nobody listens to fails in silence", async () => {
    for (let cut = 0; cut < CORPUS[0].body.length; cut++) {
      const source = probe(
        [CORPUS[0].body.subarray(0, cut)],
        new Error("gone"),
      );
      const reader = new MultipartReader(source.stream, { contentType: FORM });
      const { value: part } = await reader.next().catch(() => ({
        value: null,
      }));
      // Nothing awaits these promises: an unhandled rejection would fail the
      // test run.
      void part?.body;
      await reader.next().catch(() => {});
    }
    await turns();
  });

  it("a header line that begins with a space is neither a field nor a fold", async () => {
    for (const head of [` : x`, ` ${fieldHead("a")}\r\n b`, `\t`, `: x`, `:`]) {
      const reader = new MultipartReader(formBody([[head, "1"]]), {
        contentType: FORM,
      });
      const error = await errorOf(() => reader.next());
      assertEquals(error.status, 400, head);
    }
  });

  it("a name is text, whatever it means to an object", async () => {
    const body = formBody(NAMES.map((name) => [fieldHead(name), name]));
    const form = await new MultipartReader(body, { contentType: FORM })
      .formData();
    assertEquals([...form], NAMES.map((name) => [name, name]));
    assertEquals(Reflect.get({}, "b"), undefined);
  });

  it("so is the name of a header field and of a parameter", async () => {
    for (const name of ["__proto__", "constructor", "toString", "0"]) {
      const bytes = utf8(
        `--b\r\n${name}: 1\r\nContent-Type: a/b;${name}=2\r\n\r\n3\r\n--b--`,
      );
      const reader = new MultipartReader(streamOf([bytes]), {
        contentType: `multipart/mixed; ${name}=4; boundary=b`,
      });
      assertEquals(reader.parameters.get(name.toLowerCase()), "4");
      const { value: part } = await reader.next();
      assertEquals(part?.headers.get(name), "1");
      assertEquals(part?.charset, undefined);
      assertEquals(await part?.text(), "3");
      await reader.cancel();
    }
  });
});
