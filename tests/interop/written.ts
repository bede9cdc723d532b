/** What peers have to write, as data that is sent to them as JSON. */
import { Buffer } from "node:buffer";
import { essenceOf, type Kind, type SentPart } from "./composer.ts";
import { randomBytes } from "./form_cases.ts";

/** A leaf, or a multipart if it has parts. */
export interface WrittenPart {
  readonly name?: string;
  readonly filename?: string;
  /** The peer must apply the encodings that these name. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly base64?: string;
  readonly subtype?: string;
  readonly parts?: readonly WrittenPart[];
}

/** A multipart that a peer has to write. */
export interface Written {
  readonly id: string;
  readonly kind: Kind;
  readonly subtype: string;
  readonly parts: readonly WrittenPart[];
}

/** Returns the leaves that must come out of it. */
export function leavesOf(
  parts: readonly WrittenPart[],
  path: readonly number[] = [],
): SentPart[] {
  return parts.flatMap((part, at) => {
    const here = [...path, at];
    if (part.parts !== undefined) return leavesOf(part.parts, here);
    const { name, filename, headers = {} } = part;
    return {
      path: here,
      name,
      filename,
      type: essenceOf(headers["content-type"]),
      headers,
      content: new Uint8Array(Buffer.from(part.base64 ?? "", "base64")),
    };
  });
}

function leaf(
  body: string | Uint8Array,
  type: string,
  headers: Record<string, string> = {},
): WrittenPart {
  return {
    headers: { "content-type": type, ...headers },
    base64: Buffer.from(body).toString("base64"),
  };
}

function field(name: string, value: string): WrittenPart {
  return { name, base64: Buffer.from(value).toString("base64") };
}

function file(
  name: string,
  filename: string,
  body: string | Uint8Array,
  type: string,
): WrittenPart {
  return { ...leaf(body, type), name, filename };
}

function form(id: string, ...parts: WrittenPart[]): Written {
  return { id, kind: "form-data", subtype: "form-data", parts };
}

const OCTETS = "application/octet-stream";

/** Forms that every client can send. */
export const writtenForms: readonly Written[] = [
  form(
    "fields",
    field("a", "plain"),
    field("b", "größe 大きさ \u{1f30a}"),
    field("empty", ""),
    field("lines", "one\r\ntwo\r\n--\r\n"),
    field("twice", "1"),
    field("twice", "2"),
  ),
  form(
    "files",
    field("before", "1"),
    file("a", "a.txt", "plain", "text/plain"),
    file("b", "b.png", randomBytes(1000), "image/png"),
    file("c", "empty.bin", "", OCTETS),
    field("after", "2"),
  ),
  form("a file of 300 KiB", file("f", "f.bin", randomBytes(307_200), OCTETS)),
  form(
    "unicode in names",
    field("größe", "1"),
    file("名前", "文件 \u{1f600}.txt", "2", "text/plain"),
  ),
  form(
    "punctuation in names",
    field("x[y][]", "1"),
    field("it's, a", "2"),
    file("a b", "a b, (c) 'd'.txt", "3", "text/plain"),
  ),
];

/**
 * Names that clients escape in different ways. Each test says what it expects.
 */
export const quotedForm: Written = form(
  "quotes in names",
  field('say "hi"', "1"),
  file("f", 'a "b".txt', "2", "text/plain"),
);

const TEXT = "Größe = 大きさ \r\n--\r\n\tthe end ";
const PLAIN = "text/plain; charset=utf-8";
const BASE64 = { "content-transfer-encoding": "base64" };
const QUOTED = { "content-transfer-encoding": "quoted-printable" };

/** Multiparts that are not forms. */
export const writtenMultiparts: readonly Written[] = [
  {
    id: "text, JSON and bytes",
    kind: "mixed",
    subtype: "mixed",
    parts: [
      leaf("hello", PLAIN, { "x-note": "a; b" }),
      leaf('{"a":1}', "application/json"),
      leaf("", OCTETS),
    ],
  },
  {
    id: "base64 and quoted-printable",
    kind: "mixed",
    subtype: "mixed",
    parts: [
      leaf(randomBytes(100_000), OCTETS, BASE64),
      leaf(TEXT, PLAIN, QUOTED),
      leaf(TEXT.repeat(50), PLAIN, QUOTED),
    ],
  },
  {
    id: "a page and its image",
    kind: "related",
    subtype: "related",
    parts: [
      leaf('<img src="cid:i">', "text/html", { "content-id": "<page>" }),
      leaf(randomBytes(3000), "image/png", { "content-id": "<i>", ...BASE64 }),
    ],
  },
  {
    id: "text and HTML",
    kind: "alternative",
    subtype: "alternative",
    parts: [leaf(TEXT, PLAIN, QUOTED), leaf("<p>", "text/html", BASE64)],
  },
  {
    id: "three deep",
    kind: "nested",
    subtype: "mixed",
    parts: [
      leaf("first", PLAIN),
      {
        subtype: "related",
        parts: [
          {
            subtype: "alternative",
            parts: [leaf(TEXT, PLAIN, QUOTED), leaf("<p>", "text/html")],
          },
          leaf(randomBytes(500), "image/png", BASE64),
        ],
      },
      leaf("last", PLAIN),
    ],
  },
];

/**
 * The ranges requested from a server whose resource is the ten digits 500
 * times, as text.
 */
export const RANGES = "bytes=0-9, 1003-1104, -5";

/** The expected response. */
export const writtenRanges: Written = {
  id: "three ranges",
  kind: "byteranges",
  subtype: "byteranges",
  parts: [[0, 9], [1003, 1104], [4995, 4999]].map(([first = 0, last = 0]) =>
    leaf("0123456789".repeat(500).slice(first, last + 1), "text/plain", {
      "content-range": `bytes ${first}-${last}/5000`,
    })
  ),
};
