import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartError } from "@tributary/multipart";
import { canDecode, knownCoding } from "../../../wire/codec/content_coding.ts";
import { ContentDecoder } from "../../../wire/codec/content_decoder.ts";
import type { ChunkReader } from "../../../wire/chunk_reader.ts";
import { type Cutting, cuttings, utf8 } from "../../bytes.ts";

/** The text in the fixtures below, which node:zlib compressed. */
const plain = utf8(
  "The quick brown fox jumps over the lazy dog. ".repeat(8) +
    "0123456789".repeat(20),
);
const brotli = fromBase64(
  "Gy8CqIzUVvlHmGi3Yaw7t/SFIsgJwqrYIC5zeWEDDhwCDPaR8GEDTjhNpnnArfMa" +
    "Yohd/RRk8qd+x7/ZO3bggMSi5pEA",
);
const zstd = fromBase64(
  "KLUv/WAwAR0CAHQDVGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBs" +
    "YXp5IGRvZy4gMDEyMzQ1Njc4OQIAuxYKFQeqqgw=",
);
/** 256 MiB of zeros. */
const brotliBomb = fromBase64(
  "z///fwAkAOKxQHLv//n//w+ABEAcFoDu/T////8BkACIwwLQvf/n//8/ABIAcVgA" +
    "uvf//P//B0ACIA4LQPf+n////wBIAMRhAeje//P//x8ACYA4LADd+3/+//8DIAEQ" +
    "hwWge//P//9/ACQA4rAAdO//+f//D4AEQBwWgO79P////wGQAIjDAtC9/+f//z8A" +
    "EgBxWAC69//8//8HQAIgDgtA9/6f////AEgAxGEB6N7/8///HwAJgDgsAN37//z/" +
    "/wcgARCHBaB7/w8=",
);

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function concatenate(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

async function compress(
  format: CompressionFormat,
  bytes: Uint8Array<ArrayBuffer> = plain,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream()
    .pipeThrough(new CompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65536));
  }
  return bytes;
}

/** Returns each chunk in one reused buffer, as a source may. */
function sourceOf(chunks: Iterable<Uint8Array>): ChunkReader["read"] {
  const iterator = chunks[Symbol.iterator]();
  let last = new Uint8Array(0);
  return () => {
    last.fill(0x21);
    const { done, value } = iterator.next();
    if (done) return null;
    last = value.slice();
    return last;
  };
}

function* cut(bytes: Uint8Array, length: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) {
    yield bytes.subarray(at, at + length);
  }
}

async function decode(
  coding: string,
  chunks: Iterable<Uint8Array>,
): Promise<Uint8Array> {
  const decoder = new ContentDecoder(coding, { read: sourceOf(chunks) });
  const parts: Uint8Array[] = [];
  for (let part; (part = await decoder.read()) !== null;) {
    assert(part.length > 0);
    parts.push(part);
  }
  assertEquals(await decoder.read(), null);
  return concatenate(...parts);
}

async function assertDamaged(
  coding: string,
  chunks: Iterable<Uint8Array>,
  label?: string,
): Promise<void> {
  const error = await assertRejects(
    () => decode(coding, chunks),
    MultipartError,
    `Cannot decode ${coding}: `,
    label,
  );
  assertEquals(error.code, "invalid-encoding", label);
  assertEquals(error.status, 400, label);
}

function isSupported(coding: string): boolean {
  const known = knownCoding(coding);
  return known !== undefined && canDecode(known);
}

/** Every coding that this runtime has, and the fixture's bytes in it. */
async function encodings(): Promise<[coding: string, bytes: Uint8Array][]> {
  const all: [string, Uint8Array][] = [
    ["gzip", await compress("gzip")],
    ["deflate", await compress("deflate")],
    ["deflate", await compress("deflate-raw")],
    ["br", brotli],
    ["zstd", zstd],
  ];
  return all.filter(([coding]) => isSupported(coding));
}

function assertUnsupported(coding: string, state: string): void {
  const error = assertThrows(
    () => new ContentDecoder(coding, { read: () => null }),
    MultipartError,
    state,
  );
  assertEquals(error.code, "unsupported-encoding");
  assertEquals(error.status, 415);
}

describe("codec content codings", () => {
  it("are gzip and deflate everywhere, in any case", () => {
    for (const coding of ["gzip", "x-gzip", "deflate", "GZip", "X-GZIP"]) {
      assert(isSupported(coding), coding);
    }
  });

  it("are none but those that are known", () => {
    for (
      const coding of [
        "",
        "identity",
        "compress",
        "deflate-raw",
        "toString",
        "gzip, br",
      ]
    ) {
      assert(!isSupported(coding), coding);
      assertUnsupported(
        coding,
        `Cannot decode content coding "${coding}": it is unknown`,
      );
    }
  });

  for (const [coding, bytes] of [["br", brotli], ["zstd", zstd]] as const) {
    it(`are ${coding} too where the runtime has it`, async () => {
      if (isSupported(coding)) {
        for (const { label, chunks } of cuttings(bytes)) {
          assertEquals(await decode(coding, chunks), plain, label);
        }
      } else {
        assertUnsupported(
          coding,
          `Cannot decode content coding "${coding}": this runtime`,
        );
      }
    });
  }

  for (const [coding, format] of [["br", "brotli"], ["zstd", "zstd"]]) {
    it(`are ${coding} where ${format} can be made, and nowhere else`, () => {
      let canBeMade = true;
      try {
        Reflect.construct(DecompressionStream, [format]);
      } catch {
        canBeMade = false;
      }
      assertEquals(isSupported(coding), canBeMade);
    });
  }

  it("stay supported however often one asks", () => {
    for (let round = 0; round < 1000; round++) {
      assert(isSupported("gzip"));
      assertEquals(
        isSupported("br"),
        isSupported("BR"),
      );
    }
  });
});

describe("codec ContentDecoder", () => {
  for (const format of ["gzip", "deflate", "deflate-raw"] as const) {
    const coding = format === "gzip" ? "gzip" : "deflate";

    it(`decodes ${format} however it is cut`, async () => {
      for (const { label, chunks } of cuttings(await compress(format))) {
        const withEmpty = chunks.flatMap((chunk) => [new Uint8Array(0), chunk]);
        assertEquals(await decode(coding, chunks), plain, label);
        assertEquals(await decode(coding, withEmpty), plain, label);
      }
    });

    it(`decodes ${format} of any size`, async () => {
      const zeros = new Uint8Array(300_000);
      for (
        const content of [
          new Uint8Array(0),
          utf8("x"),
          zeros,
          randomBytes(300_000),
          concatenate(zeros, randomBytes(9000), zeros),
        ]
      ) {
        const bytes = await compress(format, content);
        for (const length of [100, 1024, 65536]) {
          const decoded = await decode(coding, cut(bytes, length));
          assertEquals(decoded.length, content.length);
          assert(decoded.every((byte, at) => byte === content[at]));
        }
      }
    });

    it(`finds ${format} cut short at any byte`, async () => {
      const bytes = await compress(format);
      for (let length = 1; length < bytes.length; length++) {
        await assertDamaged(
          coding,
          [bytes.subarray(0, length)],
          `${length} bytes`,
        );
      }
      await assertDamaged(
        coding,
        cut(bytes.subarray(0, -1), 1),
        "byte by byte",
      );
    });

    it(`finds ${format} damaged, or returns output that is not shorter`, async () => {
      const bytes = await compress(format);
      let errors = 0;
      for (let at = 0; at < bytes.length; at++) {
        const damaged = bytes.slice();
        damaged[at] ^= 0x55;
        try {
          // Raw deflate has no checksum, and some bytes of gzip's header have
          // no effect.
          const decoded = await decode(coding, [damaged]);
          if (format !== "deflate-raw") {
            assertEquals(decoded, plain, `byte ${at}`);
          }
        } catch (error) {
          assertInstanceOf(error, MultipartError);
          assertEquals(error.code, "invalid-encoding");
          errors++;
        }
      }
      assert(errors > bytes.length / 2);
    });
  }

  it("decodes x-gzip", async () => {
    assertEquals(await decode("X-GZIP", [await compress("gzip")]), plain);
  });

  it("takes what is almost zlib's header for bare deflate", async () => {
    // Stored blocks whose padding bits are not zero. Read as a zlib header, the
    // first would mean a window of 64 KiB, but the format allows at most 32 KiB
    // (RFC 1950, section 2.2). The second has a wrong check.
    for (const [first, length, check] of [[0x88, 28, 0], [0x78, 5, 4]]) {
      const stored = plain.slice(0, length);
      const bare = concatenate(
        Uint8Array.of(first, length, 0, 0xff - length, 0xff),
        stored,
        Uint8Array.of(0x01, 0, 0, 0xff, 0xff),
      );
      assertEquals((bare[0] << 8 | bare[1]) % 31, check);
      assertEquals(await decode("deflate", [bare]), stored);
    }
  });

  it("makes nothing of nothing, whatever its coding", async () => {
    for (const [coding] of await encodings()) {
      assertEquals(await decode(coding, []), new Uint8Array(0));
      const empty = [new Uint8Array(0), new Uint8Array(0)];
      assertEquals(await decode(coding, empty), new Uint8Array(0));
    }
  });

  it("finds all codings cut short", async () => {
    for (const [coding, bytes] of await encodings()) {
      for (const length of [1, 2, 20, bytes.length - 1]) {
        await assertDamaged(coding, [bytes.subarray(0, length)]);
      }
    }
  });

  it("never drops what is behind the end", async () => {
    for (const [coding, bytes] of await encodings()) {
      for (
        const junk of [utf8("x"), utf8("junk".repeat(1000)), new Uint8Array(8)]
      ) {
        await assertDamaged(coding, [concatenate(bytes, junk)]);
        await assertDamaged(coding, [bytes, junk]);
        await assertDamaged(coding, cut(concatenate(bytes, junk), 1));
      }
    }
  });

  it("decodes a second member whole, or refuses it", async () => {
    for (const [coding, bytes] of await encodings()) {
      const cases: Cutting[] = [
        { label: "whole", chunks: [concatenate(bytes, bytes)] },
        { label: "a chunk each", chunks: [bytes, bytes] },
        {
          label: "byte by byte",
          chunks: [...cut(concatenate(bytes, bytes), 1)],
        },
      ];
      for (const { label, chunks } of cases) {
        try {
          assertEquals(
            await decode(coding, chunks),
            concatenate(plain, plain),
            label,
          );
        } catch (error) {
          assertInstanceOf(error, MultipartError);
          assertEquals(error.code, "invalid-encoding", `${coding}, ${label}`);
        }
      }
    }
  });

  it("gives the same error again, with the runtime's own as its cause", async () => {
    const bytes = (await compress("gzip")).subarray(0, -1);
    const decoder = new ContentDecoder("gzip", { read: sourceOf([bytes]) });
    const errors: unknown[] = [];
    while (errors.length < 2) {
      await decoder.read().catch((error) => errors.push(error));
    }
    assertInstanceOf(errors[0], MultipartError);
    assertInstanceOf(errors[0].cause, TypeError);
    assertEquals(errors[0], errors[1]);
    assert(errors[0] === errors[1]);
    assertEquals(
      errors[0].message,
      "Cannot decode gzip: the data is damaged or cut short",
    );
    await decoder.cancel();
  });

  it("passes on what the source throws or rejects with", async () => {
    const failure = new Error("the source is gone");
    const failures: ChunkReader["read"][] = [
      () => {
        throw failure;
      },
      () => Promise.reject(failure),
    ];
    for (const [coding, bytes] of await encodings()) {
      for (const fail of failures) {
        for (const length of [0, 1, 2, 20, bytes.length]) {
          const chunks = length === 0 ? [] : [bytes.subarray(0, length)];
          const before = sourceOf(chunks);
          const decoder = new ContentDecoder(coding, {
            read: () => before() ?? fail(),
          });
          const read = async () => {
            while (await decoder.read() !== null);
          };
          assert(await read().catch((error) => error) === failure);
          assert(await read().catch((error) => error) === failure);
        }
      }
    }
  });

  it("waits for a source that takes its time", async () => {
    for (const [coding, bytes] of await encodings()) {
      const source = sourceOf(cut(bytes, 16));
      const decoder = new ContentDecoder(coding, {
        read: async () => {
          await new Promise((resolve) => setTimeout(resolve, 1));
          return source();
        },
      });
      const parts: Uint8Array[] = [];
      for (let part; (part = await decoder.read()) !== null;) parts.push(part);
      assertEquals(concatenate(...parts), plain);
    }
  });

  it("pulls nothing before it is read, and then only what it needs", async () => {
    const bytes = await compress("gzip", randomBytes(200_000));
    let pulled = 0;
    const source = sourceOf(cut(bytes, 1000));
    const decoder = new ContentDecoder("gzip", {
      read: () => {
        pulled += 1000;
        return source();
      },
    });
    assertEquals(pulled, 0);
    let given = 0;
    for (let part; (part = await decoder.read()) !== null;) {
      given += part.length;
      // Node takes up to 64 KiB, and decodes them when they are read.
      assert(pulled - given <= 70_000, `${pulled} for ${given}`);
    }
    assertEquals(given, 200_000);
  });

  it("lets go wherever it is cancelled", async () => {
    const content = randomBytes(20_000);
    for (const format of ["gzip", "deflate", "deflate-raw"] as const) {
      const coding = format === "gzip" ? "gzip" : "deflate";
      const bytes = await compress(format, content);
      for (const reads of [0, 1, 2, 5]) {
        const decoder = new ContentDecoder(coding, {
          read: sourceOf(cut(bytes, 3000)),
        });
        for (let count = 0; count < reads; count++) await decoder.read();
        await decoder.cancel(new Error("enough"));
        assertEquals(await decoder.read(), null);
        await decoder.cancel();
      }
    }
  });

  it("ends a read at whatever step it is cancelled", async () => {
    const encoded = await compress("deflate");
    for (let steps = 0; steps < 60; steps++) {
      let pulls = 0;
      const decoder = new ContentDecoder("deflate", {
        read: async () => {
          await undefined;
          return pulls < encoded.length ? encoded.slice(pulls, ++pulls) : null;
        },
      });
      const reading = decoder.read();
      for (let step = 0; step < steps; step++) await undefined;
      const pulled = pulls;
      const cancelled = decoder.cancel();
      // Output that was ready before may still be returned.
      const output = await reading ?? new Uint8Array(0);
      assertEquals(output, plain.slice(0, output.length));
      await cancelled;
      assertEquals(await decoder.read(), null);
      assertEquals(pulls - pulled <= 1, true, `after ${steps} steps`);
    }
  });

  it("ends a read that waits when it is cancelled", async () => {
    for (const [coding, bytes] of await encodings()) {
      for (const length of [0, 1, 20]) {
        let reject = (_error: Error): void => {};
        const source = sourceOf(
          length === 0 ? [] : [bytes.subarray(0, length)],
        );
        const decoder = new ContentDecoder(
          coding,
          { read: () => source() ?? new Promise((_, fail) => reject = fail) },
        );
        const reads = (async () => {
          while (await decoder.read() !== null);
        })();
        await new Promise((resolve) => setTimeout(resolve, 5));
        await decoder.cancel(new Error("enough"));
        await reads;
        reject(new Error("nobody listens"));
      }
    }
  });

  it("stops a bomb in time", async () => {
    const bytes = await compress("gzip", new Uint8Array(16 << 20));
    const cap = 1 << 20;
    for (const length of [bytes.length, 1024, 100]) {
      let pulled = 0;
      const source = sourceOf(cut(bytes, length));
      const decoder = new ContentDecoder("gzip", {
        read: () => {
          pulled += length;
          return source();
        },
      });
      let given = 0;
      while (given <= cap) {
        const part = await decoder.read();
        assert(part !== null);
        given += part.length;
      }
      await decoder.cancel();
      assert(given <= cap + (2 << 20), `${given} bytes`);
      assert(length === bytes.length || pulled <= 70_000, `${pulled} pulled`);
    }
  });

  it("bounds what a chunk of brotli becomes", async () => {
    if (!isSupported("br")) return assertUnsupported("br", "");
    const decoder = new ContentDecoder("br", { read: sourceOf([brotliBomb]) });
    const part = await decoder.read();
    await decoder.cancel();
    assert(part !== null && part.length <= 32 << 20, `${part?.length}`);
  });

  it("decodes megabytes of blocks that hold nothing", async () => {
    // Each block has five bytes: stored, not the last, of length 0.
    const blocks = new Uint8Array(1_000_000);
    for (let at = 0; at < blocks.length; at += 5) {
      blocks.set([0, 0, 0, 255, 255], at);
    }
    const end = Uint8Array.of(3, 0);
    assertEquals(await decode("deflate", [blocks, end]), new Uint8Array(0));
    await assertDamaged("deflate", [blocks]);
  });
});
