/** Multiparts that are not forms. */
import { Composer, type InteropCase, type Kind } from "./composer.ts";
import { randomBytes } from "./form_cases.ts";

function mime(
  kind: Kind,
  id: string,
  fill: (to: Composer) => void,
  { subtype = kind as string, ...parameters }: Record<string, string> = {},
): InteropCase {
  return {
    id,
    kind,
    compose(boundary) {
      const composer = new Composer(subtype, { boundary, parameters });
      fill(composer);
      return composer;
    },
  };
}

const LONG_TEXT = "Größe = 大きさ; \u{1f30a} ".repeat(40);

const TEXT = [
  "A line that ends in a space \r\n",
  "\tand one in a tab\t\r\n",
  `${LONG_TEXT}\r\n`,
  "a=b=3D\r\n",
  ".\r\n",
  "From here\r\n",
  "--\r\n",
  "\r\n",
  "the end ",
].join("");

const BINARY = { transferEncoding: "base64", type: "image/png" };

export const mimeCases: readonly InteropCase[] = [
  mime("mixed", "text, JSON and bytes", (to) =>
    to.add("hello, wörld")
      .add('{"a":1}', { type: "application/json" })
      .add(randomBytes(1000), {})
      .add("a=1&b=2", { type: "application/x-www-form-urlencoded" })),
  mime(
    "mixed",
    "header fields",
    (to) =>
      to.add("1", { headers: { "x-note": 'a: b; c="d", e' } })
        .add("2", {
          headers: {
            "content-language": "de, en",
            "content-description": "the second part",
            "x-long": "long ".repeat(150).trim(),
          },
        }),
  ),
  mime(
    "mixed",
    "a part without header fields",
    (to) => to.add("no head", { type: "" }).add("next", {}),
  ),
  mime(
    "mixed",
    "empty parts",
    (to) => to.add("").add(new Uint8Array(0), {}).add("next"),
  ),
  mime("mixed", "bodies that end in a line break", (to) => {
    for (const end of ["\r\n", "\n", "\r\n\r\n", "\r\n--", "-"]) {
      to.add(`x${end}`).add(end);
    }
  }),
  mime("mixed", "base64", (to) => {
    for (const length of [0, 1, 2, 3, 57, 58, 1000]) {
      to.add(randomBytes(length), BINARY);
    }
  }),
  mime(
    "mixed",
    "a stream of 300 KiB in base64",
    (to) => to.add(randomBytes(300 * 1024), { ...BINARY, as: "stream" }),
  ),
  mime(
    "mixed",
    "quoted-printable",
    (to) =>
      to.add(TEXT, { transferEncoding: "quoted-printable" })
        .add("", { transferEncoding: "quoted-printable" })
        .add("=", { transferEncoding: "quoted-printable" }),
  ),
  mime(
    "mixed",
    "quoted-printable bytes",
    (to) => to.add(randomBytes(5000), { transferEncoding: "quoted-printable" }),
  ),
  mime(
    "mixed",
    "8bit, 7bit and binary",
    (to) =>
      to.add("größe", { transferEncoding: "8bit" })
        .add("plain", { transferEncoding: "7bit" })
        .add(randomBytes(3000), { transferEncoding: "binary" }),
  ),
  mime(
    "mixed",
    "gzip",
    (to) =>
      to.add(TEXT.repeat(20), { contentEncoding: "gzip" })
        .add(randomBytes(2000), {
          contentEncoding: "gzip",
          transferEncoding: "base64",
        }),
  ),
  mime(
    "mixed",
    "deflate",
    (to) => to.add(TEXT.repeat(20), { contentEncoding: "deflate" }),
  ),
  mime("mixed", "attachments", (to) =>
    to.add("1", { filename: "plain.txt" })
      .add("2", { filename: "größe 大.txt" })
      .add("3", { filename: 'a "quoted" name.txt' })
      .add("4", { filename: "back\\slash.txt" })
      .add("5", { filename: "semi;colon, 100%.txt" })
      .add("6", {
        disposition: "inline",
        filename: "i.png",
        type: "image/png",
      })),
  mime("mixed", "a stream of 300 KiB", (to) =>
    to.add("before")
      .add(randomBytes(300 * 1024), { as: "stream" })
      .add(randomBytes(40_000), { as: "iterable", size: 40_000 })
      .add("after")),
  mime("mixed", "a hundred parts", (to) => {
    for (let at = 0; at < 100; at++) to.add(`part ${at}`);
  }),
  mime(
    "related",
    "a page and its images",
    (to) =>
      to.add('<img src="cid:one@example.org"><img src="cid:two">', {
        type: "text/html; charset=utf-8",
        contentId: "page@example.org",
      })
        .add(randomBytes(2000), { ...BINARY, contentId: "one@example.org" })
        .add(randomBytes(100), { type: "image/gif", contentId: "two" }),
    {
      type: "text/html",
      start: "<page@example.org>",
    },
  ),
  mime(
    "related",
    "metadata and a file",
    (to) =>
      to.add('{"title":"größe"}', { type: "application/json; charset=UTF-8" })
        .add(randomBytes(70_000), { type: "video/mp4", as: "stream" }),
    {
      type: "application/json",
    },
  ),
  mime(
    "alternative",
    "text and HTML",
    (to) =>
      to.add(TEXT, { transferEncoding: "quoted-printable" })
        .add("<p>größe", {
          type: "text/html; charset=utf-8",
          transferEncoding: "base64",
        }),
  ),
  mime("byteranges", "three ranges", (to) => {
    const bytes = randomBytes(5000);
    for (const [from, to_] of [[0, 99], [1000, 1999], [4999, 4999]] as const) {
      to.add(bytes.slice(from, to_ + 1), {
        type: "application/pdf",
        headers: { "content-range": `bytes ${from}-${to_}/5000` },
      });
    }
  }),
  mime("nested", "three deep", (to) =>
    to.add("at the top")
      .nest(
        "related",
        { parameters: { type: "multipart/alternative" } },
        (to) =>
          to.nest(
            "alternative",
            {},
            (to) =>
              to.add(TEXT, { transferEncoding: "quoted-printable" })
                .add("<p>", { type: "text/html" }),
          )
            .add(randomBytes(500), { ...BINARY, contentId: "image" }),
      )
      .add("at the end", { filename: "end.txt" }), { subtype: "mixed" }),
  mime(
    "nested",
    "multiparts in a row",
    (to) =>
      to.nest("mixed", {}, (to) => to.add("1").add("2"))
        .nest("mixed", {}, (to) => to.add(""))
        .nest("parallel", {}, (to) => to.add(randomBytes(400), BINARY)),
    {
      subtype: "mixed",
    },
  ),
  mime(
    "nested",
    "a boundary within a boundary",
    (to) =>
      to.nest(
        "mixed",
        { boundary: "inner" },
        (to) =>
          to.nest("mixed", { boundary: "inne" }, (to) => to.add("1").add("2"))
            .add("3"),
      ),
    { subtype: "mixed" },
  ),
  mime("nested", "a multipart in a form", (to) =>
    to.add("field", { name: "a" })
      .nest("mixed", {}, (to) =>
        to.add("one", { disposition: "file", filename: "one.txt" })
          .add(randomBytes(300), {
            disposition: "file",
            filename: "two.bin",
            transferEncoding: "binary",
          }), { name: "files" })
      .add("end", { name: "z" }), { subtype: "form-data" }),
];
