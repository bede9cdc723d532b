import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartParser,
  type MultipartProfile,
  MultipartReader,
} from "@tributary/multipart";
import { utf8 } from "../bytes.ts";
import { lookAt } from "./corpus.ts";
import {
  assertGrowth,
  codeOf,
  errorOf,
  KiB,
  repeatedWhole,
} from "./hostile.ts";

interface Attack {
  name: string;
  before: string;
  piece: string;
  after?: string;
  profile?: MultipartProfile;
  /** Whether it has thousands of fields with one name. */
  hasManyFields?: boolean;
}

const disposition = "Content-Disposition: form-data; name=";

/** Each input is as long as requested, and comes before the end of the head. */
const attacks: Attack[] = [
  { name: "backslashes in a name", before: `${disposition}"`, piece: "a\\" },
  {
    name: "escaped quotes",
    before: `${disposition}"`,
    piece: '\\"',
    after: '"',
  },
  { name: "a quote that never closes", before: `${disposition}"`, piece: "a" },
  { name: "a line without a colon", before: "", piece: "x" },
  { name: "colons", before: "", piece: ":" },
  { name: "spaces before a colon", before: "a", piece: " ", after: ": b" },
  { name: "spaces behind a value", before: "a: b", piece: " " },
  { name: "spaces, and a value", before: "a: ", piece: " ", after: "b" },
  { name: "semicolons", before: `${disposition}a`, piece: ";" },
  { name: "semicolons and spaces", before: `${disposition}a`, piece: "; " },
  { name: "parameters", before: `${disposition}a`, piece: ";b=c" },
  {
    name: "parameters of one name",
    before: `${disposition}a`,
    piece: ";name=c",
  },
  {
    name: "continuations",
    before: "Content-Disposition: a",
    piece: ";filename*0*=UTF-8''a",
    profile: "mime",
  },
  {
    name: "an extended value",
    before: "Content-Disposition: a;filename*=UTF-8''",
    piece: "%41",
    profile: "mime",
  },
  {
    name: "quotes of an extended value",
    before: "Content-Disposition: a;filename*=UTF-8",
    piece: "'",
    profile: "mime",
  },
  {
    name: "encoded words",
    before: `${disposition}"`,
    piece: "=?utf-8?q?=?=",
    after: '"',
  },
  {
    name: "fields of nothing",
    before: `${disposition}a\r\n`,
    piece: "a:\r\n",
    after: "b: c",
    hasManyFields: true,
  },
  {
    name: "folds",
    before: "a: b",
    piece: "\r\n ",
    after: "c",
    profile: "mime",
  },
  {
    name: "folds of spaces",
    before: "a: b",
    piece: "\r\n         ",
    after: "c",
    profile: "mime",
  },
  {
    name: "a list of types",
    before: `${disposition}a\r\nContent-Type: a/b`,
    piece: ",a/b",
  },
  {
    name: "quotes in a list of types",
    before: `${disposition}a\r\nContent-Type: a/b`,
    piece: ';c=",',
  },
  {
    name: "a type's parameters",
    before: `${disposition}a\r\nContent-Type: a/b`,
    piece: ';charset="\\',
  },
  {
    name: "types, a field each",
    before: `${disposition}a`,
    piece: "\r\nContent-Type: a/b;charset=c",
  },
  {
    name: "content codings",
    before: `${disposition}a\r\nContent-Encoding: a`,
    piece: " ,",
  },
  {
    name: "a Content-ID",
    before: `${disposition}a\r\nContent-ID: `,
    piece: "<",
  },
  {
    name: "a Content-Range",
    before: `${disposition}a\r\nContent-Range: bytes `,
    piece: "1",
  },
];

/** A part with a head of this many bytes. */
function input(
  { before, piece, after = "" }: Attack,
  bytes: number,
): Uint8Array {
  const start = utf8(`--b\r\n${before}`);
  const middle = repeatedWhole(piece, bytes - bytes % piece.length);
  const end = utf8(`${after}\r\n\r\n1\r\n--b--`);
  const whole = new Uint8Array(start.length + middle.length + end.length);
  whole.set(start);
  whole.set(middle, start.length);
  whole.set(end, start.length + middle.length);
  return whole;
}

describe("T4 header CPU", () => {
  for (const attack of attacks) {
    it(`${attack.name}: its time grows with the head`, async () => {
      const inputs = new Map(
        [4 * KiB, 64 * KiB].map((size) => [size, input(attack, size)]),
      );
      await assertGrowth((size) => {
        const parser = new MultipartParser({
          boundary: "b",
          profile: attack.profile ?? "form-data",
          limits: { headerBytes: Infinity, headers: Infinity },
        });
        codeOf(parser, [inputs.get(size) ?? utf8("")], (event) => {
          if (event.type !== "part") return;
          // Bun's own `Headers` takes quadratic time for repeated fields, if
          // `limits.headers` allows that many.
          if (attack.hasManyFields) void event.head.name;
          else lookAt(event.head);
        });
      }, { from: 4 * KiB });
    });
  }

  it("the same holds for the message's Content-Type", async () => {
    for (
      const piece of [
        "\\",
        '\\"',
        ";",
        ";a=b",
        ' ;a="',
        ",",
        " ",
        ";boundary=b",
      ]
    ) {
      await assertGrowth(
        (size) => {
          const contentType = `multipart/mixed;x="${
            piece.repeat(size / piece.length)
          }`;
          try {
            new MultipartReader([], { contentType });
          } catch (error) {
            assertEquals(Reflect.get(Object(error), "name"), "MultipartError");
          }
        },
        { from: 4 * KiB },
        piece,
      );
    }
  });

  it("a head byte by byte takes no longer for each", async () => {
    const chunks = Array.from(
      input(attacks[0], 128 * KiB),
      (byte) => Uint8Array.of(byte),
    );
    await assertGrowth((size) => {
      const parser = new MultipartParser({
        boundary: "b",
        limits: { headerBytes: Infinity },
      });
      codeOf(parser, chunks.slice(0, size));
    }, { from: 4 * KiB });
  });

  it("by default no head is longer than 16 KiB", async () => {
    for (const attack of attacks) {
      const reader = new MultipartReader([input(attack, 64 * KiB)], {
        boundary: "b",
        profile: attack.profile ?? "form-data",
      });
      const error = await errorOf(() => reader.next());
      assertEquals(error.code, "header-too-large", attack.name);
    }
  });
});
