import { assert, assertEquals, assertRejects } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader, MultipartWriter } from "@tributary/multipart";
import { streamOf, utf8 } from "../bytes.ts";

const boundary = "b";

/** Reads the rest of a stream as text. */
async function restOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<string> {
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += new TextDecoder().decode(value);
  }
}

describe("what is written is what was there when somebody asked", () => {
  it("a field that is changed behind the head changes no body", async () => {
    const writer = new MultipartWriter("mixed", { boundary });
    const part = writer.append(streamOf([utf8("text")]), {
      type: "",
      size: 4,
    });
    const before = "--b\r\nContent-Length: 4\r\n\r\ntext\r\n--b--\r\n";
    assertEquals(writer.size, before.length);
    const reader = writer.stream().getReader();
    const { value } = await reader.read();
    part.headers.set("content-transfer-encoding", "base64");
    part.headers.set("x-late", "1");
    assertEquals(
      new TextDecoder().decode(value) + await restOf(reader),
      before,
    );
  });

  it("a field that is changed before the first byte is asked for", async () => {
    const writer = new MultipartWriter("mixed", { boundary });
    const part = writer.append("text", { type: "" });
    const response = writer.toResponse();
    const size = Number(response.headers.get("content-length"));
    part.headers.set("content-encoding", "gzip");
    writer.append("another");
    const text = await response.text();
    assertEquals(text, "--b\r\nContent-Length: 4\r\n\r\ntext\r\n--b--\r\n");
    assertEquals(size, text.length);
    // The changes count from the next call on.
    assertEquals([writer.size, writer.length], [undefined, 2]);
  });

  it("the parts of a nested writer, its fields, and those within that", async () => {
    const innermost = new MultipartWriter();
    const leaf = innermost.append("leaf");
    const inner = new MultipartWriter();
    inner.append(innermost);
    const outer = new MultipartWriter();
    outer.append(streamOf([utf8("first")]), { size: 5 });
    outer.append(inner);
    const { size } = outer;
    const reader = outer.stream().getReader();
    const { value } = await reader.read();
    inner.append("late");
    innermost.append("later");
    leaf.headers.set("content-transfer-encoding", "base64");
    const text = new TextDecoder().decode(value) + await restOf(reader);
    assertEquals(text.length, size);
    assert(text.includes("leaf") && !text.includes("late"));
    const { contentType } = outer;
    for await (
      const part of new MultipartReader(utf8(text), { contentType })
    ) {
      const { contentLength } = part;
      assertEquals((await part.bytes()).length, contentLength);
    }
  });

  it("toRequestInit() and its length", async () => {
    const writer = new MultipartWriter("mixed", { boundary });
    const part = writer.append(streamOf([utf8("text")]), { size: 4 });
    const { body, headers } = writer.toRequestInit();
    part.headers.set("x-late", "1");
    const text = await new Response(body).text();
    assertEquals(`${text.length}`, headers.get("content-length"));
  });

  it("a part of a reader, whose fields are changed meanwhile", async () => {
    const input = utf8(
      "--s\r\nX-A: 1\r\nContent-Length: 4\r\n\r\ntext\r\n--s--",
    );
    const parts = new MultipartReader(input, { boundary: "s" });
    const { value: part } = await parts.next();
    assert(part !== undefined);
    const writer = new MultipartWriter("mixed", { boundary });
    writer.append(part);
    const { size } = writer;
    part.headers.set("x-a", "longer");
    const bytes = await writer.bytes();
    assertEquals(bytes.length, size);
    assert(new TextDecoder().decode(bytes).includes("X-A: 1\r\n"));
  });
});

describe("MultipartWriter.blob()", () => {
  it("opens no body before all parts have been looked at", async () => {
    let calls = 0;
    const writer = new MultipartWriter("form-data");
    writer.append(() => {
      calls++;
      return "made";
    }, { name: "first" });
    const part = writer.append("no name");
    await assertRejects(() => writer.blob(), TypeError, "part 1");
    assertEquals(calls, 0);
    part.setContentDisposition("form-data", { name: "second" });
    await writer.blob();
    assertEquals(calls, 1);
  });
});
