/**
 * Runs every case of the vectors through every way to read a body: each gives
 * the same bytes.
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartError,
  MultipartReader,
  type MultipartReaderInit,
  type MultipartReaderOptions,
  type PartReader,
} from "@tributary/multipart";
import { cuttings, latin1, streamOf, utf8 } from "../bytes.ts";
import { hasByteStreams } from "../platform.ts";
import codecs from "./codecs.json" with { type: "json" };
import formData from "./form-data.json" with { type: "json" };
import mime from "./mime.json" with { type: "json" };
import mixedReplace from "./mixed-replace.json" with { type: "json" };

interface Case {
  id: string;
  contentType: string;
  body?: string;
  latin1?: string;
  options?: MultipartReaderOptions;
}

/** Each codec's input, as a part's body. */
const encoded: Case[] = codecs.cases.map(({ id, codec, input }) => ({
  id,
  contentType: "multipart/mixed; boundary=b",
  latin1: `--b\r\nContent-Transfer-Encoding: ${codec}\r\n\r\n` +
    `${input}\r\n--b\r\n\r\nnext\r\n--b--`,
}));

const vectors: Record<string, Case[]> = {
  "form-data.json": formData.cases as Case[],
  "mime.json": mime.cases as Case[],
  "mixed-replace.json": mixedReplace.cases,
  "codecs.json": encoded,
};

/**
 * Longer bodies are not cut at every byte: more cuts would show nothing new.
 */
const MAX_CUT = 600;

const all = { maxBytes: Infinity };

async function chunksOf(
  chunks: AsyncIterable<Uint8Array>,
): Promise<Uint8Array[]> {
  const copies: Uint8Array[] = [];
  for await (const chunk of chunks) copies.push(new Uint8Array(chunk));
  return copies;
}

async function* streamed(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

async function* intoSmallBuffers(
  part: PartReader,
): AsyncGenerator<Uint8Array> {
  const reader = part.stream({ type: "bytes" }).getReader({ mode: "byob" });
  for (;;) {
    const { done, value } = await reader.read(new Uint8Array(3));
    if (done) return;
    yield value;
  }
}

async function* called(
  read: () => Promise<Uint8Array | null>,
): AsyncGenerator<Uint8Array> {
  for (let chunk = await read(); chunk !== null; chunk = await read()) {
    yield chunk;
  }
}

async function bytesOf(blob: Promise<Blob>): Promise<Uint8Array[]> {
  return [new Uint8Array(await (await blob).arrayBuffer())];
}

/** The ways to read. Each returns all the bytes of a part. */
const ways: Record<string, (part: PartReader) => Promise<Uint8Array[]>> = {
  "iteration": (part) => chunksOf(part),
  "body": (part) => chunksOf(streamed(part.body)),
  "bytes()": async (part) => [await part.bytes(all)],
  "arrayBuffer()": async (part) => [
    new Uint8Array(await part.arrayBuffer(all)),
  ],
  "blob()": (part) => bytesOf(part.blob(all)),
  "file()": (part) => bytesOf(part.file(all)),
  "readChunk()": (part) => chunksOf(called(() => part.readChunk())),
  "readChunk(3)": (part) => chunksOf(called(() => part.readChunk(3))),
  "readLine()": (part) => chunksOf(called(() => part.readLine(all))),
  "peek(), then bytes()": async (part) => {
    await part.peek(5);
    return [await part.bytes(all)];
  },
  "a line, a chunk, then body": async (part) => {
    const first = [await part.readLine(all), await part.readChunk(2)];
    const rest = await chunksOf(streamed(part.body));
    return [...first.filter((piece) => piece !== null), ...rest];
  },
};
if (hasByteStreams) {
  ways["stream({ type: 'bytes' })"] = (part) =>
    chunksOf(streamed(part.stream({ type: "bytes" })));
  ways["a BYOB reader"] = (part) => chunksOf(intoSmallBuffers(part));
}
const names = Object.keys(ways);

/**
 * Returns the bytes of each part that could be read, and the error that ended
 * the reading.
 */
async function outcomeOf(
  chunks: Uint8Array[],
  init: MultipartReaderInit,
  read: (part: PartReader) => Promise<Uint8Array[]>,
  asStream: boolean,
): Promise<unknown> {
  const bodies: string[] = [];
  try {
    const source = asStream ? streamOf(chunks) : chunks;
    for await (const part of new MultipartReader(source, init)) {
      bodies.push((await read(part)).map((bytes) => bytes.join()).join());
    }
    return { bodies };
  } catch (error) {
    if (!(error instanceof MultipartError)) throw error;
    const { code, status, offset, partIndex } = error;
    return { bodies, error: { code, status, offset, partIndex } };
  }
}

describe("a body is the same by every way to read it:", () => {
  for (const [file, cases] of Object.entries(vectors)) {
    for (const { id, contentType, options, ...input } of cases) {
      it(`${file}, ${id}`, async () => {
        const body = input.latin1 === undefined
          ? utf8(input.body ?? "")
          : latin1(input.latin1);
        const init = { contentType, ...options };
        const expected = await outcomeOf([body], init, ways.iteration, false);
        let turn = 0;
        for (const { label, chunks } of cuttings(body)) {
          const isCut = label.startsWith("cut at");
          if (isCut && body.length > MAX_CUT) break;
          // All ways at every cut would take too long, so they take turns.
          const tried = isCut ? [names[turn % names.length]] : names;
          for (const name of tried) {
            const asStream = turn++ % 2 === 0;
            assertEquals(
              await outcomeOf(chunks, init, ways[name], asStream),
              expected,
              `${name}, ${label}`,
            );
          }
        }
      });
    }
  }
});
