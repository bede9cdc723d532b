import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import {
  MultipartError,
  MultipartReader,
  MultipartWriter,
} from "@tributary/multipart";
import { fieldHead, formBody } from "../bytes.ts";
import { seededRandom } from "../writer/random.ts";
import { CORPUS, damage } from "./corpus.ts";
import { errorOf, FORM, inTurn, MIXED, repeated } from "./hostile.ts";

/** Characters that end a line, hide one, or colour it. */
const CONTROLS = "\r\n\t\0\x1b[31m\x7f\u009b\u2028\u2029";

// deno-lint-ignore no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

describe("T11 logs", () => {
  const written: string[] = [];
  const kept = new Map<string, unknown>();

  beforeEach(() => {
    written.length = 0;
    for (const name of Object.keys(console)) {
      const method: unknown = Reflect.get(console, name);
      if (typeof method !== "function") continue;
      kept.set(name, method);
      Reflect.set(console, name, () => void written.push(name));
    }
  });

  afterEach(() => {
    for (const [name, method] of kept) Reflect.set(console, name, method);
    kept.clear();
  });

  it("a million bad parts are one error, and no line of a log", async () => {
    const reader = new MultipartReader(
      repeated("--b\r\nbad\r\n\r\n\r\n", 13e6),
      {
        contentType: FORM,
      },
    );
    const errors = new Set<unknown>();
    for (let round = 0; round < 1000; round++) {
      errors.add(await errorOf(() => reader.next()));
    }
    assertEquals(errors.size, 1);
    assertEquals(reader.partsRead, 0);
    assertEquals(written, []);
  });

  it("nothing that is wrong, or right, is logged", async () => {
    const random = seededRandom(11);
    for (let round = 0; round < 500; round++) {
      const { body, contentType } = random.pick(CORPUS);
      const bytes = round < 10 ? body : damage(body, random);
      try {
        const reader = new MultipartReader([bytes], { contentType });
        for await (const part of reader.walk()) await part.bytes();
      } catch {
        // T1 tests that it fails with a MultipartError.
      }
    }
    const writer = new MultipartWriter();
    try {
      writer.append("x", { name: CONTROLS });
    } catch {
      // A TypeError.
    }
    await writer.bytes();
    assertEquals(written, []);
  });

  it("what a peer sent comes escaped into a message, and short", async () => {
    const noise = `${CONTROLS}${"\x1b".repeat(1000)}"`;
    const inputs: [contentType: string, body: string][] = [
      [`text/${noise}`, ""],
      [`multipart/mixed; boundary="${noise}"`, ""],
      [`multipart/mixed; boundary="${"\x1b".repeat(10)}"`, ""],
      [`multipart/mixed; boundary="${"b".repeat(10_000)}"`, ""],
      [noise.repeat(100), ""],
      [
        MIXED,
        `--b\r\nContent-Type: text/plain; charset="\u00a0${
          "x".repeat(1000)
        }"\r\n\r\n\r\n--b--`,
      ],
    ];
    for (const text of ["\x1b[2J", "\x7f\u009b", "x".repeat(10_000)]) {
      inputs.push(
        [FORM, `--b\r\n${text}\r\n\r\n`],
        [FORM, `--b\r\n${text}: 1\r\n\r\n`],
        [FORM, `--b\r\nContent-Disposition: ${text}\r\n\r\n`],
        [FORM, `--b\r\nContent-Disposition: form-data; a="${text}"\r\n\r\n`],
        [FORM, `--b\r\n${fieldHead(text)}; name=b\r\n\r\n`],
        [FORM, `--b${text}`],
        [FORM, text],
        [MIXED, `--b\r\n${text}\r\n\r\n`],
        [MIXED, `--b\r\nContent-Transfer-Encoding: ${text}\r\n\r\n\r\n--b--`],
        [MIXED, `--b\r\nContent-Encoding: ${text}\r\n\r\n\r\n--b--`],
        [MIXED, `--b\r\nContent-Encoding: gzip\r\n\r\n${text}\r\n--b--`],
        [
          MIXED,
          `--b\r\nContent-Type: multipart/mixed; boundary="${text}${text}${
            "b".repeat(60)
          }"\r\n\r\n\r\n--b--`,
        ],
      );
    }
    for (const [contentType, body] of inputs) {
      const error = await errorOf(async () => {
        const reader = new MultipartReader(inTurn(body), { contentType });
        for await (const part of reader) {
          // walk() passes over an inner multipart that it cannot open.
          if (part.isMultipart) await part.parts().next();
          else await part.text();
        }
      });
      assertLessOrEqual(error.message.length, 256);
      assert(!UNSAFE.test(error.message), JSON.stringify(error.message));
    }
    assertEquals(written, []);
  });

  it("a message is one line of at most 256 characters, whatever it is made of", () => {
    for (const length of [0, 1, 100, 255, 256, 257, 1e6]) {
      for (const character of ["x", "\n", "\u2028", "\u{1f600}"]) {
        const { message } = new MultipartError(
          "invalid-header",
          character.repeat(length),
        );
        assertLessOrEqual(message.length, 256);
        assert(!UNSAFE.test(message));
      }
    }
  });

  it("a body that is right is read without a word too", async () => {
    const body = formBody([[fieldHead("a"), "1"]]);
    const reader = new MultipartReader(body, { contentType: FORM });
    assertEquals([...await reader.formData()], [["a", "1"]]);
    assertEquals(written, []);
  });
});
