import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartDecoderStream } from "@tributary/multipart";
import {
  type MultipartEncoderPart,
  MultipartEncoderStream,
} from "@tributary/multipart/writer";
import { fieldHead, formBody, streamOf, utf8 } from "../bytes.ts";
import { isSettled, probe, turns } from "../reader/probe.ts";

const boundary = "b";

function partsOf(
  parts: MultipartEncoderPart[],
): ReadableStream<MultipartEncoderPart> {
  const left = [...parts];
  return new ReadableStream({
    pull(controller) {
      const part = left.shift();
      if (part === undefined) controller.close();
      else controller.enqueue(part);
    },
  }, { highWaterMark: 0 });
}

async function encode(
  parts: MultipartEncoderPart[],
  close?: boolean,
): Promise<string> {
  const encoder = new MultipartEncoderStream("mixed", { boundary, close });
  return await new Response(partsOf(parts).pipeThrough(encoder)).text();
}

describe("MultipartEncoderStream", () => {
  it("writes parts of every kind, and closes", async () => {
    assertEquals(
      await encode([
        { body: "text", type: "" },
        { body: streamOf([utf8("stream")]), type: "a/b" },
      ]),
      "--b\r\nContent-Length: 4\r\n\r\ntext\r\n" +
        "--b\r\nContent-Type: a/b\r\n\r\nstream\r\n--b--\r\n",
    );
    assertEquals(await encode([]), "--b--\r\n");
  });

  it("close: false leaves out the close delimiter", async () => {
    assertEquals(await encode([], false), "");
    assertEquals(
      await encode([{ body: "", type: "" }], false),
      "--b\r\nContent-Length: 0\r\n\r\n\r\n",
    );
  });

  it("has a boundary and a type", () => {
    const encoder = new MultipartEncoderStream("form-data", {
      boundary: "a b",
    });
    assertEquals(encoder.boundary, "a b");
    assertEquals(encoder.contentType, 'multipart/form-data; boundary="a b"');
    assertThrows(
      () => new MultipartEncoderStream("mixed", { boundary: "" }),
      TypeError,
    );
  });

  it("gives a part out before the next comes", async () => {
    const encoder = new MultipartEncoderStream("mixed", { boundary });
    const writer = encoder.writable.getWriter();
    const reader = encoder.readable.getReader();
    for (const body of ["one", "two"]) {
      const written = writer.write({ body, type: "" });
      const { value } = await reader.read();
      assert(new TextDecoder().decode(value).endsWith(`${body}\r\n`));
      await written;
    }
    await reader.cancel();
  });

  it("a write is done when its part has been read", async () => {
    const source = probe([utf8("one"), utf8("two")]);
    const encoder = new MultipartEncoderStream();
    const writer = encoder.writable.getWriter();
    const written = writer.write({ body: source.stream });
    assert(!await isSettled(written));
    assertEquals(source.pulls, 0);
    const reader = encoder.readable.getReader();
    for (let chunk = 0; chunk < 3; chunk++) {
      await reader.read();
      await turns();
      assertEquals(source.pulls, chunk);
      assert(!await isSettled(written));
    }
    await reader.read();
    await written;
    await reader.cancel();
  });

  it("forwards the parts of a decoder one by one", async () => {
    const names = Array.from({ length: 50 }, (_, index) => `field${index}`);
    const body = formBody(names.map((name) => [fieldHead(name), name]));
    const contentType = "multipart/form-data; boundary=b";
    const encoder = new MultipartEncoderStream("form-data", { boundary });
    const stream = streamOf([body])
      .pipeThrough(new MultipartDecoderStream({ contentType }))
      .pipeThrough(encoder);
    const text = await new Response(stream).text();
    assertEquals(text, new TextDecoder().decode(body));
  });

  it("cancelling cancels the open body, and aborts the writing", async () => {
    const source = probe([utf8("one"), utf8("two")]);
    const encoder = new MultipartEncoderStream();
    const writer = encoder.writable.getWriter();
    const written = writer.write({ body: source.stream });
    const reader = encoder.readable.getReader();
    await reader.read();
    await reader.read();
    await reader.cancel("enough");
    assertEquals(source.cancellations, ["enough"]);
    assertEquals(await written.catch((reason) => reason), "enough");
    assertEquals(
      await writer.write({ body: "more" }).catch((reason) => reason),
      "enough",
    );
    await writer.closed.catch(() => {});
  });

  it("aborting cancels the open body, and fails the reading", async () => {
    const source = probe([utf8("one")], "stall");
    const encoder = new MultipartEncoderStream();
    const writer = encoder.writable.getWriter();
    const written = writer.write({ body: source.stream }).catch(() => {});
    const reader = encoder.readable.getReader();
    await reader.read();
    await reader.read();
    const pending = reader.read().catch((reason) => reason);
    await turns();
    const reason = new Error("gone");
    await writer.abort(reason);
    assertStrictEquals(await pending, reason);
    assertEquals(source.cancellations, [reason]);
    await written;
    await writer.closed.catch(() => {});
  });

  it("a body that fails fails both sides", async () => {
    const failure = new Error("disk");
    const encoder = new MultipartEncoderStream();
    const writer = encoder.writable.getWriter();
    const written = writer.write({ body: probe([], failure).stream })
      .catch((reason) => reason);
    const reader = encoder.readable.getReader();
    await reader.read();
    assertStrictEquals(
      await reader.read().catch((reason) => reason),
      failure,
    );
    assertStrictEquals(await written, failure);
    await writer.closed.catch(() => {});
  });

  it("a part that cannot be written fails both sides", async () => {
    const encoder = new MultipartEncoderStream();
    const writer = encoder.writable.getWriter();
    const reader = encoder.readable.getReader();
    const pending = reader.read().catch((reason) => reason);
    await assertRejects(
      () => writer.write({ body: "x", type: "a\nb" }),
      TypeError,
    );
    assert(await pending instanceof TypeError);
    await writer.closed.catch(() => {});
  });

  for (const nothing of [null, undefined, "text", 5]) {
    it(`says what is wrong with ${nothing} instead of a part`, async () => {
      const encoder = new MultipartEncoderStream();
      const writer = encoder.writable.getWriter();
      const reader = encoder.readable.getReader();
      const pending = reader.read().catch((reason) => reason);
      await Promise.resolve();
      // Plain JavaScript may pass this, though the types forbid it.
      const part = nothing as unknown as MultipartEncoderPart;
      const error = await assertRejects(() => writer.write(part), TypeError);
      assertEquals(
        error.message,
        "Cannot write part 0: it is not an object with a body",
      );
      assertStrictEquals(await pending, error);
      await writer.closed.catch(() => {});
    });
  }
});
