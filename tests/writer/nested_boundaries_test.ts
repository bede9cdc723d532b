import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type MultipartBody,
  type MultipartContent,
  MultipartEncoderStream,
  MultipartReader,
  MultipartWriter,
} from "@tributary/multipart";
import { utf8 } from "../bytes.ts";

/** Writers nested in one another, the outermost first. */
function nest(boundaries: readonly string[]): MultipartWriter {
  const [boundary, ...others] = boundaries;
  const writer = new MultipartWriter("mixed", { boundary });
  if (others.length > 0) writer.append(nest(others));
  else writer.append("leaf");
  return writer;
}

/** A response whose Content-Type is that of its multipart body. */
function response(boundary: string): Response {
  return new Response(`--${boundary}\r\n\r\nleaf\r\n--${boundary}--\r\n`, {
    headers: { "content-type": `multipart/mixed; boundary="${boundary}"` },
  });
}

/** A part that is a multipart. Its reader is still open. */
async function part(boundary: string): Promise<MultipartContent> {
  const reader = new MultipartReader(
    utf8(
      `--s\r\nContent-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n` +
        `--${boundary}\r\n\r\nleaf\r\n--${boundary}--\r\n\r\n--s--`,
    ),
    { boundary: "s" },
  );
  const { value } = await reader.next();
  assert(value !== undefined);
  return value;
}

describe("the boundary of a multipart within another", () => {
  // RFC 2046, section 5.1.1: a reader may compare only the beginning of a line.
  const clashes = [["outer", "outer"], ["outer", "outerx"], [
    "outer",
    "outer--x",
  ]];
  const kinds: Record<
    string,
    (boundary: string) => MultipartBody | Promise<MultipartBody>
  > = {
    "a writer": (boundary) => nest([boundary]),
    "a writer in a writer": (boundary) => nest(["between", boundary]),
    "a function that gives a writer": (boundary) => () => nest([boundary]),
    "a function in a writer": (boundary) => {
      const between = new MultipartWriter();
      between.append(() => Promise.resolve(nest([boundary])));
      return between;
    },
    "a response": response,
    "a function that gives a response": (boundary) => () => response(boundary),
    "a part of a reader": part,
    "a function that gives a part": async (boundary) => {
      const content = await part(boundary);
      return () => content;
    },
  };
  for (const [kind, make] of Object.entries(kinds)) {
    it(`of ${kind} is not an outer one's, nor begins like it`, async () => {
      for (const [outer, inner] of clashes) {
        await assertRejects(
          async () => {
            const writer = new MultipartWriter("mixed", { boundary: outer });
            writer.append(await make(inner));
            await writer.bytes();
          },
          TypeError,
          "boundary",
        );
      }
      const writer = new MultipartWriter("mixed", { boundary: "outer" });
      writer.append(await make("oute"));
      const { contentType } = writer;
      const reader = new MultipartReader(await writer.bytes(), { contentType });
      let leaves = 0;
      for await (const part of reader) {
        if (!part.isMultipart) {
          assert((await part.text()).includes("leaf"));
          leaves++;
          continue;
        }
        for await (const leaf of part.parts().walk()) {
          assert((await leaf.text()).includes("leaf"));
          leaves++;
        }
      }
      assertEquals(leaves, 1);
    });
  }

  it("is looked at where a type is given, or changed", () => {
    const type = "Multipart/Mixed; boundary=bc";
    const writer = new MultipartWriter("mixed", { boundary: "b" });
    const part = writer.append("--bc--", { type });
    assertThrows(() => writer.stream(), TypeError, "boundary");
    part.headers.set("content-type", "text/plain");
    writer.stream();
    part.headers.set("content-type", type);
    assertThrows(() => writer.stream(), TypeError, "boundary");
  });

  it("is checked in each spelling that readers decode", () => {
    const spellings = [
      "boundary=bc",
      "boundary*=utf-8''bc",
      "boundary*=utf-8''%62c",
      "boundary*=''%62%63",
      "boundary*0=b; boundary*1=c",
    ];
    for (const spelling of spellings) {
      for (
        const [boundary, isRefused] of [["b", true], ["x", false]] as const
      ) {
        const writer = new MultipartWriter("mixed", { boundary });
        const part = writer.append("--bc--", { type: "" });
        part.headers.set("content-type", `multipart/mixed; ${spelling}`);
        if (isRefused) {
          assertThrows(() => writer.stream(), TypeError, "boundary", spelling);
        } else writer.stream();
      }
    }
  });

  it("is looked at by a MultipartEncoderStream", async () => {
    const encoder = new MultipartEncoderStream("mixed", { boundary: "b" });
    const writer = encoder.writable.getWriter();
    const reading = new Response(encoder.readable).text().catch(() => {});
    await assertRejects(
      () => writer.write({ body: response("bc") }),
      TypeError,
      "boundary",
    );
    await reading;
    await writer.closed.catch(() => {});
  });

  it("is never a random one, where the outer one is short", () => {
    const form = new FormData();
    form.append("a", "1");
    for (let round = 0; round < 500; round++) {
      for (const boundary of ["b", "Z", "7", "frame"]) {
        const writer = new MultipartWriter("mixed", { boundary });
        writer.append(form);
        const inner = new MultipartWriter();
        writer.append(inner);
        assert(writer.size !== undefined);
      }
    }
  });
});

describe("a writer in itself", () => {
  it("is refused, be it at once or by way of others", () => {
    const [a, b, c] = ["a", "b", "c"].map((boundary) =>
      new MultipartWriter("mixed", { boundary })
    );
    assertThrows(() => a.append(a), TypeError, "boundary");
    a.append(b);
    b.append(c);
    for (const inner of [a, b, c]) {
      assertThrows(() => c.append(inner), TypeError, "boundary");
    }
    assert(a.size !== undefined);
  });

  it("is refused when it comes of a function", async () => {
    const writer = new MultipartWriter();
    writer.append(() => writer);
    await assertRejects(() => writer.bytes(), TypeError, "boundary");
  });
});

describe("multiparts within multiparts", () => {
  const inner = () => new MultipartWriter();

  it("may be many", async () => {
    let writer = inner();
    writer.append("leaf");
    for (let level = 0; level < 50; level++) {
      const outer = inner();
      outer.append(writer);
      writer = outer;
    }
    const bytes = await writer.bytes();
    assertEquals(bytes.length, writer.size);
    assert(new TextDecoder().decode(bytes).includes("leaf"));
  });

  it("are refused when they are too many, from within", () => {
    assertThrows(
      () => {
        let writer = inner();
        for (let level = 0; level < 10_000; level++) {
          const outer = inner();
          outer.append(writer);
          writer = outer;
        }
      },
      TypeError,
      "deep",
    );
  });

  it("are refused when they are too many, from without", async () => {
    const outermost = inner();
    let writer = outermost;
    for (let level = 0; level < 10_000; level++) {
      const next = inner();
      writer.append(next);
      writer = next;
    }
    assertEquals(outermost.size, undefined);
    assertThrows(() => outermost.stream(), TypeError, "deep");
    await assertRejects(() => outermost.bytes(), TypeError, "deep");
    await assertRejects(() => outermost.blob(), TypeError, "deep");
  });

  it("are refused when functions make them without end", async () => {
    const endless = (): MultipartWriter => {
      const writer = inner();
      writer.append(endless);
      return writer;
    };
    await assertRejects(() => endless().bytes(), TypeError, "deep");
  });
});
