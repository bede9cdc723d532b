/** Invalid options throw before a source is opened. */
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  field,
  file,
  FrameBroadcast,
  mixedReplace,
  MultipartDecoderStream,
  MultipartError,
  MultipartParser,
  MultipartReader,
  type MultipartReaderOptions,
  MultipartWriter,
  type PartReader,
  readForm,
  sanitizeFilename,
} from "@tributary/multipart";
import { fieldHead, formBody, utf8 } from "../bytes.ts";
import { polyfilled } from "../foreign.ts";
import { probe } from "./probe.ts";

const FORM = "multipart/form-data; boundary=b";
const URL_ENCODED = "application/x-www-form-urlencoded";
const NESTED = utf8(
  "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n" +
    "--c\r\n\r\ninner\r\n--c--\r\n--b--",
);

/** A value that the types forbid, as plain JavaScript may pass it. */
function wrong(value: unknown): never {
  return value as never;
}

async function firstPart(body = formBody([[fieldHead("a"), "value"]])): Promise<
  PartReader
> {
  const reader = new MultipartReader(body, { boundary: "b" });
  const { value: part } = await reader.next();
  assert(part !== undefined);
  return part;
}

const notSignals: [string, unknown][] = [
  ["an AbortController", new AbortController()],
  ["a plain object", {}],
  ["an EventTarget", new EventTarget()],
  ["a number", 5],
  ["text", "abort"],
];

type Opener = (
  source: ReadableStream<Uint8Array>,
  options: MultipartReaderOptions,
) => unknown;

const openers: Record<string, Opener> = {
  "new MultipartReader()": (source, options) =>
    new MultipartReader(source, { boundary: "b", ...options }),
  "MultipartReader.from()": (body, options) =>
    MultipartReader.from({ headers: { "content-type": FORM }, body }, options),
  "new MultipartDecoderStream()": (_source, options) =>
    new MultipartDecoderStream({ boundary: "b", ...options }),
  "readForm() of a multipart": (body, options) =>
    readForm({ headers: { "content-type": FORM }, body }, {}, options),
  "readForm() of a urlencoded form": (body, options) =>
    readForm({ headers: { "content-type": URL_ENCODED }, body }, {}, options),
  "mixedReplace()": (source, { signal }) => mixedReplace(source, { signal }),
  "new FrameBroadcast()": (_source, { signal }) =>
    new FrameBroadcast({ signal }),
  "FrameBroadcast.subscribe()": (_source, { signal }) =>
    new FrameBroadcast().subscribe({ signal }),
};

describe("a signal that is not one", () => {
  for (const [name, open] of Object.entries(openers)) {
    for (const [what, signal] of notSignals) {
      it(`${what} is a TypeError of ${name}, and the source stays free`, async () => {
        const { stream, pulls } = probe([utf8("--b--")], "stall");
        await assertRejects(
          async () => await open(stream, { signal: wrong(signal) }),
          TypeError,
          "Cannot use `signal`: it is not an AbortSignal, such as " +
            "`controller.signal`",
        );
        assert(!stream.locked);
        assertEquals(pulls, 0);
      });
    }
  }

  it("leaves a part to be read", async () => {
    const part = await firstPart(NESTED);
    assertThrows(
      () => part.parts({ signal: wrong(new AbortController()) }),
      TypeError,
      "Cannot use `signal`",
    );
    const { value: inner } = await part.parts().next();
    assertEquals(await inner?.text(), "inner");
  });

  for (const [name, open] of Object.entries(openers)) {
    it(`may be null for ${name}, as in the options of fetch()`, async () => {
      const { stream } = probe([]);
      // A form that never ends is the peer's fault, not the signal's.
      const opened = async () => await open(stream, { signal: wrong(null) });
      const outcome = await opened().catch((error) => error);
      assert(!(outcome instanceof TypeError));
    });
  }

  it("may be of another realm, or a polyfill's", async () => {
    const controller = new AbortController();
    const signal = polyfilled(controller.signal);
    const { stream } = probe([utf8("a=1&")], "stall");
    const headers = { "content-type": URL_ENCODED };
    const form = readForm({ headers, body: stream }, { a: field() }, {
      signal,
    });
    const reason = new Error("enough");
    controller.abort(reason);
    assertStrictEquals(await assertRejects(() => form), reason);
    assert(!stream.locked);
  });
});

describe("an option of the wrong kind", () => {
  const notText: [string, unknown][] = [
    ["a number", 5],
    ["an array", ["b"]],
    ["an object", {}],
  ];
  for (const [what, value] of notText) {
    it(`a boundary that is ${what} is a TypeError`, () => {
      const boundary = wrong(value);
      const { stream } = probe([]);
      for (
        const open of [
          () => new MultipartReader(stream, { boundary }),
          () => new MultipartDecoderStream({ boundary }),
          () => new MultipartParser({ boundary }),
        ]
      ) {
        assertThrows(
          open,
          TypeError,
          "Cannot use the boundary: it is not text",
        );
      }
      assert(!stream.locked);
    });

    it(`a Content-Type that is ${what} is a TypeError`, () => {
      const { stream } = probe([]);
      assertThrows(
        () => new MultipartReader(stream, { contentType: wrong(value) }),
        TypeError,
        "Cannot read the source: pass { boundary } or { contentType }",
      );
      assert(!stream.locked);
    });

    it(`a charset that is ${what} is unknown, and nothing is read`, async () => {
      const part = await firstPart();
      const charset = wrong(value);
      const message =
        "Cannot read part 0: this runtime does not know the charset";
      for (
        const way of [
          () => part.text({ charset }),
          () => part.json({ charset }),
          async () => await part.textStream({ charset }),
        ]
      ) await assertRejects(way, MultipartError, message);
      assertEquals(await part.text(), "value");
    });

    it(`line endings that are ${what} are a TypeError`, () => {
      assertThrows(
        () =>
          new MultipartReader(NESTED, {
            boundary: "b",
            lineEndings: wrong(value),
          }),
        TypeError,
        "Cannot use lineEndings",
      );
    });

    it(`a file name that is ${what} is a TypeError`, () => {
      assertThrows(
        () => sanitizeFilename(wrong(value)),
        TypeError,
        "Cannot sanitize the name: it is not text",
      );
    });
  }

  it("a Content-Type that the peer did not send is 415", () => {
    const contentType = wrong(new Headers().get("content-type"));
    const error = assertThrows(
      () => new MultipartReader(NESTED, { contentType }),
      MultipartError,
      "Cannot read the body: it has no Content-Type",
    );
    assertEquals(error.status, 415);
  });

  it("a profile of no such name is a TypeError", () => {
    for (const profile of ["forms", "toString", ""]) {
      assertThrows(
        () =>
          new MultipartReader(NESTED, {
            boundary: "b",
            profile: wrong(profile),
          }),
        TypeError,
        `Cannot use profile "${profile}"`,
      );
    }
  });

  it("limits of nested parts that are not an object are a TypeError", async () => {
    const part = await firstPart(NESTED);
    for (const limits of [5, null, true, [5]]) {
      assertThrows(
        () => part.parts({ limits: wrong(limits) }),
        TypeError,
        "Cannot use the limits: pass an object",
      );
    }
    const { value: inner } = await part.parts().next();
    assertEquals(await inner?.text(), "inner");
  });

  it("an empty `accept` says what to give", () => {
    assertThrows(
      () =>
        new MultipartReader(NESTED, {
          contentType: "multipart/mixed; boundary=b",
          accept: [],
        }),
      TypeError,
      'Cannot accept "": pass what follows "multipart/"',
    );
  });

  it("`types` that are not an array are a TypeError", () => {
    for (const types of ["image/*", 5, {}, null]) {
      assertThrows(
        () => file({ types: wrong(types) }),
        TypeError,
        "Cannot make a rule: `types` is not an array",
      );
    }
  });

  it("`file` that is not a function is a TypeError, before a part is read", async () => {
    const reader = MultipartReader.from({
      headers: { "content-type": FORM },
      body: formBody([[fieldHead("a"), "1"]]),
    });
    await assertRejects(
      () => reader.formData({ file: wrong("uploads") }),
      TypeError,
      "Cannot make a form: `file` is not a function",
    );
    assertEquals((await reader.formData()).get("a"), "1");
  });

  it("a second argument of text() is a TypeError: its bound would not count", async () => {
    const part = await firstPart();
    const call = (...given: unknown[]): Promise<string> =>
      Reflect.apply(part.text, part, given);
    for (const charset of [undefined, "utf-8", {}]) {
      await assertRejects(
        () => call(charset, { maxBytes: 1 }),
        TypeError,
        "Cannot read part 0: pass one object, { charset, maxBytes }",
      );
    }
    assertEquals(await part.text(), "value");
  });

  it("a form that is none is a TypeError of fromFormData()", () => {
    for (const form of [5, null, {}, [], "a=1", new Map([["a", "1"]])]) {
      assertThrows(
        () => MultipartWriter.fromFormData(wrong(form)),
        TypeError,
        "Cannot write the form: it is not a FormData",
      );
    }
  });
});
