import { assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartError } from "@tributary/multipart";
import { Base64Decoder } from "../../wire/codec/base64.ts";
import { QuotedPrintableDecoder } from "../../wire/codec/quoted_printable.ts";
import { cuttings, latin1 } from "../bytes.ts";
import vectors from "./codecs.json" with { type: "json" };

interface Case {
  id: string;
  codec: string;
  input: string;
  output?: string;
  error?: string;
  why?: string;
}

interface Outcome {
  bytes?: number[];
  error?: string;
}

const cases: Case[] = vectors.cases;

function decode(codec: string, chunks: Uint8Array[]): Outcome {
  const decoder = codec === "base64"
    ? new Base64Decoder()
    : new QuotedPrintableDecoder();
  try {
    const bytes = chunks.flatMap((chunk) => [...decoder.decode(chunk)]);
    return { bytes: [...bytes, ...decoder.finish()] };
  } catch (error) {
    assertInstanceOf(error, MultipartError);
    return { error: error.code };
  }
}

describe("codec vectors", () => {
  for (const { id, codec, input, output, error, why } of cases) {
    it(`${id}: ${why ?? JSON.stringify(input)}`, () => {
      const expected = output === undefined
        ? { error }
        : { bytes: [...latin1(output)] };
      for (const { label, chunks } of cuttings(latin1(input))) {
        assertEquals(decode(codec, chunks), expected, label);
      }
    });
  }
});
