/** What a consumer may do to its reader, at every part and every chunk. */
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader, type PartReader } from "@tributary/multipart";
import { bytewise, fieldHead, formBody, streamOf } from "../bytes.ts";
import { probe, turns } from "../reader/probe.ts";
import { BODY, CONTENT_TYPE, open, PARTS } from "./bodies.ts";

const decoder = new TextDecoder();

/** The most chunks that a part's text makes, byte by byte. */
const CHUNKS = 16;

async function first(reader: MultipartReader): Promise<PartReader> {
  const { value: part } = await reader.next();
  assert(part !== undefined);
  return part;
}

describe("a consumer that throws", () => {
  it("releases the source, at every part and every chunk", async () => {
    for (let part = 0; part < PARTS.length; part++) {
      for (let chunks = 0; chunks <= CHUNKS; chunks++) {
        const source = probe(bytewise(BODY), "stall");
        const oops = new Error("oops");
        const error = await assertRejects(async () => {
          for await (const one of open(source.stream)) {
            if (one.index < part) continue;
            let count = 0;
            for await (const _ of one) if (++count === chunks) throw oops;
            throw oops;
          }
        });
        assertStrictEquals(error, oops);
        assertEquals(source.cancellations.length, 1);
        assert(!source.stream.locked);
      }
    }
  });

  it("in formData()'s `file` gets its own error, and the source is released", async () => {
    const body = formBody([
      [fieldHead("a"), "1"],
      [`${fieldHead("f")}; filename=f`, "2"],
      [fieldHead("b"), "3"],
    ]);
    const oops = new Error("oops");
    const failures = [() => Promise.reject(oops), () => {
      throw oops;
    }];
    for (const file of failures) {
      const source = probe(bytewise(body), "stall");
      const reader = open(source.stream);
      assertStrictEquals(
        await assertRejects(() => reader.formData({ file })),
        oops,
      );
      assertEquals(source.cancellations.length, 1);
      assert(!source.stream.locked);
    }
  });
});

describe("a consumer that cancels", () => {
  it("a part's body, at every chunk, leaves the other parts whole", async () => {
    for (let part = 0; part < PARTS.length; part++) {
      for (let chunks = 0; chunks <= CHUNKS; chunks++) {
        const reader = open(streamOf(bytewise(BODY)));
        const told: [string | undefined, string][] = [];
        for await (const one of reader) {
          if (one.index !== part) {
            told.push([one.name, await one.text()]);
            continue;
          }
          const stream = one.body.getReader();
          for (let count = 0; count < chunks; count++) {
            if ((await stream.read()).done) break;
          }
          await stream.cancel("enough");
        }
        assertEquals(
          told,
          PARTS.filter((_, at) => at !== part).map((p) => [...p]),
        );
      }
    }
  });

  it("a part's body while it is read, at every chunk, settles the read", async () => {
    for (let chunks = 0; chunks <= 12; chunks++) {
      const head = BODY.indexOf(0x0a, BODY.indexOf(0x3d) + 3) + 3;
      const source = probe(bytewise(BODY.subarray(0, head + chunks)), "stall");
      const reader = open(source.stream);
      const stream = (await first(reader)).body.getReader();
      const reads = Array.from({ length: 20 }, () => stream.read());
      await turns();
      await stream.cancel("enough");
      const results = await Promise.all(reads);
      assertEquals(results.at(-1)?.done, true);
      await reader.cancel("enough");
      assertEquals(source.cancellations, ["enough"]);
    }
  });

  it("the reader from within a part, at every chunk", async () => {
    for (let chunks = 0; chunks < 8; chunks++) {
      const source = probe(bytewise(BODY), "stall");
      const reader = open(source.stream);
      const part = await first(reader);
      let count = 0;
      const error = await assertRejects(async () => {
        if (count++ === chunks) await reader.cancel("enough");
        for await (const _ of part) {
          if (count++ === chunks) await reader.cancel("enough");
        }
        await reader.cancel("enough");
        await part.bytes();
      });
      assertInstanceOf(error, TypeError);
      assertEquals(source.cancellations, ["enough"]);
      assertEquals((await reader.next()).done, true);
    }
  });
});

describe("a consumer that reads twice", () => {
  const wholes: [name: string, (part: PartReader) => Promise<unknown>][] = [
    ["bytes()", (part) => part.bytes()],
    ["text()", (part) => part.text()],
    ["blob()", (part) => part.blob()],
    ["arrayBuffer()", (part) => part.arrayBuffer()],
    ["file()", (part) => part.file()],
    ["form()", (part) => part.form()],
  ];
  for (const [name, take] of wholes) {
    it(`by ${name} gets a TypeError, and the other parts`, async () => {
      for (const [, again] of wholes) {
        const reader = open(streamOf(bytewise(BODY)));
        const part = await first(reader);
        await take(part);
        await assertRejects(() => again(part), TypeError);
        assertEquals(await (await first(reader)).text(), PARTS[1][1]);
        assertEquals(await (await first(reader)).text(), PARTS[2][1]);
      }
    });
  }

  it("by pieces gets nothing more, and no error", async () => {
    const part = await first(open(streamOf(bytewise(BODY))));
    await part.bytes();
    assertEquals(await part.readChunk(), null);
    assertEquals(await part.readChunk(5), null);
    assertEquals(await part.readLine(), null);
    for await (const _ of part) throw new Error("nothing is left");
    await part.skip();
    assertEquals((await part.body.getReader().read()).done, true);
  });

  it("iterating the reader again goes on where it was left", async () => {
    const reader = open(streamOf(bytewise(BODY)));
    const names: (string | undefined)[] = [];
    for await (const part of reader.values({ preventCancel: true })) {
      names.push(part.name);
      break;
    }
    for await (const part of reader) names.push(part.name);
    for await (const part of reader) names.push(part.name);
    assertEquals(names, PARTS.map(([name]) => name));
  });
});

describe("a consumer that reads in parallel", () => {
  it("gets pieces in the order in which it asked", async () => {
    for (let size = 1; size <= 5; size++) {
      const part = await first(open(streamOf(bytewise(BODY))));
      const pieces = await Promise.all(
        Array.from({ length: 15 }, () => part.readChunk(size)),
      );
      const text = pieces.map((piece) => piece ? decoder.decode(piece) : "");
      assertEquals(text.join(""), PARTS[0][1].slice(0, 15 * size));
    }
  });

  it("mixing the ways to read loses nothing", async () => {
    const part = await first(open(streamOf(bytewise(BODY))));
    const [piece, line, chunk, rest] = await Promise.all([
      part.readChunk(2),
      part.readLine(),
      part.readChunk(),
      part.text(),
    ]);
    assert(piece && line && chunk);
    const read = [piece, line, chunk].map((bytes) => decoder.decode(bytes));
    assertEquals(read.join("") + rest, PARTS[0][1]);
  });

  it("by two whole-body helpers gets one body and one TypeError", async () => {
    const part = await first(open(streamOf(bytewise(BODY))));
    const one = part.text();
    await assertRejects(() => part.text(), TypeError);
    assertEquals(await one, PARTS[0][1]);
  });

  it("by next() gets each part once, and then the end", async () => {
    const reader = open(streamOf(bytewise(BODY)));
    const results = await Promise.all(
      Array.from({ length: 6 }, () => reader.next()),
    );
    assertEquals(
      results.map(({ value }) => value?.name),
      ["a", "b", "c", undefined, undefined, undefined],
    );
  });

  it("by next() while a part is read: the part's read fails, no other", async () => {
    for (let chunks = 0; chunks < 10; chunks++) {
      const reader = open(streamOf(bytewise(BODY)));
      const part = await first(reader);
      for (let count = 0; count < chunks; count++) await part.readChunk(1);
      const pending = assertRejects(() => part.bytes(), TypeError);
      const next = await first(reader);
      await pending;
      assertEquals([next.name, await next.text()], ["b", ""]);
      assertEquals(await (await first(reader)).text(), PARTS[2][1]);
    }
  });

  it("by two loops over one reader gets each part once", async () => {
    const reader = open(streamOf(bytewise(BODY)));
    const names: (string | undefined)[] = [];
    const loop = async () => {
      for await (const part of reader) names.push(part.name);
    };
    await Promise.all([loop(), loop()]);
    assertEquals(names, ["a", "b", "c"]);
  });
});

describe("a consumer that forgets", () => {
  it("a part, and another, still gets the next", async () => {
    for (const read of PARTS.keys()) {
      const told: string[] = [];
      for await (const part of open(streamOf(bytewise(BODY)))) {
        if (part.index === read) told.push(await part.text());
      }
      assertEquals(told, [PARTS[read][1]]);
    }
  });

  it("a body half way, at every chunk, still gets the next part", async () => {
    for (let chunks = 0; chunks <= CHUNKS; chunks++) {
      const names: (string | undefined)[] = [];
      for await (const part of open(streamOf(bytewise(BODY)))) {
        names.push(part.name);
        const stream = part.body.getReader();
        for (let count = 0; count < chunks; count++) {
          if ((await stream.read()).done) break;
        }
        // The lock is kept on purpose.
      }
      assertEquals(names, ["a", "b", "c"]);
    }
  });

  it("the promise of a read leaves no rejection behind", async () => {
    const source = probe([BODY.subarray(0, 60)], new Error("gone"));
    const reader = open(source.stream);
    const part = await first(reader);
    // The reader of a stream learns of an error from `closed`. The code that
    // created the stream does not.
    void part.body;
    await reader.next().catch(() => {});
    await turns();
  });
});

describe("a consumer that holds two parts", () => {
  it("reads the newer, is refused the older, and keeps what it has of both", async () => {
    for (let chunks = 0; chunks <= CHUNKS; chunks++) {
      const reader = open(streamOf(bytewise(BODY)));
      const older = await first(reader);
      let had = "";
      for (let count = 0; count < chunks; count++) {
        const chunk = await older.readChunk();
        if (chunk === null) break;
        had += decoder.decode(chunk);
      }
      await reader.next();
      const newer = await first(reader);
      const passed = "Cannot read part 0: the reader has moved on";
      await assertRejects(() => older.bytes(), TypeError, passed);
      await assertRejects(() => older.readLine(), TypeError, passed);
      assertThrows(() => older.parts(), TypeError);
      assertEquals(older.name, "a");
      assertEquals(
        older.headers.get("content-disposition"),
        'form-data; name="a"',
      );
      assert(PARTS[0][1].startsWith(had));
      assertEquals(await newer.text(), PARTS[2][1]);
    }
  });

  it("whose older stream is locked sees it fail, and the newer whole", async () => {
    const reader = open(streamOf(bytewise(BODY)));
    const older = (await first(reader)).body.getReader();
    await older.read();
    const pending = assertRejects(() => older.closed, TypeError);
    await reader.next();
    const newer = await first(reader);
    await assertRejects(() => older.read(), TypeError);
    await pending;
    assertEquals(await newer.text(), PARTS[2][1]);
  });
});

describe("a consumer that writes into what it is given", () => {
  it("spoils nothing but that", async () => {
    const told: string[] = [];
    for await (const part of open([BODY.slice()])) {
      let text = "";
      for await (const chunk of part) {
        text += decoder.decode(chunk);
        chunk.fill(0x2d);
      }
      told.push(text);
    }
    assertEquals(told, PARTS.map(([, text]) => text));
  });

  it("spoils no copy that it was given of a part", async () => {
    const told: string[] = [];
    const reader = new MultipartReader(BODY, { contentType: CONTENT_TYPE });
    const before = BODY.slice();
    for await (const part of reader) {
      const bytes = await part.bytes();
      told.push(decoder.decode(bytes));
      bytes.fill(0);
    }
    assertEquals(told, PARTS.map(([, text]) => text));
    assertEquals(BODY, before);
  });
});
