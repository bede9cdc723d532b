/** This project's own contenders. */
import { MultipartParser, MultipartReader } from "../../reader/mod.ts";
import { type Contender, OWN_FAMILY } from "../contender.ts";
import {
  addText,
  emptyTally,
  type Reading,
  streamOf,
  type Tally,
  type Upload,
} from "./upload.ts";

const limits = { parts: Infinity };
const decoder = new TextDecoder();

/** Where its chunks come from does not matter to what is done with them. */
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

function parse({ boundary, chunks, reading, contentType }: Upload): Tally {
  const parser = new MultipartParser({
    boundary,
    limits,
    profile: contentType.startsWith("multipart/form-data")
      ? "form-data"
      : contentType.startsWith("multipart/x-mixed-replace")
      ? "mixed-replace"
      : "mime",
  });
  const isText = reading === "text";
  const tally = emptyTally();
  const source = chunks[Symbol.iterator]();
  let size = 0;
  let value = "";
  for (;;) {
    const event = parser.next();
    if (event.type === "data") {
      if (isText) value += decoder.decode(event.data);
      else size += event.data.length;
    } else if (event.type === "part") {
      tally.names.push(event.head.name ?? "");
      size = 0;
      value = "";
    } else if (event.type === "part-end") {
      tally.sizes.push(isText ? value.length : size);
      if (isText) tally.values.push(value);
    } else if (event.type === "need-data") {
      const { done, value: chunk } = source.next();
      if (done) parser.end();
      else parser.push(chunk);
    } else {
      return tally;
    }
  }
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
    name: "MultipartParser, no stream",
    family: OWN_FAMILY,
    source: "chunks",
    accepts: ({ reading }) => reading === "size" || reading === "text",
    load: () => Promise.resolve(parse),
  },
];

/** The reader once more, with a body that is not hostile. */
export function plainReader(plain: Upload): Contender<Upload, Tally> {
  return {
    name: "MultipartReader, random bytes",
    family: OWN_FAMILY,
    source: "stream",
    load: () => Promise.resolve(() => read(streamOf(plain), plain)),
  };
}
