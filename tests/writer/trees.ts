/** Random trees of parts, which are written, read back, and compared. */
import { assertEquals } from "@std/assert";
import { MultipartReader } from "@tributary/multipart";
import {
  type MultipartBody,
  MultipartWriter,
  type PartInit,
} from "@tributary/multipart/writer";
import { bytewise, streamOf, utf8 } from "../bytes.ts";
import { type Random, seededRandom } from "./random.ts";

const MAX_DEPTH = 4;

/**
 * What a leaf must read back as. `content` is the list of parts for a
 * multipart.
 */
export interface Expected {
  readonly name: string | undefined;
  readonly filename: string | undefined;
  readonly content: Uint8Array | Expected[];
}

/** A writer, and the parts that must be read from it. */
export interface Tree {
  readonly writer: MultipartWriter;
  readonly expected: Expected[];
}

/** Characters that parsers trip over. Others come from the whole of Unicode. */
const SYNTAX = [
  ..." \t;=,:/'\"%*()<>[]@\\",
  "%22",
  "%0D",
  "%41",
  "--",
  "\r\n",
  "\r",
  "\n",
  "é",
  "\u{1f600}",
  "\u2028",
  "\ufeff",
  "\x01",
  "\x7f",
  "\x85",
  "\ufffd",
];
const ENCODINGS = [
  undefined,
  undefined,
  "base64",
  "quoted-printable",
  "7bit",
  "8bit",
  "binary",
];
const CODINGS = ["gzip", "deflate", "br", "zstd"].filter(isAvailable);

/** Whether this runtime has the coding. */
function isAvailable(contentEncoding: string): boolean {
  try {
    new MultipartWriter().append("", { contentEncoding });
    return true;
  } catch {
    return false;
  }
}

function character(random: Random): string {
  switch (random.below(4)) {
    case 0:
      return random.pick(SYNTAX);
    case 1:
      return String.fromCharCode(1 + random.below(0xffff)); // Lone surrogates too.
    case 2:
      return String.fromCodePoint(0x10000 + random.below(0x100000));
    default:
      return String.fromCharCode(0x21 + random.below(94));
  }
}

function text(random: Random, most = 8): string {
  let value = "";
  for (let left = random.below(most); left > 0; left--) {
    value += character(random);
  }
  return value;
}

function withCrlf(text: string): string {
  return text.replaceAll(/\r\n|\r|\n/g, "\r\n");
}

/** A form's name on the wire, where it stays escaped (HTML Standard). */
function escaped(text: string): string {
  return text.replaceAll('"', "%22").replaceAll("\r", "%0D")
    .replaceAll("\n", "%0A");
}

/**
 * A reader takes these backslashes for escapes. Browsers do not write such
 * names.
 */
function isAmbiguous(name: string): boolean {
  return name.includes("\\\\") || name.endsWith("\\");
}

/** A name, and how it reads back. */
function formName(random: Random): [given: string, read: string] {
  const name = text(random);
  if (isAmbiguous(name)) return formName(random);
  return [name, escaped(withCrlf(name)).toWellFormed()];
}

function formFilename(random: Random): [given: string, read: string] {
  const name = text(random);
  if (isAmbiguous(name)) return formFilename(random);
  return [name, escaped(name).toWellFormed()];
}

/** Outside forms a name cannot contain line breaks. */
function plainName(random: Random): [given: string, read: string] {
  const name = text(random).replaceAll(/[\r\n]/g, "");
  return [name, name.toWellFormed()];
}

function plainFilename(random: Random): [given: string, read: string] {
  const name = text(random);
  return [name, name.toWellFormed()];
}

/** Content that sometimes looks like the framing of a multipart. */
function content(random: Random): Uint8Array<ArrayBuffer> {
  if (random.below(4) > 0) return random.bytes(200);
  const frames = ["\r\n--", "--", "\r\n", "\r", "\n", "--b", "=\r\n", " \r\n"];
  let value = "";
  for (let left = random.below(6); left > 0; left--) {
    value += random.pick(frames);
  }
  return utf8(value);
}

/** A leaf's body, and its bytes. */
function leaf(
  random: Random,
  mayEnd: boolean,
): [body: MultipartBody, bytes: Uint8Array] {
  const kind = random.below(mayEnd ? 13 : 9);
  if (kind === 0) {
    const value = text(random, 40);
    return [value, utf8(value)];
  }
  if (kind === 1) {
    const entries = new URLSearchParams([[text(random), text(random)]]);
    return [entries, utf8(entries.toString())];
  }
  const bytes = content(random);
  // A compressor's output may depend on how its input was cut.
  const at = random.below(bytes.length + 1);
  const cut = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (kind) {
    case 2:
      return [bytes.buffer, bytes];
    case 3:
      return [new DataView(bytes.buffer, at), bytes.slice(at)];
    case 4:
      return [new Blob(cut), bytes];
    case 5:
      return [() => streamOf(cut), bytes];
    case 6:
      return [() => Promise.resolve(new Blob([bytes])), bytes];
    case 7:
      return [new File([bytes], "own name"), bytes];
    case 8:
      return [bytes, bytes];
    case 9:
      return [streamOf(bytewise(bytes)), bytes];
    case 10:
      return [new Response(bytes), bytes];
    case 11: {
      const value = text(random, 40);
      const half = random.below(value.length + 1);
      return [iterate([value.slice(0, half), value.slice(half)]), utf8(value)];
    }
    default:
      return [iterate(cut), bytes];
  }
}

async function* iterate<T>(chunks: readonly T[]): AsyncGenerator<T> {
  yield* chunks;
}

/**
 * A `FormData`, and the parts that must be read from it. It contains no lone
 * surrogates: workerd's FormData turns each into three characters.
 */
function form(random: Random): [FormData, Expected[]] {
  const data = new FormData();
  const expected: Expected[] = [];
  for (let left = random.below(3); left > 0; left--) {
    const [given, name] = formName(random);
    if (random.below(2) === 0) {
      const value = text(random, 20).toWellFormed();
      data.append(given.toWellFormed(), value);
      expected.push({
        name,
        filename: undefined,
        content: utf8(withCrlf(value)),
      });
    } else {
      const bytes = content(random);
      const [givenFilename, filename] = formFilename(random);
      const file = new File([bytes], givenFilename.toWellFormed());
      data.append(given.toWellFormed(), file);
      expected.push({ name, filename, content: bytes });
    }
  }
  return [data, expected];
}

/**
 * Makes a random tree. Without `mayEnd`, every body can be written more than
 * once.
 */
export function grow(random: Random, mayEnd: boolean, depth = 0): Tree {
  const subtype = random.pick(["mixed", "form-data", "related", "digest"]);
  const isForm = subtype === "form-data";
  const [nameOf, filenameOf] = isForm
    ? [formName, formFilename]
    : [plainName, plainFilename];
  const writer = new MultipartWriter(subtype);
  const expected: Expected[] = [];
  for (let left = random.below(4); left > 0; left--) {
    const init: PartInit = {};
    let name: string | undefined;
    let filename: string | undefined;
    if (isForm || random.below(2) === 0) [init.name, name] = nameOf(random);
    if (random.below(2) === 0) [init.filename, filename] = filenameOf(random);
    const kind = random.below(8);
    if (depth < MAX_DEPTH && kind < 2) {
      const inner = grow(random, mayEnd, depth + 1);
      writer.append(inner.writer, init);
      expected.push({ name, filename, content: inner.expected });
    } else if (depth < MAX_DEPTH && kind === 2) {
      const [data, parts] = form(random);
      writer.append(data, init);
      expected.push({ name, filename, content: parts });
    } else {
      const [body, content] = leaf(random, mayEnd);
      if (body instanceof File) {
        // A File's own name is used if the init has none.
        filename ??= body.name;
      } else if (
        isForm && typeof body !== "string" &&
        !(body instanceof URLSearchParams)
      ) {
        // The name that the HTML Standard gives a Blob.
        filename ??= "blob";
      }
      init.transferEncoding = random.pick(ENCODINGS);
      if (random.below(3) === 0) init.contentEncoding = random.pick(CODINGS);
      if (random.below(3) === 0) init.size = content.length;
      writer.append(body, init);
      expected.push({ name, filename, content });
    }
  }
  return { writer, expected };
}

async function readAll(reader: MultipartReader): Promise<Expected[]> {
  const parts: Expected[] = [];
  for await (const part of reader) {
    const { name, filename } = part;
    parts.push({
      name,
      filename,
      content: part.isMultipart
        ? await readAll(part.parts())
        : await part.bytes({ decode: true }),
    });
  }
  return parts;
}

/** Ways to get the bytes of a writer. */
export const ways: ((writer: MultipartWriter) => Promise<Uint8Array>)[] = [
  (writer) => writer.bytes(),
  async (writer) =>
    new Uint8Array(await new Response(writer.stream()).arrayBuffer()),
  async (writer) => {
    const body = writer.repeatable ? await writer.blob() : writer.stream();
    return new Uint8Array(await new Response(body).arrayBuffer());
  },
  async (writer) => new Uint8Array(await writer.toResponse().arrayBuffer()),
];

/**
 * Writes random trees, reads them back, and compares the parts and the sizes.
 */
export async function checkTrees(count: number, seed: number): Promise<void> {
  const random = seededRandom(seed);
  for (let round = 0; round < count; round++) {
    const { writer, expected } = grow(random, round % 2 === 0);
    const { contentType, size } = writer;
    const bytes = await random.pick(ways)(writer);
    if (size !== undefined) assertEquals(bytes.length, size, `tree ${round}`);
    const reader = new MultipartReader(bytes, { contentType });
    assertEquals(await readAll(reader), expected, `tree ${round}`);
  }
}
