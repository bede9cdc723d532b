import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartError,
  MultipartReader,
  type PartReader,
} from "@tributary/multipart";
import { bytewise, cuttings, latin1, streamOf, utf8 } from "../bytes.ts";
import { probe, turns } from "./probe.ts";

const contentType = "multipart/mixed; boundary=b0";

/**
 * A leaf under `depth` nested multiparts. Each multipart is followed by a leaf.
 */
function nested(depth: number, level = 0): string {
  if (level > depth) return "";
  const inner = level === depth
    ? "\r\nleaf"
    : `Content-Type: multipart/mixed; boundary=b${level + 1}\r\n\r\n` +
      nested(depth, level + 1);
  return `--b${level}\r\n${inner}\r\n--b${level}\r\n\r\nafter ${level}\r\n--b${level}--`;
}

function readerOf(text: string, init = {}): MultipartReader {
  return new MultipartReader(streamOf(bytewise(utf8(text))), {
    contentType,
    ...init,
  });
}

describe("PartReader.parts()", () => {
  it("reads multiparts within multiparts, depth first", async () => {
    const leaves: [string, string][] = [];
    for await (const part of readerOf(nested(3)).walk()) {
      leaves.push([part.path.join("."), await part.text()]);
    }
    assertEquals(leaves, [
      ["0.0.0.0", "leaf"],
      ["0.0.0.1", "after 3"],
      ["0.0.1", "after 2"],
      ["0.1", "after 1"],
      ["1", "after 0"],
    ]);
  });

  it("a nested reader that is left lets the outer one go on", async () => {
    const outer = readerOf(nested(2));
    const { value: first } = await outer.next();
    assert(first !== undefined);
    for await (const _inner of first.parts()) break;
    const { value: second } = await outer.next();
    assertEquals(await second?.text(), "after 0");
    assert((await outer.next()).done);
  });

  it("a nested error leaves the outer reader whole", async () => {
    const outer = readerOf(
      "--b0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" +
        "--x\r\nno colon\r\n\r\nno\r\n--b0\r\n\r\nafter\r\n--b0--",
    );
    const { value: first } = await outer.next();
    assert(first !== undefined);
    const inner = first.parts();
    const error = await assertRejects(() => inner.next(), MultipartError);
    assertEquals(error.code, "invalid-header");
    const { value: second } = await outer.next();
    assertEquals(await second?.text(), "after");
  });

  it("an outer error reaches the nested reader", async () => {
    const cut = nested(1).slice(0, -40);
    const outer = readerOf(cut);
    const error = await assertRejects(async () => {
      for await (const part of outer.walk()) await part.skip();
    }, MultipartError);
    assertEquals(error.code, "truncated");
  });

  it("walk() goes on behind a multipart that is not closed, or has no boundary", async () => {
    const type = "Content-Type: multipart/mixed";
    const inner = (head: string, body: string): string =>
      `--b0\r\n${head}\r\n\r\n${body}\r\n--b0\r\n\r\nafter\r\n--b0--`;
    const cases: [body: string, leaves: string[]][] = [
      [inner(`${type}; boundary=x`, "--x\r\n\r\na\r\n--x\r\n\r\nb"), [
        "a",
        "b",
      ]],
      // The end of the last part looks like the beginning of a delimiter.
      [inner(`${type}; boundary=x`, "--x\r\n\r\na\r\n--"), ["a\r\n--"]],
      [inner(`${type}; boundary=x`, "--x\r\n\r\na\r\n"), ["a\r\n"]],
      [inner(`${type}; boundary=x`, "--x\r\n\r\na\r\n--x"), ["a"]],
      [inner(`${type}; boundary=x`, "--x\r\nA: b"), []],
      [inner(`${type}; boundary=x`, "--x"), []],
      [inner(`${type}; boundary=x`, "never opened"), []],
      [inner(type, "no boundary"), ["no boundary"]],
      [inner(`${type}; boundary=x; boundary=y`, "two"), ["two"]],
      [
        inner(
          `${type}; boundary=x`,
          `--x\r\n${type}; boundary=y\r\n\r\n--y\r\n\r\ndeep`,
        ),
        ["deep"],
      ],
    ];
    for (const [body, leaves] of cases) {
      for (const { label, chunks } of cuttings(utf8(body))) {
        const found: string[] = [];
        const reader = new MultipartReader(chunks, { boundary: "b0" });
        for await (const part of reader.walk()) found.push(await part.text());
        assertEquals(found, [...leaves, "after"], `${body}, ${label}`);
      }
    }
  });

  it("leaving walk() early cancels the source", async () => {
    const source = probe(bytewise(utf8(nested(3))));
    const outer = new MultipartReader(source.stream, { contentType });
    for await (const part of outer.walk()) {
      assertEquals(part.path, [0, 0, 0, 0]);
      break;
    }
    assertEquals(source.cancellations, [undefined]);
    assertEquals(source.stream.locked, false);
  });

  it("an outer reader that moves on ends the nested one", async () => {
    const outer = readerOf(nested(1));
    const { value: first } = await outer.next();
    assert(first !== undefined);
    const inner = first.parts();
    await inner.next();
    await outer.next();
    const error = await assertRejects(() => inner.next(), TypeError);
    assertEquals(
      error.message,
      "Cannot read part 0: the reader has moved on to part 1. " +
        "Is an `await` missing?",
    );
    await outer.cancel();
  });

  it("knows its limit of depth, 8 by default", async () => {
    const walk = async (depth: number, limits = {}) => {
      for await (const part of readerOf(nested(depth), { limits }).walk()) {
        await part.skip();
      }
    };
    await walk(8);
    await walk(1, { depth: 1 });
    for (
      const [depth, limits, allowed] of [
        [9, {}, 8],
        [1, { depth: 0 }, 0],
      ] as const
    ) {
      const error = await assertRejects(
        () => walk(depth, limits),
        MultipartError,
      );
      assertEquals(error.code, "too-deep");
      assertEquals(error.status, 400);
      assertEquals(
        error.message,
        `Cannot read the parts of part 0: they are nested deeper than ${allowed}`,
      );
    }
  });

  it("takes the outer reader's options, and its own before them", async () => {
    const text = "--b0\nContent-Type: multipart/mixed; boundary=x\n\n" +
      "--x\n\n1\n--x\n\n2\n--x--\n--b0--\n";
    const count = async (limits: { parts?: number }) => {
      const outer = readerOf(text, {
        lineEndings: "any",
        limits: { parts: 1 },
      });
      const { value: part } = await outer.next();
      assert(part !== undefined);
      let parts = 0;
      for await (const _inner of part.parts({ limits })) parts++;
      return parts;
    };
    assertEquals(await count({ parts: 2 }), 2);
    const undone = await assertRejects(
      () => count({ parts: undefined }),
      MultipartError,
    );
    assertEquals(undone.code, "too-many-parts");
    const error = await assertRejects(() => count({}), MultipartError);
    assertEquals(error.code, "too-many-parts");
  });

  it("takes the type that mediaType shows, of several", async () => {
    const form = "--f\r\n" +
      'Content-Disposition: form-data; name="a"\r\n' +
      "Content-Type: text/plain\r\nContent-Type: multipart/mixed; boundary=i\r\n" +
      "\r\n--i\r\n\r\n1\r\n--i--\r\n--f--";
    const { value: part } = await readerOf(form, {
      contentType: "multipart/form-data; boundary=f",
    }).next();
    const { value: inner } = await part?.parts().next() ?? {};
    assertEquals(await inner?.text(), "1");
  });

  it("throws a TypeError for a part that is not a multipart", async () => {
    const { value: part } = await readerOf("--b0\r\n\r\nx\r\n--b0--").next();
    assert(part !== undefined);
    const error = assertThrows(() => part.parts(), TypeError);
    assertEquals(
      error.message,
      "Cannot read the parts of part 0: its media type is text/plain",
    );
    assertEquals(await part.text(), "x", "and the body is still there");
  });

  it("throws invalid-boundary for a multipart without a boundary", async () => {
    const { value: part } = await readerOf(
      "--b0\r\nContent-Type: multipart/mixed\r\n\r\nx\r\n--b0--",
    ).next();
    assert(part !== undefined);
    const error = assertThrows(() => part.parts(), MultipartError);
    assertEquals(error.code, "invalid-boundary");
    assertEquals(await part.text(), "x");
  });

  it("throws invalid-boundary for a boundary that is not UTF-8, and walk() a leaf", async () => {
    const inner = "--\xe9\r\n\r\nx\r\n--\xe9--";
    const body = latin1(
      "--b0\r\nContent-Type: multipart/mixed; boundary=\xe9\r\n\r\n" +
        `${inner}\r\n--b0--`,
    );
    const { value: part } = await new MultipartReader(body, { contentType })
      .next();
    assert(part !== undefined);
    const error = assertThrows(() => part.parts(), MultipartError);
    assertEquals(error.code, "invalid-boundary");
    const leaves: Uint8Array[] = [];
    const reader = new MultipartReader(body, { contentType });
    for await (const leaf of reader.walk()) leaves.push(await leaf.bytes());
    assertEquals(leaves, [latin1(inner)]);
  });

  it("throws a TypeError for a body that has been read", async () => {
    const { value: part } = await readerOf(nested(1)).next();
    assert(part !== undefined);
    await part.bytes();
    const { signal } = new AbortController();
    let listeners = 0;
    signal.addEventListener = () => listeners++;
    assertThrows(() => part.parts({ signal }), TypeError);
    assertEquals(listeners, 0, "nothing is left that waits for the signal");
  });

  const readings: [string, (part: PartReader) => Promise<unknown>][] = [
    ["readChunk()", (part) => part.readChunk(3)],
    ["readLine()", (part) => part.readLine()],
    ["an iteration", (part) => part[Symbol.asyncIterator]().next()],
    ["a stream's reader", async (part) => {
      const reader = part.body.getReader();
      await reader.read();
      reader.releaseLock();
    }],
  ];
  for (const [name, read] of readings) {
    it(`throws a TypeError when ${name} has taken bytes of the body`, async () => {
      const { value: part } = await readerOf(nested(1)).next();
      assert(part !== undefined);
      const reading = read(part);
      assertThrows(() => part.parts(), TypeError, "Cannot read part 0");
      await reading;
      assertThrows(
        () => part.parts(),
        TypeError,
        "Cannot read part 0: its body has already been read",
      );
    });
  }

  it("reads a body whose first bytes were looked at by peek()", async () => {
    const { value: part } = await readerOf(nested(1)).next();
    assert(part !== undefined);
    const looking = part.peek(4);
    const inner = part.parts();
    await looking;
    assert(!(await inner.next()).done);
  });
});

describe("nested parts end with their parent", () => {
  const text = "--b0\r\nContent-Type: multipart/mixed; boundary=b1\r\n\r\n" +
    "--b1\r\n\r\nfirst\r\n--b1\r\n\r\nsecond\r\n--b1--\r\n" +
    "--b0\r\n\r\nafter\r\n--b0--";

  // All in one chunk, so that the inner parts have already arrived.
  async function open(signal?: AbortSignal) {
    const outer = new MultipartReader(streamOf([utf8(text)]), {
      contentType,
      signal,
    });
    const { value: parent } = await outer.next();
    assert(parent !== undefined);
    const inner = parent.parts();
    const { value: part } = await inner.next();
    assert(part !== undefined);
    return { outer, parent, inner, part };
  }

  const endings: Record<string, {
    end: (
      outer: MultipartReader,
      controller: AbortController,
    ) => Promise<unknown> | void;
    message: string;
  }> = {
    "that the reader has left": {
      end: (outer) => outer.next(),
      message: "Cannot read part 0: the reader has moved on to part 1",
    },
    "whose reader was cancelled": {
      end: (outer) => outer.cancel(),
      message: "Cannot read on: the reader was cancelled",
    },
    "whose reader was aborted": {
      end: (_, controller) => controller.abort(new TypeError("aborted")),
      message: "aborted",
    },
  };

  for (const [name, { end, message }] of Object.entries(endings)) {
    it(`${name}: an open part and the next one throw`, async () => {
      const controller = new AbortController();
      const { outer, inner, part } = await open(controller.signal);
      await end(outer, controller);
      await assertRejects(() => part.text(), TypeError, message);
      await assertRejects(() => inner.next(), TypeError, message);
      await outer.cancel();
    });
  }

  it("and have its body to themselves", async () => {
    const { outer, parent, inner, part } = await open();
    const refused = "Cannot read part 0: it is read by the reader that parts()";
    const ways: (() => Promise<unknown>)[] = [
      () => parent.readChunk(),
      () => parent.readLine(),
      () => parent.bytes(),
      () => parent.skip(),
      () => parent.body.getReader().read(),
      () => parent[Symbol.asyncIterator]().next(),
    ];
    for (const way of ways) await assertRejects(way, TypeError, refused);
    assertEquals(await part.text(), "first");
    assertEquals(await (await inner.next()).value?.text(), "second");
    assert((await inner.next()).done);
    assertEquals(await (await outer.next()).value?.text(), "after");
  });

  it("give it back when their reader is cancelled", async () => {
    const { outer, parent, inner } = await open();
    await inner.cancel();
    await parent.skip();
    assert(parent.done);
    assertEquals(await (await outer.next()).value?.text(), "after");
  });

  for (const rest of ["--b1--", ""]) {
    it(`give back what their cancelled reader has requested: ${rest || "the end"}`, async () => {
      const { promise, resolve } = Promise.withResolvers<Uint8Array>();
      async function* source(): AsyncGenerator<Uint8Array> {
        yield utf8(
          "--b0\r\nContent-Type: multipart/mixed; boundary=b1\r\n\r\n",
        );
        yield await promise;
      }
      const outer = new MultipartReader(source(), { contentType });
      const { value: parent } = await outer.next();
      assert(parent !== undefined);
      const inner = parent.parts();
      const next = inner.next();
      await inner.cancel();
      assertEquals(await next, { done: true, value: undefined });
      const text = new Response(parent.body).text();
      resolve(utf8(`${rest}\r\n--b0--`));
      assertEquals(await text, rest);
      assert((await outer.next()).done);
    });
  }
});

describe("MultipartReader.walk()", () => {
  it("return() settles while a part is awaited, and cancels", async () => {
    const source = probe([utf8("--b0\r\n\r\nleaf")], "stall");
    const walk = new MultipartReader(source.stream, { contentType }).walk();
    assertEquals((await walk.next()).value?.index, 0);
    const next = walk.next();
    assertEquals(await walk.return(), { done: true, value: undefined });
    assertEquals(source.cancellations, [undefined]);
    assertEquals(await next, { done: true, value: undefined });
    assertEquals(await walk.next(), { done: true, value: undefined });
  });

  it("throw() cancels, and gives the error", async () => {
    const source = probe([utf8("--b0\r\n\r\nleaf")], "stall");
    const walk = new MultipartReader(source.stream, { contentType }).walk();
    const mine = new Error("mine");
    assertEquals(await walk.throw(mine).catch((error) => error), mine);
    assertEquals(source.cancellations, [undefined]);
  });

  it("takes a multipart without a usable boundary for a leaf", async () => {
    const text = "--b0\r\nContent-Type: multipart/mixed\r\n\r\nwhatever\r\n" +
      "--b0\r\n\r\nafter\r\n--b0--";
    const texts: string[] = [];
    for await (const part of readerOf(text).walk()) {
      texts.push(await part.text());
    }
    assertEquals(texts, ["whatever", "after"]);
  });

  it("gives an error once, and is over", async () => {
    const walk = readerOf("no").walk();
    await assertRejects(() => walk.next(), MultipartError);
    assertEquals(await walk.next(), { done: true, value: undefined });
  });

  it("return() settles while a nested part is awaited", async () => {
    const open = nested(1).slice(0, nested(1).indexOf("leaf"));
    const source = probe([utf8(open.slice(0, -4))], "stall");
    const walk = new MultipartReader(source.stream, { contentType }).walk();
    const next = walk.next();
    await turns();
    await walk.return();
    assertEquals(await next, { done: true, value: undefined });
    assertEquals(source.cancellations, [undefined]);
  });

  it("disposal cancels, once", async () => {
    const source = probe([utf8("--b0\r\n\r\nleaf")], "stall");
    const walk = new MultipartReader(source.stream, { contentType }).walk();
    await walk.next();
    await walk[Symbol.asyncDispose]();
    await walk.return();
    assertEquals(source.cancellations, [undefined]);
  });

  it("throws its error, though the source cannot be cancelled", async () => {
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(utf8(nested(2))),
      cancel: () => Promise.reject(new Error("cancellation failed")),
    });
    const limits = { depth: 1 };
    const walk = new MultipartReader(stream, { contentType, limits }).walk();
    const error = await assertRejects(() => walk.next(), MultipartError);
    assertEquals(error.code, "too-deep");
    await turns();
  });
});
