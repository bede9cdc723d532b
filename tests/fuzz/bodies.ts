/**
 * Multipart bodies of every kind: valid ones, ones composed of pieces that
 * readers trip over, and valid ones that are damaged by byte, by line and by
 * structure.
 *
 * They are byte strings, with one character per byte, so that a failure and its
 * shrunk input are readable.
 */
import type { MultipartParserOptions } from "@tributary/multipart";
import * as fc from "fast-check";

/** An input, and the options to read it with. */
export interface Sample {
  readonly text: string;
  readonly options: MultipartParserOptions;
}

/** A part of a valid body. */
export interface SoundPart {
  /** Lines without their line endings. */
  readonly head: readonly string[];
  readonly content: string;
}

/** A valid body, and its parts. */
export interface SoundBody {
  readonly boundary: string;
  readonly preamble: string;
  readonly parts: readonly SoundPart[];
  readonly padding: string;
  readonly epilogue: string;
}

/** Each has everything that a form's head needs. */
export const FORM_HEADS: readonly string[] = [
  'Content-Disposition: form-data; name="a"',
  "content-disposition:form-data;name=a",
  'Content-Disposition: form-data; name="\xc3\xa9"; filename="x \\" y.txt"',
  'Content-Disposition: form-data; name=""; filename=""',
  'Content-Disposition: form-data; name="_charset_"',
];

const FIELDS = [
  "A: b",
  "A:",
  "Content-Type: text/plain; charset=utf-8",
  "Content-Type: image/png",
  "Content-Type: multipart/mixed; boundary=i",
  "Content-Transfer-Encoding: base64",
  "Content-Transfer-Encoding: quoted-printable",
  "Content-Transfer-Encoding: 8BIT",
  "X: \xff\x80",
  "Content-ID: <a@b>",
  "Content-Range: bytes 0-4/5",
];

/**
 * Boundaries are byte strings too. Those with dashes, or those that begin like
 * another, are the hard ones.
 */
export const boundaries: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constant("b") },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "-",
      "--",
      "---",
      "--b",
      "b-",
      "b--",
      "-b",
      "bb",
      "bbc",
      "b b",
      "- -",
      "'()+_,-./:=?",
      '"',
      "b".repeat(70),
      "-".repeat(69) + "b",
    ),
  },
  {
    weight: 1,
    arbitrary: fc.string({ unit: fc.constantFrom("b", "-"), minLength: 1 }),
  },
);

/**
 * `{n}` stands for a line break, `{b}` for the boundary, and `{p}` for the
 * boundary without its last character.
 */
const PIECES = [
  "",
  "x",
  "{n}",
  "-",
  "--",
  " ",
  "\r",
  "\n",
  "\r\n",
  "\t",
  "{b}",
  "--{b}",
  "{n}--{b}",
  "--{b}{n}",
  "{n}--{b}{n}",
  "{n}--{b}--",
  "{n}--{b}--{n}",
  "{n}--{b}x{n}",
  "{n}--{b} \t{n}",
  "{n}--{b}-",
  "{n}--{b}-{n}",
  "{n}--{b}--x{n}",
  "{n}--{b}-- {n}",
  "{n}--{b} x{n}",
  "{n}--{b}\r",
  "{n}--{p}",
  "{n}--{p}{n}",
  "{n}{b}{n}",
  "{n}{n}",
  "{n}--i{n}{n}deep{n}--i--{n}",
  "\0",
  "\xff",
  "\xc3\xa9",
  ":",
  "A: b{n}",
  "A : b{n}",
  " A: b{n}",
  " folded{n}",
  "A b{n}",
  "Content-Length: 0{n}",
  "Content-Length: 1{n}",
  "Content-Length: 5{n}",
  "Content-Length: 16{n}",
  "Content-Length: 99999999999999999{n}",
  "T3Nsbw==",
  "a=3Db=\r\nc =",
  "y".repeat(40),
  " ".repeat(255),
  " ".repeat(257),
  ...FORM_HEADS.map((line) => `${line}{n}`),
  ...FIELDS.map((line) => `${line}{n}`),
];

const pieces: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...PIECES) },
  { weight: 1, arbitrary: byteStrings({ maxLength: 8 }) },
);

/** Any bytes. */
export function byteStrings(
  constraints: fc.StringConstraints = {},
): fc.Arbitrary<string> {
  const unit = fc.nat(255).map((code) => String.fromCharCode(code));
  return fc.string({ ...constraints, unit });
}

function render(piece: string, boundary: string, lineBreak: string): string {
  return piece.replaceAll("{n}", lineBreak).replaceAll("{b}", boundary)
    .replaceAll("{p}", boundary.slice(0, -1));
}

/** Content of a part: none of its lines begins like a delimiter. */
function contentFor(boundary: string): fc.Arbitrary<string> {
  return fc.array(pieces, { maxLength: 4 })
    .map((chosen) => render(chosen.join(""), boundary, "\r\n"))
    .map((text) => hideDelimiters(text, boundary));
}

/** Changes each delimiter, including one at the very beginning of the text. */
function hideDelimiters(text: string, boundary: string): string {
  const delimiter = `\r\n--${boundary}`;
  let hidden = `\r\n${text}`;
  while (`${hidden}\r\n--${boundary}`.indexOf(delimiter) < hidden.length) {
    hidden = hidden.replace(delimiter, `\r\n-x-${boundary}`);
  }
  return hidden.slice(2);
}

/** Valid forms, or valid multiparts of mail. */
export function soundBodies(kind: "form" | "mail"): fc.Arbitrary<SoundBody> {
  const isForm = kind === "form";
  return boundaries.chain((boundary) =>
    fc.record({
      boundary: fc.constant(boundary),
      preamble: isForm ? fc.constantFrom("", "\r\n") : fc.oneof(
        fc.constantFrom("", "\r\n", "x\r\n"),
        contentFor(boundary).map((text) => `${text}\r\n`),
      ),
      parts: fc.array(
        fc.record({
          head: fc.tuple(
            isForm
              ? fc.constantFrom(...FORM_HEADS).map((line) => [line])
              : fc.constant([]),
            fc.subarray(FIELDS, { maxLength: 3 }),
          ).map((lines) => lines.flat()),
          content: contentFor(boundary),
          isStated: fc.boolean(),
        }).map(({ head, content, isStated }) => ({
          head: isStated && !isForm
            ? [...head, `Content-Length: ${content.length}`]
            : head,
          content,
        })),
        { minLength: isForm ? 0 : 1, maxLength: 4 },
      ),
      padding: fc.constantFrom("", " ", " \t "),
      epilogue: fc.oneof(
        fc.constantFrom("", "\r\n"),
        fc.array(pieces, { maxLength: 3 }).map((chosen) =>
          `\r\n${render(chosen.join(""), boundary, "\r\n")}`
        ),
      ),
    })
  );
}

/** Writes a valid body as a byte string. */
export function write(
  { boundary, preamble, parts, padding, epilogue }: SoundBody,
): string {
  let text = preamble;
  for (const { head, content } of parts) {
    text += `--${boundary}${padding}\r\n`;
    for (const line of head) text += `${line}\r\n`;
    text += `\r\n${content}\r\n`;
  }
  return `${text}--${boundary}--${padding}${epilogue}`;
}

/** A change to a body. `at` is a position, in ten-thousandths of the length. */
type Damage =
  & { readonly at: number }
  & (
    | { readonly put: string; readonly over: number }
    | { readonly remove: number }
    | { readonly double: number }
    | { readonly line: "drop" | "double" | "swap" | "join" | "unbreak" }
    | { readonly part: "drop" | "double" | "swap" | "nest" | "open" }
    | { readonly cut: true }
  );

const place = { at: fc.nat(9_999) };
const length = fc.integer({ min: 1, max: 12 });

const damages: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ ...place, put: pieces, over: fc.nat(3) }),
  fc.record({ ...place, remove: length }),
  fc.record({ ...place, double: length }),
  fc.record({
    ...place,
    line: fc.constantFrom("drop", "double", "swap", "join", "unbreak"),
  }),
  fc.record({
    ...place,
    part: fc.constantFrom("drop", "double", "swap", "nest", "open"),
  }),
  fc.record({ ...place, cut: fc.constant<true>(true) }),
);

/** Applies one change to `text`. */
function damage(text: string, boundary: string, how: Damage): string {
  const at = Math.floor(how.at * text.length / 10_000);
  if ("put" in how) {
    return text.slice(0, at) + render(how.put, boundary, "\r\n") +
      text.slice(at + how.over);
  }
  if ("remove" in how) return text.slice(0, at) + text.slice(at + how.remove);
  if ("double" in how) {
    return text.slice(0, at + how.double) + text.slice(at);
  }
  if ("line" in how) return damageLines(text.split("\n"), how.at, how.line);
  if ("part" in how) return damageParts(text, boundary, how.at, how.part);
  return text.slice(0, at);
}

function damageLines(
  lines: string[],
  share: number,
  how: "drop" | "double" | "swap" | "join" | "unbreak",
): string {
  const at = Math.floor(share * lines.length / 10_000);
  const line = lines[at];
  const [next = ""] = lines.slice(at + 1);
  if (how === "drop") lines.splice(at, 1);
  else if (how === "double") lines.splice(at, 0, line);
  else if (how === "swap") lines.splice(at, 2, next, line);
  else if (how === "join") lines.splice(at, 2, line + next);
  else lines[at] = line.replace("\r", "");
  return lines.join("\n");
}

function damageParts(
  text: string,
  boundary: string,
  share: number,
  how: "drop" | "double" | "swap" | "nest" | "open",
): string {
  const delimiter = `--${boundary}`;
  const parts = text.split(delimiter);
  const at = Math.floor(share * parts.length / 10_000);
  const part = parts[at];
  const [next = ""] = parts.slice(at + 1);
  if (how === "drop") parts.splice(at, 1);
  else if (how === "double") parts.splice(at, 0, part);
  else if (how === "swap") parts.splice(at, 2, next, part);
  else if (how === "nest") parts[at] = `${part}${text}`;
  else parts[at] = part.replace(/^--/, "");
  return parts.join(delimiter);
}

/** Only a few limits at a time, each low enough to be reached. */
const limits = fc.oneof(
  { weight: 5, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.record({
      parts: fc.nat(3),
      headerBytes: fc.nat(70),
      headers: fc.nat(3),
      preambleBytes: fc.nat(8),
      partBytes: fc.nat(20),
      totalBytes: fc.nat(300),
      bufferedBytes: fc.nat(40),
    }, { requiredKeys: [] }),
  },
);

type Profile = NonNullable<MultipartParserOptions["profile"]>;

/** The profile is usually the given one. */
function optionsFor(
  boundary: string,
  profile: Profile,
): fc.Arbitrary<MultipartParserOptions> {
  return fc.record({
    boundary: fc.constant(boundary),
    profile: fc.oneof(
      { weight: 5, arbitrary: fc.constant(profile) },
      {
        weight: 1,
        arbitrary: fc.constantFrom("form-data", "mime", "mixed-replace"),
      },
    ),
    lineEndings: fc.constantFrom("crlf", "any"),
    dashedBoundary: fc.boolean(),
    percentDecodeNames: fc.boolean(),
    limits,
  }, { requiredKeys: ["boundary", "profile"] });
}

const OPENINGS = [
  "--{b}{n}{n}",
  `--{b}{n}${FORM_HEADS[0]}{n}{n}`,
  "--{b}{n}",
  "{n}--{b}{n}",
  "",
];

/** A body composed of pieces, most of them out of place. */
const piecewise: fc.Arbitrary<Sample> = fc.tuple(
  boundaries,
  fc.constantFrom<Profile>("form-data", "mime", "mixed-replace"),
).chain(([boundary, profile]) =>
  fc.record({
    text: fc.tuple(
      fc.constantFrom("\r\n", "\r\n", "\n"),
      fc.constantFrom(...OPENINGS),
      fc.array(pieces, { maxLength: 16 }),
    ).map(([lineBreak, opening, chosen]) =>
      render(opening + chosen.join(""), boundary, lineBreak)
    ),
    options: optionsFor(boundary, profile),
  })
);

/** Valid bodies that are damaged, and read as what they were. */
function damagedBodies(kind: "form" | "mail"): fc.Arbitrary<Sample> {
  const profile = kind === "form" ? "form-data" : "mime";
  return soundBodies(kind).chain((body) =>
    fc.record({
      text: fc.array(damages, { maxLength: 4 }).map((list) =>
        list.reduce(
          (text, how) => damage(text, body.boundary, how),
          write(body),
        )
      ),
      options: optionsFor(body.boundary, profile),
    })
  );
}

/** Camera streams, valid or not: their lengths are right, wrong or missing. */
const frames: fc.Arbitrary<Sample> = fc.record({
  boundary: fc.constantFrom("b", "--b", "-"),
  frames: fc.array(
    fc.record({
      lead: fc.constantFrom("\r\n--{b}\r\n", "--{b}\r\n", "\n--{b}\n"),
      content: fc.array(pieces, { maxLength: 3 }),
      error: fc.constantFrom(0, 0, 0, undefined, -1, 1, 2, 6, -6),
    }),
    { maxLength: 5 },
  ),
  close: fc.constantFrom(
    "",
    "\r\n--{b}--",
    "\r\n--{b}",
    "\r\n--",
    "\r\n--{b}x",
  ),
  dashed: fc.boolean(),
}).chain(({ boundary, frames, close, dashed }) => {
  const fill = (text: string) => render(text, boundary, "\r\n");
  let text = "";
  for (const { lead, content, error } of frames) {
    const bytes = fill(content.join(""));
    text += fill(lead);
    if (error !== undefined) {
      text += `Content-Length: ${Math.max(0, bytes.length + error)}\r\n`;
    }
    text += `\r\n${bytes}`;
  }
  const stated = dashed ? `--${boundary}` : boundary;
  return fc.record({
    text: fc.constant(text + fill(close)),
    options: optionsFor(stated, "mixed-replace"),
  });
});

/** Everything that a reader may get. */
export const samples: fc.Arbitrary<Sample> = fc.oneof(
  { weight: 3, arbitrary: piecewise },
  { weight: 3, arbitrary: damagedBodies("form") },
  { weight: 3, arbitrary: damagedBodies("mail") },
  { weight: 2, arbitrary: frames },
);

/** Bodies that are read by the common rules, without limits to reach. */
export const plainSamples: fc.Arbitrary<Sample> = fc.oneof(
  { weight: 1, arbitrary: piecewise },
  { weight: 3, arbitrary: damagedBodies("form") },
  { weight: 3, arbitrary: damagedBodies("mail") },
).map(({ text, options: { boundary, profile, lineEndings } }) => ({
  text,
  options: { boundary, profile, lineEndings },
}));
