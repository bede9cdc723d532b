import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartError,
  MultipartParser,
  type MultipartParserOptions,
} from "@tributary/multipart";
import { bytewise, cuttings, fieldHead, formBody, utf8 } from "../../bytes.ts";

/**
 * Returns the events, with a part's data joined so that the cuts do not show.
 */
function eventsOf(
  chunks: readonly Uint8Array[],
  options: MultipartParserOptions,
  end: "when asked" | "with the last chunk" = "when asked",
): unknown[] {
  const parser = new MultipartParser(options);
  const left = [...chunks];
  const events: unknown[] = [];
  let data: number[] = [];
  try {
    for (;;) {
      const event = parser.next();
      if (event.type === "need-data") {
        const chunk = left.shift();
        if (chunk === undefined) parser.end();
        else parser.push(chunk);
        if (end === "with the last chunk" && left.length === 0) parser.end();
      } else if (event.type === "data") {
        assert(event.data.length > 0, "no event for nothing");
        data.push(...event.data);
      } else {
        if (event.type === "part") {
          const { index, name, filename, mediaType } = event.head;
          events.push({ index, name, filename, mediaType });
        } else events.push(event.type, String.fromCharCode(...data));
        data = [];
        if (event.type === "end") return [...events, parser.offset];
      }
    }
  } catch (error) {
    assertInstanceOf(error, MultipartError);
    const { code, message, offset, partIndex } = error;
    events.push(String.fromCharCode(...data));
    return [...events, { code, message, offset, partIndex }];
  }
}

const mime: MultipartParserOptions = { boundary: "b" };
const form: MultipartParserOptions = { boundary: "b", profile: "form-data" };
const any: MultipartParserOptions = { boundary: "b", lineEndings: "any" };
const camera: MultipartParserOptions = {
  boundary: "--b",
  profile: "mixed-replace",
};

const inputs: [string, MultipartParserOptions, string][] = [
  ["CRs before a delimiter", mime, "--b\r\n\r\n\r\r\r\n--b--"],
  ["line breaks alone", mime, "--b\r\n\r\n\r\n\r\n\r\n\r\n--b--"],
  ["delimiters that fail late", mime, "--b\r\n\r\n\r\n--b \t \rx\r\n--b--"],
  ["a delimiter within a failed one", mime, "--b\r\n\r\n\r\n--\r\n--b--"],
  ["a dash too few", mime, "--b\r\n\r\n\r\n--b-\r\n--b--"],
  ["a dash too many", mime, "--b\r\n\r\n\r\n--b---\r\n--b--"],
  ["padding, then more", mime, "--b\r\n\r\n\r\n--b \t x\r\n--b--"],
  ["a CR alone behind a delimiter", mime, "--b\r\n\r\n\r\n--b\r--b\r\n--b--"],
  [
    "a preamble that looks like a delimiter",
    mime,
    "--bb\r\n--b-\r\n--b\r\n\r\nx\r\n--b--",
  ],
  [
    "an epilogue with a delimiter",
    mime,
    "--b\r\n\r\nx\r\n--b--\r\n\r\n--b\r\n\r\n",
  ],
  ["a close delimiter with a CR behind it", mime, "--b--\r"],
  ["an empty input", mime, ""],
  ["an end in the preamble", mime, "pre\r\n--"],
  ["an end in a delimiter line", mime, "--b\r\n\r\nx\r\n--b-"],
  ["an end behind a delimiter line", mime, "--b\r\n\r\nx\r\n--b\r\n"],
  [
    "folded lines",
    mime,
    "--b\r\nContent-Type: text/html;\r\n \r\n\t charset=x\r\n\r\nx\r\n--b--",
  ],
  ["a fold in the first line", mime, "--b\r\n X: y\r\n\r\n\r\n--b--"],
  ["a colon-less line", mime, "--b\r\nA: b\r\nnothing\r\n\r\n\r\n--b--"],
  ["a space before the colon", mime, "--b\r\nA : b\r\n\r\n\r\n--b--"],
  [
    "a wrong Content-Length",
    mime,
    "--b\r\nContent-Length: 2\r\n\r\nx\r\n--b--",
  ],
  ["a bare LF in a head", mime, "--b\r\nA: b\nC: d\r\n\r\n\r\n--b--"],
  ["a bare CR in a head", mime, "--b\r\nA: b\rC: d\r\n\r\n\r\n--b--"],
  ["NUL in a head", mime, "--b\r\nA: \0\r\n\r\n\r\n--b--"],
  [
    "a fold in a form",
    form,
    `--b\r\n${fieldHead("a")}\r\n X: y\r\n\r\n\r\n--b--`,
  ],
  [
    "junk on a delimiter's line in a form",
    form,
    `--b\r\n${fieldHead("a")}\r\n\r\n1\r\n--b x\r\n`,
  ],
  [
    "a preamble in a form",
    form,
    `x\r\n--b\r\n${fieldHead("a")}\r\n\r\n1\r\n--b--`,
  ],
  ["two line breaks before a form", form, "\r\n\r\n--b--"],
  [
    "mixed line endings",
    any,
    "pre\n--b\nA: b\r\n\nx\r\n\ny\r\r\n--b\r\n\n\n--b--\n",
  ],
  [
    "CRs before LF delimiters",
    any,
    "--b\n\n\r\r\n\r\n--b \r\n\r\n\r--b\r\n--b--",
  ],
  ["a longer line with LF", any, "--b\n\nx\n--bb\ny\r\n--b--"],
  [
    "dashes that the lines leave out",
    camera,
    "x\r\n--\r\n--c\r\n--b\r\n\r\nx\r\n--b--\r\n",
  ],
  [
    "dashes that the lines add to",
    camera,
    "--x\n----bb\n----b\n\nx\n--b\ny\r\n----b--",
  ],
  [
    "a longer line whose padding runs on",
    mime,
    `--b\r\n\r\n${"d".repeat(30)}\r\n--b${" ".repeat(60)}x\r\n--b--`,
  ],
  [
    "longer lines in a row, between data",
    mime,
    "--b\r\n\r\na\r\n--bx\r\n--by\r\n--b\r--bz\r\n--b--",
  ],
  [
    "a longer line behind the dashes, then the lines without them",
    { boundary: "--x", dashedBoundary: true },
    "--xy\r\n----xy\r\n--x y\r\n--x\r\n\r\n1\r\n--x--",
  ],
  [
    "a longer line behind the dashes, then the lines with them",
    { boundary: "--x", dashedBoundary: true },
    "----xy\r\n--xy\r\n----x\r\n\r\n1\r\n----x--",
  ],
  [
    "a part that goes over its limit",
    { boundary: "b", limits: { partBytes: 5 } },
    "--b\r\n\r\nhello\r\n--bworld\r\n--b--",
  ],
  [
    "a part that reaches its limit",
    { boundary: "b", limits: { partBytes: 5 } },
    "--b\r\n\r\nhello\r\n--b--",
  ],
  [
    "a line that fails behind the dashes",
    camera,
    "--b-\r\n--b x\r\n----b\r\n\r\nx\r\n----b--",
  ],
];

describe("MultipartParser", () => {
  for (const [name, options, input] of inputs) {
    it(`makes the same of ${name}, however it is cut`, () => {
      const bytes = utf8(input);
      const whole = eventsOf([bytes], options);
      for (const { label, chunks } of cuttings(bytes)) {
        assertEquals(eventsOf(chunks, options), whole, label);
      }
    });
  }

  const expected: [string, string, unknown[]][] = [
    [
      "padding that runs on, and more",
      `--b\r\n\r\nd\r\n--b${" ".repeat(60)}x\r\n--b--`,
      [
        `d\r\n--b${" ".repeat(60)}x`,
      ],
    ],
    ["a delimiter within a failed one", "--b\r\n\r\n\r\n--\r\n--b--", [
      "\r\n--",
    ]],
    ["padding, then more", "--b\r\n\r\n\r\n--b \t x\r\n--b--", [
      "\r\n--b \t x",
    ]],
    ["a CR behind a delimiter", "--b\r\n\r\n\r\n--b\r--b\r\n--b--", [
      "\r\n--b\r--b",
    ]],
  ];
  for (const [name, input, bodies] of expected) {
    it(`takes ${name} for data`, () => {
      const events = eventsOf(bytewise(utf8(input)), mime);
      assertEquals(events[2], bodies[0]);
      assertEquals(events.slice(-3, -1), ["end", ""]);
    });
  }

  it("reports a part's end as soon as its delimiter line is complete", () => {
    const parser = new MultipartParser(mime);
    parser.push(utf8("--b\r\n\r\nx\r\n--b \r"));
    assertEquals(parser.next().type, "part");
    assertEquals(parser.next().type, "data");
    assertEquals(parser.next().type, "need-data");
    parser.push(utf8("\n"));
    assertEquals(parser.next().type, "part-end");
    assertEquals(parser.next().type, "need-data");
  });

  it("gives views of the chunk, and one event object for them", () => {
    const parser = new MultipartParser(mime);
    const chunk = utf8("--b\r\n\r\nhello");
    parser.push(chunk);
    parser.next();
    const first = parser.next();
    assert(first.type === "data");
    assertStrictEquals(first.data.buffer, chunk.buffer);
    assertEquals(first.data.byteOffset, 7);
    assertEquals(parser.next().type, "need-data");
    parser.push(utf8("more"));
    assertStrictEquals(parser.next(), first);
  });

  it("holds back no more than a prefix of the delimiter", () => {
    const parser = new MultipartParser({ boundary: "boundary" });
    parser.push(utf8("--boundary\r\n\r\ndata\r\n--bound"));
    parser.next();
    const event = parser.next();
    assert(event.type === "data");
    assertEquals(new TextDecoder().decode(event.data), "data");
    assertEquals(parser.next().type, "need-data");
    parser.push(utf8("less"));
    const held = parser.next();
    assert(held.type === "data");
    assertEquals(new TextDecoder().decode(held.data), "\r\n--bound");
  });

  it("counts the offset in the whole input", () => {
    const parser = new MultipartParser(form);
    const input = formBody([[fieldHead("a"), "1"]]);
    for (const byte of bytewise(input)) {
      while (parser.next().type !== "need-data");
      parser.push(byte);
    }
    while (parser.next().type !== "need-data");
    assertEquals(parser.offset, input.length);
    parser.end();
    assertEquals(parser.next().type, "end");
    assertEquals(parser.next().type, "end");
  });

  it("takes the end of the input before what was pushed has been read", () => {
    for (const end of ["--b--", "--b-- ", "--b--\r\n"]) {
      const parser = new MultipartParser(mime);
      parser.push(utf8(`--b\r\n\r\nx\r\n${end}`));
      parser.end();
      const types: string[] = [];
      while (types.at(-1) !== "end") types.push(parser.next().type);
      assertEquals(types, ["part", "data", "part-end", "end"]);
    }
  });

  it("weighs a camera's length alike, whenever it hears of the end", () => {
    for (
      const input of [
        "--b\r\nContent-Length: 4\r\n\r\nAA\r\n--b--\r\n",
        "--b\r\nContent-Length: 9\r\n\r\nAA\r\n--b--\n",
        "--b\r\nContent-Length: 2\r\n\r\nAA\r\n--b",
      ]
    ) {
      for (const totalBytes of [Infinity, 30, 34]) {
        const options: MultipartParserOptions = {
          boundary: "b",
          profile: "mixed-replace",
          limits: { totalBytes },
        };
        const late = eventsOf([utf8(input)], options);
        const early = eventsOf([utf8(input)], options, "with the last chunk");
        assertEquals(early, late);
      }
    }
  });

  it("gives one run of data for many lines that look like delimiters", () => {
    const parser = new MultipartParser(mime);
    const lines = "\r\n--bx".repeat(1000);
    parser.push(utf8(`--b\r\n\r\n${lines}\r\n--b--\r\n`));
    assertEquals(parser.next().type, "part");
    const event = parser.next();
    assert(event.type === "data");
    assertEquals(event.data.length, lines.length);
    assertEquals(parser.next().type, "part-end");
  });

  it("gives plain views, whatever kind of array is pushed", () => {
    class Shared extends Uint8Array {
      override slice(start?: number, end?: number): Uint8Array<ArrayBuffer> {
        return super.subarray(start, end) as Uint8Array<ArrayBuffer>;
      }
    }
    const parser = new MultipartParser(mime);
    parser.push(new Shared(utf8("--b\r\n\r\nx")));
    parser.next();
    const event = parser.next();
    assert(event.type === "data");
    assertStrictEquals(event.data.constructor, Uint8Array);
  });

  it("throws the same error again and again", () => {
    const parser = new MultipartParser(form);
    parser.push(utf8("x"));
    const first = assertThrows(() => parser.next(), MultipartError);
    assertStrictEquals(assertThrows(() => parser.next()), first);
  });

  it("refuses a chunk that it has not asked for", () => {
    const parser = new MultipartParser(mime);
    const refuse = (chunk: Uint8Array, state: string): void => {
      assertThrows(
        () => parser.push(chunk),
        TypeError,
        `Cannot push a chunk: ${state}`,
      );
    };
    parser.push(utf8("--b\r\n\r\nx"));
    refuse(utf8("y"), "the previous one is still being read");
    while (parser.next().type !== "need-data");
    refuse("text" as unknown as Uint8Array, "it is not a view of bytes");
    parser.push(utf8("\r\n--b--"));
    parser.end();
    refuse(utf8("z"), "the input has ended");
    while (parser.next().type !== "end");
    refuse(utf8("z"), "the input has ended");
  });

  it("takes so much padding for padding, and no more", () => {
    for (
      const [profile, most] of [
        ["form-data", 256],
        ["mime", 16 * 1024],
        ["mixed-replace", 16 * 1024],
      ] as const
    ) {
      const body = (padding: number): Uint8Array =>
        utf8(
          `--b\r\n${fieldHead("a")}\r\n\r\nx\r\n--b${" ".repeat(padding)}\r\n${
            fieldHead("c")
          }\r\n\r\ny\r\n--b--`,
        );
      const countOf = (padding: number): number =>
        eventsOf([body(padding)], { boundary: "b", profile })
          .filter((event) => event === "part-end").length;
      assertEquals(countOf(most), 2, profile);
      assertEquals(countOf(most + 1), profile === "form-data" ? 0 : 1, profile);
    }
  });

  it("knows its profiles, and no others", () => {
    for (const profile of ["form", "", "toString"]) {
      assertThrows(
        () => Reflect.construct(MultipartParser, [{ boundary: "b", profile }]),
        TypeError,
        `Cannot use profile "${profile}": it is not a known value`,
      );
    }
  });

  it("takes limits in `limits` alone", () => {
    assertThrows(
      () => Reflect.construct(MultipartParser, [{ boundary: "b", parts: 5 }]),
      TypeError,
      "limits",
    );
  });

  it("reads a thousand parts from one chunk without stack or I/O", () => {
    const input = utf8(`${"--b\r\n\r\n".repeat(1000)}--b--`);
    const events = eventsOf([input], mime);
    assertEquals(events.at(-1), input.length);
    assertEquals(events.filter((event) => event === "part-end").length, 1000);
  });
});
