/** This project's own contenders. */
import { MultipartParser, MultipartReader } from "../../reader/mod.ts";
import { type Contender, OWN_FAMILY } from "../contender.ts";
import {
  addText,
  emptyTally,
  pump,
  type Reading,
  streamOf,
  type Tally,
  type Upload,
} from "./upload.ts";

const limits = { parts: Infinity };
const decoder = new TextDecoder();

/** Reads the parts, whatever the source of the chunks is. */
async function read(
  source: ReadableStream<Uint8Array> | Iterable<Uint8Array>,
  { contentType, reading }: Upload,
): Promise<Tally> {
  const reader = new MultipartReader(source, {
    contentType,
    limits,
    decode: reading === "decoded",
  });
  if (reading === "text") return await readFields(reader);
  return await countBytes(reader, reading);
}

async function readFields(reader: MultipartReader): Promise<Tally> {
  const tally = emptyTally();
  for await (const part of reader) {
    addText(tally, part.name ?? "", await part.text());
  }
  return tally;
}

async function countBytes(
  reader: MultipartReader,
  reading: Reading,
): Promise<Tally> {
  const tally = emptyTally();
  const parts = reading === "nested" ? reader.walk() : reader;
  for await (const part of parts) {
    let size = 0;
    for await (const chunk of part) size += chunk.length;
    tally.names.push(part.name ?? "");
    tally.sizes.push(size);
  }
  return tally;
}

/** The parser alone, and what it has found so far. */
class Parsing {
  readonly tally = emptyTally();
  readonly #parser: MultipartParser;
  readonly #isText: boolean;
  #size = 0;
  #value = "";

  constructor({ boundary, reading, contentType }: Upload) {
    this.#isText = reading === "text";
    this.#parser = new MultipartParser({
      boundary,
      limits,
      profile: contentType.startsWith("multipart/form-data")
        ? "form-data"
        : contentType.startsWith("multipart/x-mixed-replace")
        ? "mixed-replace"
        : "mime",
    });
  }

  push(chunk: Uint8Array): void {
    this.#readOn();
    this.#parser.push(chunk);
  }

  end(): Tally {
    this.#readOn();
    this.#parser.end();
    this.#readOn();
    return this.tally;
  }

  #readOn(): void {
    for (;;) {
      const event = this.#parser.next();
      if (event.type === "data") {
        if (this.#isText) this.#value += decoder.decode(event.data);
        else this.#size += event.data.length;
      } else if (event.type === "part") {
        this.tally.names.push(event.head.name ?? "");
        this.#size = 0;
        this.#value = "";
      } else if (event.type === "part-end") {
        this.tally.sizes.push(this.#isText ? this.#value.length : this.#size);
        if (this.#isText) this.tally.values.push(this.#value);
      } else {
        return;
      }
    }
  }
}

function parse(upload: Upload): Tally {
  const parsing = new Parsing(upload);
  for (const chunk of upload.chunks) parsing.push(chunk);
  return parsing.end();
}

async function parseStream(upload: Upload): Promise<Tally> {
  const parsing = new Parsing(upload);
  await pump(upload, (chunk) => parsing.push(chunk));
  return parsing.end();
}

/** The parser does not read nested parts, and does not decode. */
function suitsParser({ reading }: Upload): boolean {
  return reading === "size" || reading === "text";
}

export const ownReaders: Contender<Upload, Tally>[] = [
  {
    name: "MultipartReader",
    family: OWN_FAMILY,
    source: "stream",
    load: () => Promise.resolve((upload) => read(streamOf(upload), upload)),
  },
  {
    name: "MultipartReader, no stream",
    family: OWN_FAMILY,
    source: "chunks",
    load: () => Promise.resolve((upload) => read(upload.chunks, upload)),
  },
  {
    name: "MultipartParser",
    family: OWN_FAMILY,
    source: "stream",
    accepts: suitsParser,
    load: () => Promise.resolve(parseStream),
  },
  {
    name: "MultipartParser, no stream",
    family: OWN_FAMILY,
    source: "chunks",
    accepts: suitsParser,
    load: () => Promise.resolve(parse),
  },
];

/** The reader again, with a body that is not hostile. */
export function plainReader(plain: Upload): Contender<Upload, Tally> {
  return {
    name: "MultipartReader, random bytes",
    family: OWN_FAMILY,
    source: "stream",
    load: () => Promise.resolve(() => read(streamOf(plain), plain)),
  };
}
