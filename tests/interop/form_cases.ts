/** Forms that every form reader must understand. */
import { seededRandom } from "../writer/random.ts";
import { type ComposedPart, Composer, type InteropCase } from "./composer.ts";

type Entry = readonly [body: string | Uint8Array<ArrayBuffer>, ComposedPart];

function form(
  id: string,
  entries: () => readonly Entry[],
  ownBoundary?: string,
): InteropCase {
  return {
    id,
    kind: "form-data",
    compose(boundary) {
      const composer = new Composer("form-data", {
        boundary: ownBoundary ?? boundary,
      });
      for (const [body, part] of entries()) composer.add(body, part);
      return composer;
    },
  };
}

/** Bytes of every value, the same in each run. */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const random = seededRandom(length);
  return Uint8Array.from({ length }, () => random.below(256));
}

const FILE = { name: "file", filename: "file.bin" };

/**
 * Lines that begin like a delimiter but are not one (RFC 2046, section 5.1.1).
 */
const LINES_LIKE_DELIMITERS = [
  "",
  "--interop-boundar",
  "-",
  "--Interop-Boundary",
  "--",
  "--b",
  "",
].join("\r\n");

/** Not delimiters either: a delimiter begins a line. */
const BOUNDARY_IN_LINES = [
  "interop-boundary",
  " --interop-boundary",
  "x--interop-boundary--",
  "-interop-boundary",
].join("\r\n");

const ENDINGS = ["\r", "\n", "\r\n", "\r\n\r\n", "\r\n-", "\r\n--", "\r\n--b"];

export const formCases: readonly InteropCase[] = [
  form("text fields", () => [
    ["hello", { name: "greeting" }],
    ["größe, 大きさ, \u{1f30a}", { name: "unicode" }],
    ["first", { name: "twice" }],
    ["second", { name: "twice" }],
  ]),
  form("an empty field", () => [
    ["", { name: "empty" }],
    ["behind it", { name: "next" }],
  ]),
  form("fields without a type", () => [
    ["a", { name: "a", type: "" }],
    ["ж", { name: "b", type: "" }],
  ]),
  form("a field of JSON", () => [
    ['{"a":[1,2]}', { name: "json", type: "application/json" }],
  ]),
  form("files of several types", () => [
    ["plain", { name: "a", filename: "a.txt", type: "text/plain" }],
    [randomBytes(1000), { name: "b", filename: "b.png", type: "image/png" }],
    [randomBytes(1001), { name: "c", filename: "c.bin", as: "file" }],
    ["<p>", { name: "d", filename: "d.html", type: "text/html;charset=utf-8" }],
  ]),
  form("an empty file", () => [
    [new Uint8Array(0), FILE],
    ["behind it", { name: "next" }],
  ]),
  form("a file of 300 KiB", () => [[randomBytes(300 * 1024), FILE]]),
  form("a stream of 300 KiB", () => [
    ["before it", { name: "before" }],
    [randomBytes(300 * 1024), { ...FILE, as: "stream" }],
    ["behind it", { name: "after" }],
  ]),
  form(
    "a hundred parts",
    () => Array.from({ length: 100 }, (_, at) => [`${at}`, { name: `n${at}` }]),
  ),
  form("unicode in names", () => [
    ["1", { name: "größe" }],
    ["2", { name: "名前", filename: "文件.txt" }],
    ["3", { name: "\u{1f30a}", filename: "\u{1f600} smile.bin" }],
  ]),
  form("punctuation in names", () => [
    ["1", { name: "a; b=c" }],
    ["2", { name: "x[y][]" }],
    ["3", { name: "it's", filename: "a;b, c=d (1) 'e'.txt" }],
    ["4", { name: "a:b@c<d>", filename: "name=x; y.bin" }],
  ]),
  form("spaces in names", () => [
    ["1", { name: " a  b ", filename: " c  d .txt" }],
  ]),
  form("percent in names", () => [
    ["1", { name: "100%" }],
    ["2", { name: "a%20b", filename: "50%25.txt" }],
  ]),
  form("quotes in names", () => [
    ["1", { name: 'say "hi"', wireName: "say %22hi%22" }],
    ["2", { ...FILE, filename: '"a".txt', wireFilename: "%22a%22.txt" }],
  ]),
  form("line breaks in names", () => [
    ["1", { name: "a\nb", wireName: "a%0D%0Ab" }],
    ["2", { ...FILE, filename: "a\r\nb.txt", wireFilename: "a%0D%0Ab.txt" }],
  ]),
  form("backslashes in names", () => [
    ["1", { name: "a\\b" }],
    ["2", { ...FILE, filename: "a\\b.txt" }],
  ]),
  form("slashes in file names", () => [
    ["1", { ...FILE, filename: "folder/a.txt" }],
  ]),
  form("an empty name", () => [["1", { name: "" }], ["2", { name: "b" }]]),
  form("an empty file name", () => [
    [new Uint8Array(0), { name: "file", filename: "" }],
    ["2", { name: "b" }],
  ]),
  form("bytes without a file name", () => [
    ["abc", { name: "a", type: "application/octet-stream" }],
  ]),
  form("lines like delimiters", () => [
    [LINES_LIKE_DELIMITERS, { name: "text" }],
    [LINES_LIKE_DELIMITERS, FILE],
  ], "interop-boundary"),
  form("the boundary in the middle of lines", () => [
    [BOUNDARY_IN_LINES, { name: "text" }],
    [BOUNDARY_IN_LINES, FILE],
  ], "interop-boundary"),
  form(
    "bodies that end in a line break",
    () =>
      ENDINGS.flatMap((ending, at): Entry[] => [
        [`x${ending}`, { name: `x${at}` }],
        [ending, { name: `y${at}`, filename: "y.txt" }],
      ]),
  ),
  form(
    "the longest boundary, in quotes",
    () => [["1", { name: "a" }], [randomBytes(100), FILE]],
    "0'()+_,-./:=?".repeat(5) + "abcde",
  ),
  form("a boundary with a space", () => [["1", { name: "a" }]], "two words"),
  form("a boundary of one character", () => [["1", { name: "a" }]], "x"),
];

const ENCODED = {
  base64: { ...FILE, transferEncoding: "base64" },
  quoted: { ...FILE, transferEncoding: "quoted-printable" },
  gzip: { ...FILE, contentEncoding: "gzip" },
};

/** Cases for servers only: no browser writes them. */
export const serverCases: readonly InteropCase[] = [
  // .NET writes both. The second takes precedence.
  form("filename and filename*", () => [
    ["1", {
      headers: {
        "content-disposition":
          `form-data; name="file"; filename="plain.txt"; filename*=utf-8''star.txt`,
      },
      type: "text/plain",
      wireName: "file",
      wireFilename: "star.txt",
    }],
  ]),
  // Some clients send bytes like this, as this writer once did.
  form("bytes of no file", () => [
    [randomBytes(100), {
      headers: { "content-disposition": 'form-data; name="bytes"' },
      as: "file",
      wireName: "bytes",
    }],
  ]),
  // RFC 7578, section 4.7, deprecates the first two. No standard defines the
  // third.
  form("base64 in a form", () => [["größe", ENCODED.base64]]),
  form("quoted-printable in a form", () => [["größe", ENCODED.quoted]]),
  form("gzip in a form", () => [["größe", ENCODED.gzip]]),
];
