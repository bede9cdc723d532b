import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  canDecode,
  makeDecompressor,
} from "../../../wire/codec/content_coding.ts";
import {
  makesAllAtOnce,
  takesPartForWhole,
} from "../../../wire/codec/decoder_probes.ts";
import { READ_LENGTH } from "../../../wire/codec/native_codec.ts";
import { utf8 } from "../../bytes.ts";

/** 4 MiB of zeros in brotli, made by node:zlib. */
const zeros = Uint8Array.from(
  atob("m///P/gnAOKxQCD3/gc="),
  (character) => character.charCodeAt(0),
);

/** Whether a truncated body of text is read as if it were complete. */
async function endsInSilence(format: CompressionFormat): Promise<boolean> {
  const text = new Blob([utf8("The quick brown fox. ".repeat(20))]).stream()
    .pipeThrough(new CompressionStream(format));
  const bytes = new Uint8Array(await new Response(text).arrayBuffer());
  const stream = new Blob([bytes.subarray(0, 20)]).stream()
    .pipeThrough(makeDecompressor(format));
  return await new Response(stream).arrayBuffer().then(() => true, () => false);
}

describe("codec probes", () => {
  it("tell whether a deflate body that is cut short ends in silence", async () => {
    for (const format of ["deflate", "deflate-raw"] as const) {
      const silent = await endsInSilence(format);
      assertEquals(await takesPartForWhole(), silent, format);
      assertEquals(await takesPartForWhole(), silent, "asked again");
    }
  });

  it("tell whether a decoder makes all of a slice at once", async () => {
    // A runtime that cannot try it must assume the worst.
    let expected = true;
    if (canDecode("br")) {
      const stream = new Blob([zeros]).stream()
        .pipeThrough(makeDecompressor("brotli"));
      const reader = stream.getReader();
      const { value } = await reader.read();
      await reader.cancel();
      assert(value !== undefined);
      expected = value.length > READ_LENGTH;
    }
    assertEquals(await makesAllAtOnce(), expected);
    assertEquals(await makesAllAtOnce(), expected, "asked again");
  });
});
