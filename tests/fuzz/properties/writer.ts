/** Properties of what is written, and of what is read back. */
import { MultipartReader } from "@tributary/multipart";
import {
  byteRanges,
  type MultipartBody,
  MultipartEncoderStream,
  MultipartWriter,
  type PartInit,
} from "@tributary/multipart/writer";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import * as fc from "fast-check";
import { latin1, streamOf } from "../../bytes.ts";
import { byteStrings } from "../bodies.ts";
import { chunksOf, deliveries, type Delivery } from "../chunking.ts";
import { byteString } from "../outcome.ts";
import { type Property, property } from "../property.ts";

type BodyKind =
  | "bytes"
  | "buffer"
  | "view"
  | "blob"
  | "stream"
  | "iterable"
  | "function"
  | "response";

interface Leaf {
  readonly content: string;
  readonly kind: BodyKind;
  readonly cut: Delivery;
  readonly transfer: string | undefined;
  readonly coding: string | undefined;
  readonly isSized: boolean;
}

interface Node {
  readonly name: string;
  readonly filename: string | undefined;
  readonly body: Leaf | Tree;
}

interface Tree {
  readonly subtype: string;
  readonly nodes: readonly Node[];
}

/** Text that reads back unchanged: see the page on how the standards differ. */
const names = fc.string({
  unit: fc.constantFrom(
    ..."ab ;='\",:/.*<>\u00e9\u{1f600}\ufeff",
    "--",
    "UTF-8''",
  ),
  maxLength: 8,
});

const contents = fc.oneof(
  byteStrings({ maxLength: 120 }),
  fc.array(
    fc.constantFrom(
      "\r\n--",
      "--",
      "\r\n",
      "\r",
      "\n",
      "=",
      " ",
      "\t",
      "x",
      "\r\n.\r\n",
    ),
    { maxLength: 10 },
  ).map((pieces) => pieces.join("")),
  fc.constant("long ".repeat(200)),
);

const { tree } = fc.letrec<{ tree: Tree; node: Node; leaf: Leaf }>((tie) => ({
  tree: fc.record({
    subtype: fc.constantFrom("mixed", "form-data", "related", "alternative"),
    nodes: fc.array(tie("node"), { maxLength: 4 }),
  }),
  node: fc.record({
    name: names,
    filename: fc.option(names, { nil: undefined }),
    body: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      { weight: 4, arbitrary: tie("leaf") },
      { weight: 1, arbitrary: tie("tree") },
    ),
  }),
  leaf: fc.record({
    content: contents,
    kind: fc.constantFrom<BodyKind>(
      "bytes",
      "buffer",
      "view",
      "blob",
      "stream",
      "iterable",
      "function",
      "response",
    ),
    cut: deliveries.filter(({ memory }) => memory !== "shared"),
    transfer: fc.constantFrom(
      undefined,
      undefined,
      "base64",
      "quoted-printable",
      "8bit",
    ),
    coding: fc.constantFrom(undefined, undefined, undefined, "gzip", "deflate"),
    isSized: fc.boolean(),
  }),
}));

function bodyOf({ content, kind, cut }: Leaf): MultipartBody {
  const bytes = latin1(content);
  const chunks = () => chunksOf(bytes, cut);
  switch (kind) {
    case "bytes":
      return bytes;
    case "buffer":
      return bytes.buffer;
    case "view":
      return new DataView(bytes.buffer);
    case "blob":
      return new Blob([bytes]);
    case "stream":
      return streamOf(chunks());
    case "iterable":
      return (async function* () {
        yield* chunks();
      })();
    case "function":
      return () => streamOf(chunks());
    case "response":
      return new Response(bytes);
  }
}

function compose({ subtype, nodes }: Tree): MultipartWriter {
  const writer = new MultipartWriter(subtype);
  for (const { name, filename, body } of nodes) {
    const init: PartInit = { name, filename };
    if ("nodes" in body) writer.append(compose(body), init);
    else {
      init.transferEncoding = body.transfer;
      init.contentEncoding = body.coding;
      if (body.isSized) init.size = body.content.length;
      writer.append(bodyOf(body), init);
    }
  }
  return writer;
}

/** A part as it reads back. */
interface Told {
  readonly name: string | undefined;
  readonly filename: string | undefined;
  readonly body: string | Told[];
}

function expected({ subtype, nodes }: Tree): Told[] {
  const isForm = subtype === "form-data";
  const quote = isForm
    ? (text: string) => text.replaceAll('"', "%22")
    : (text: string) => text;
  return nodes.map(({ name, filename, body }) => {
    // In a form, every body except text is a file.
    const given = filename ??
      (isForm && !("nodes" in body) ? "blob" : undefined);
    return {
      name: quote(name),
      filename: given === undefined ? undefined : quote(given),
      body: "nodes" in body ? expected(body) : body.content,
    };
  });
}

async function tell(reader: MultipartReader): Promise<Told[]> {
  const told: Told[] = [];
  for await (const part of reader) {
    const { name, filename } = part;
    const body = part.isMultipart
      ? await tell(part.parts())
      : byteString(await part.bytes({ decode: true }));
    told.push({ name, filename, body });
  }
  return told;
}

/** Range fields, valid and invalid. */
const rangeFields = fc.oneof(
  fc.array(
    fc.oneof(
      fc.tuple(fc.nat(40), fc.nat(40)).map(([a, b]) => `${a}-${a + b}`),
      fc.nat(40).map((a) => `${a}-`),
      fc.nat(40).map((a) => `-${a}`),
      fc.constantFrom("", " ", "-", "a-b", "5-2", "0-99999999999999999999"),
    ),
    { maxLength: 6 },
  ).map((specs) => `bytes=${specs.join(", ")}`),
  fc.string({ unit: fc.constantFrom(..."bytes=0123-, ;") }),
);

const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";

export const writerProperties: readonly Property[] = [
  property(
    "a tree comes back, and is as long as was said",
    120,
    fc.tuple(tree, deliveries),
    async ([tree, delivery]) => {
      const writer = compose(tree);
      const { contentType, size } = writer;
      const bytes = await writer.bytes();
      if (size !== undefined) assertEquals(bytes.length, size);
      const reader = new MultipartReader(chunksOf(bytes, delivery), {
        contentType,
      });
      assertEquals(await tell(reader), expected(tree));
    },
  ),
  property(
    "a tree is read while it is written",
    150,
    tree,
    async (tree) => {
      const writer = compose(tree);
      const reader = MultipartReader.from(writer.toResponse());
      assertEquals(await tell(reader), expected(tree));
    },
  ),
  property(
    "parts come back through both transforms",
    150,
    fc.array(contents, { maxLength: 4 }),
    async (contents) => {
      const encoder = new MultipartEncoderStream("form-data");
      const parts = contents.map((content, index) => ({
        body: latin1(content),
        name: `${index}`,
      }));
      const source = new ReadableStream({
        pull(controller) {
          const part = parts.shift();
          if (part === undefined) controller.close();
          else controller.enqueue(part);
        },
      });
      const reader = new MultipartReader(source.pipeThrough(encoder), {
        contentType: encoder.contentType,
      });
      const told = await tell(reader);
      assertEquals(told.map(({ body }) => body), contents);
    },
  ),
  property(
    "every Range field is answered with what it asks for",
    400,
    fc.tuple(rangeFields, fc.nat(36)),
    async ([range, size]) => {
      const content = ALPHABET.slice(0, size);
      const request = new Request("http://localhost/", { headers: { range } });
      const response = byteRanges(request, new Blob([content]));
      const contentType = response.headers.get("content-type") ?? "";
      const body = await response.clone().text();
      const length = response.headers.get("content-length");
      if (length !== null) assertEquals(Number(length), body.length);
      if (response.status === 200) assertEquals(body, content);
      else if (response.status === 416) assertEquals(body, "");
      else if (!contentType.startsWith("multipart/")) {
        assertEquals(response.status, 206);
        const field = response.headers.get("content-range") ?? "";
        const [, start, end] = /^bytes (\d+)-(\d+)\//.exec(field) ?? [];
        assertEquals(body, content.slice(Number(start), Number(end) + 1));
        assertNotEquals(body, "");
      } else {
        assertEquals(response.status, 206);
        for await (const part of MultipartReader.from(response)) {
          const { start, end, size } = part.contentRange ?? {};
          assert(start !== undefined && end !== undefined);
          assertEquals(size, content.length);
          assertEquals(await part.text(), content.slice(start, end + 1));
        }
      }
    },
  ),
];
