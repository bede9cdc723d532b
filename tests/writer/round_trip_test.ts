import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader } from "@tributary/multipart";
import {
  type MultipartBody,
  MultipartWriter,
  type PartInit,
} from "@tributary/multipart/writer";
import { bytewise, streamOf } from "../bytes.ts";
import { type Random, seededRandom } from "./random.ts";

/** Trees in one run of the tests. */
const TREES = 2000;
const MAX_DEPTH = 3;

/** What a leaf has to come out as, or the parts of a multipart. */
interface Expected {
  readonly name: string | undefined;
  readonly filename: string | undefined;
  readonly content: Uint8Array | Expected[];
}

const LETTERS = [
  "a",
  "Z",
  "0",
  " ",
  ";",
  "=",
  "'",
  "--",
  "é",
  "\u{1f600}",
  "%",
  ":",
  ",",
  "/",
];
const ENCODINGS = [undefined, undefined, "base64", "quoted-printable", "8bit"];
const CODINGS = [undefined, undefined, undefined, "gzip", "deflate"];

function text(random: Random): string {
  let value = "";
  for (let left = random.below(8); left > 0; left--) {
    value += random.pick(LETTERS);
  }
  return value;
}

/** A content that looks like a multipart's frame now and then. */
function content(random: Random): Uint8Array<ArrayBuffer> {
  if (random.below(4) > 0) return random.bytes(200);
  const frames = ["\r\n--", "--", "\r\n", "\r", "\n", "--b", "=\r\n", " \r\n"];
  let value = "";
  for (let left = random.below(6); left > 0; left--) {
    value += random.pick(frames);
  }
  return new TextEncoder().encode(value);
}

function chunks(random: Random, bytes: Uint8Array): Uint8Array[] {
  const at = random.below(bytes.length + 1);
  return [bytes.subarray(0, at), bytes.subarray(at)];
}

/** `bytes` as one of the bodies that a writer takes. */
function bodyOf(
  random: Random,
  bytes: Uint8Array<ArrayBuffer>,
  mayEnd: boolean,
): MultipartBody {
  // What a compressor gives may depend on how its input was cut.
  const cut = chunks(random, bytes);
  switch (random.below(mayEnd ? 9 : 6)) {
    case 0:
      return bytes.buffer;
    case 1:
      return new DataView(bytes.buffer);
    case 2:
      return new Blob([bytes]);
    case 3:
      return () => streamOf(cut);
    case 4:
      return () => Promise.resolve(new Blob([bytes]));
    case 5:
      return bytes;
    case 6:
      return streamOf(bytewise(bytes));
    case 7:
      return new Response(bytes);
    default:
      return (async function* () {
        yield* cut;
      })();
  }
}

function grow(
  random: Random,
  depth: number,
  mayEnd: boolean,
): [MultipartWriter, Expected[]] {
  const subtype = random.pick(["mixed", "form-data", "related", "digest"]);
  const isForm = subtype === "form-data";
  const writer = new MultipartWriter(subtype);
  const expected: Expected[] = [];
  for (let left = random.below(4); left > 0; left--) {
    const init: PartInit = {};
    if (isForm || random.below(2) === 0) init.name = text(random);
    if (random.below(2) === 0) init.filename = text(random);
    const { name, filename } = init;
    if (depth < MAX_DEPTH && random.below(4) === 0) {
      const [inner, parts] = grow(random, depth + 1, mayEnd);
      writer.append(inner, init);
      expected.push({ name, filename, content: parts });
    } else {
      const bytes = content(random);
      init.transferEncoding = random.pick(ENCODINGS);
      init.contentEncoding = random.pick(CODINGS);
      if (random.below(3) === 0) init.size = bytes.length;
      writer.append(bodyOf(random, bytes, mayEnd), init);
      expected.push({ name, filename, content: bytes });
    }
  }
  return [writer, expected];
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

/** Ways to take the bytes of a writer. */
const ways: ((writer: MultipartWriter) => Promise<Uint8Array>)[] = [
  (writer) => writer.bytes(),
  async (writer) =>
    new Uint8Array(await new Response(writer.stream()).arrayBuffer()),
  async (writer) => {
    const body = writer.repeatable ? await writer.blob() : writer.stream();
    return new Uint8Array(await new Response(body).arrayBuffer());
  },
  async (writer) => new Uint8Array(await writer.toResponse().arrayBuffer()),
];

describe("MultipartWriter and MultipartReader", () => {
  it(`agree on ${TREES} random trees, and on their size`, async () => {
    const random = seededRandom(2026);
    for (let round = 0; round < TREES; round++) {
      const [writer, expected] = grow(random, 0, round % 2 === 0);
      const { contentType, size } = writer;
      const bytes = await random.pick(ways)(writer);
      if (size !== undefined) assertEquals(bytes.length, size, `${round}`);
      const reader = new MultipartReader(bytes, { contentType });
      assertEquals(await readAll(reader), expected, `${round}`);
    }
  });

  it("a repeatable tree gives the same bytes in every way", async () => {
    const random = seededRandom(7578);
    for (let round = 0; round < TREES / 20; round++) {
      const [writer] = grow(random, 0, false);
      assert(writer.repeatable);
      const [first, ...others] = await Promise.all(
        ways.map((way) => way(writer)),
      );
      for (const other of others) assertEquals(other, first);
    }
  });
});
