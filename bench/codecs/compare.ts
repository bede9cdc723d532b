import { Buffer } from "node:buffer";
import { type Contender, OWN_FAMILY } from "../contender.ts";
import { budgetOf, measure } from "../measure.ts";
import type { Measured, MeasureSettings } from "../measured.ts";
import { randomBytes } from "../random.ts";
import { CHUNK_BYTES, MIB } from "../reading/body.ts";
import { Base64Decoder, Base64Encoder } from "../../wire/codec/base64.ts";

/** The input. The runtime's own decoders need it as one string. */
interface Input {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly text: string;
}

/** Returns the length of the output. */
type Codec = Contender<Input, number>;

type FromBase64 = (text: string) => Uint8Array;
type ToBase64 = (this: Uint8Array) => string;

function* chunksOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    yield bytes.subarray(at, at + CHUNK_BYTES);
  }
}

function decodeInChunks({ bytes }: Input): number {
  const decoder = new Base64Decoder();
  let length = 0;
  for (const chunk of chunksOf(bytes)) length += decoder.decode(chunk).length;
  return length + decoder.finish().length;
}

function encodeInChunks({ bytes }: Input): number {
  const encoder = new Base64Encoder();
  let length = 0;
  for (const chunk of chunksOf(bytes)) length += encoder.encode(chunk).length;
  return length + encoder.finish().length;
}

function makeFromBase64(): FromBase64 {
  const fromBase64: unknown = Reflect.get(Uint8Array, "fromBase64");
  if (typeof fromBase64 !== "function") {
    throw new Error("this runtime has none");
  }
  return (text) => fromBase64.call(Uint8Array, text);
}

function makeToBase64(): ToBase64 {
  const toBase64: unknown = Reflect.get(Uint8Array.prototype, "toBase64");
  if (typeof toBase64 !== "function") throw new Error("this runtime has none");
  return function () {
    return toBase64.call(this);
  };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const decoders: Codec[] = [
  {
    name: "Base64Decoder, 64 KiB at a time",
    family: OWN_FAMILY,
    load: () => Promise.resolve(decodeInChunks),
  },
  {
    name: "Buffer.from(text)",
    family: "runtime",
    load: () =>
      Promise.resolve(({ text }) => Buffer.from(text, "base64").length),
  },
  {
    name: "Buffer.from(text), the text made of bytes",
    family: "runtime, bytes",
    load: () =>
      Promise.resolve(({ bytes }) =>
        Buffer.from(bufferOf(bytes).toString("latin1"), "base64").length
      ),
  },
  {
    name: "Uint8Array.fromBase64(text)",
    family: "runtime",
    load() {
      const fromBase64 = makeFromBase64();
      return Promise.resolve(({ text }) => fromBase64(text).length);
    },
  },
  {
    name: "Uint8Array.fromBase64(text), the text made of bytes",
    family: "runtime, bytes",
    load() {
      const fromBase64 = makeFromBase64();
      const decoder = new TextDecoder("latin1");
      return Promise.resolve(({ bytes }) =>
        fromBase64(decoder.decode(bytes)).length
      );
    },
  },
];

const encoders: Codec[] = [
  {
    name: "Base64Encoder, 64 KiB at a time",
    family: OWN_FAMILY,
    load: () => Promise.resolve(encodeInChunks),
  },
  {
    name: "buffer.toString(), no lines",
    family: "runtime",
    load: () =>
      Promise.resolve(({ bytes }) => bufferOf(bytes).toString("base64").length),
  },
  {
    name: "buffer.toString(), no lines, made bytes",
    family: "runtime, bytes",
    load: () =>
      Promise.resolve(({ bytes }) =>
        Buffer.from(bufferOf(bytes).toString("base64"), "latin1").length
      ),
  },
  {
    name: "toBase64(), no lines",
    family: "runtime",
    load() {
      const toBase64 = makeToBase64();
      return Promise.resolve(({ bytes }) => toBase64.call(bytes).length);
    },
  },
  {
    name: "toBase64(), no lines, made bytes",
    family: "runtime, bytes",
    load() {
      const toBase64 = makeToBase64();
      const encoder = new TextEncoder();
      return Promise.resolve(({ bytes }) =>
        encoder.encode(toBase64.call(bytes)).length
      );
    },
  },
];

/**
 * Measures base64 in one direction, and the runtime's own functions for a whole
 * input.
 */
export async function compareCodecs(
  name: string,
  { isQuick, isWanted, rounds }: MeasureSettings,
): Promise<Measured> {
  const size = (isQuick ? 8 : 64) * MIB;
  const isDecoding = name === "base64-decode";
  const bytes = isDecoding ? makeText(size) : randomBytes(size);
  const plain = isDecoding ? decodeInChunks({ bytes, text: "" }) : 0;
  const timings = await measure({
    input: {
      bytes,
      text: isDecoding ? bufferOf(bytes).toString("latin1") : "",
    },
    contenders: (isDecoding ? decoders : encoders).filter(({ name }) =>
      isWanted(name)
    ),
    // Only the library breaks lines.
    check: (length) =>
      isDecoding
        ? (length === plain ? undefined : `${length} bytes of ${plain}`)
        : (length >= size * 4 / 3 ? undefined : `${length} bytes`),
    budget: budgetOf(isQuick),
    rounds,
  });
  return {
    title: `base64: ${isDecoding ? "decoding" : "encoding"} ${size / MIB} MiB`,
    unit: "bytes",
    bytes: size,
    parts: 0,
    timings,
  };
}

/** Base64 in lines of 76 characters, as in mail. */
function makeText(size: number): Uint8Array<ArrayBuffer> {
  const lines = Math.ceil(size / 78);
  const text = bufferOf(randomBytes(lines * 57)).toString("base64");
  const bytes = new Uint8Array(lines * 78);
  for (let line = 0; line < lines; line++) {
    bufferOf(bytes).write(text.slice(line * 76, line * 76 + 76), line * 78);
    bytes[line * 78 + 76] = 0x0d;
    bytes[line * 78 + 77] = 0x0a;
  }
  return bytes.subarray(0, size - size % 78);
}
