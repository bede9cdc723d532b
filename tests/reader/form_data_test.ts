import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type FormDataFile,
  MultipartError,
  MultipartReader,
  type PartReader,
} from "@tributary/multipart";
import { blobType, bytewise, fieldHead, formBody, streamOf } from "../bytes.ts";
import { probe } from "./probe.ts";

const contentType = "multipart/form-data; boundary=b";
const body = formBody([
  [fieldHead("note"), "hi"],
  [`${fieldHead("doc")}; filename="a.txt"\r\nContent-Type: text/css`, "one"],
  [`${fieldHead("doc")}; filename="b.txt"`, "two"],
  [fieldHead("note"), "bye"],
]);

function read(
  file?: (part: PartReader) => FormDataFile | Promise<FormDataFile>,
): Promise<FormData> {
  const source = streamOf(bytewise(body));
  return new MultipartReader(source, { contentType }).formData({ file });
}

describe("MultipartReader.formData()", () => {
  it("gives the platform's FormData, in order", async () => {
    const form = await read();
    assertInstanceOf(form, FormData);
    assertEquals(form.getAll("note"), ["hi", "bye"]);
    const files = form.getAll("doc");
    for (const file of files) assertInstanceOf(file, File);
    const [first, second] = files as File[];
    assertEquals([first.name, first.type, await first.text()], [
      "a.txt",
      blobType("text/css"),
      "one",
    ]);
    assertEquals([second.name, second.type, await second.text()], [
      "b.txt",
      blobType("text/plain"),
      "two",
    ]);
  });

  it("file() takes the stream, and says what stands for it", async () => {
    const form = await read(async (part) => {
      if (part.filename === "a.txt") return `stored ${await part.text()}`;
      return new Blob(["!"], { type: part.mediaType });
    });
    const [first, second] = form.getAll("doc");
    assertEquals(first, "stored one");
    assertInstanceOf(second, File);
    assertEquals([second.name, await second.text()], ["b.txt", "!"]);
  });

  it("file() may give a File with a name of its own, or leave the part out", async () => {
    const form = await read((part) =>
      part.filename === "a.txt" ? null : new File(["x"], "other.txt")
    );
    const files = form.getAll("doc");
    assertEquals(files.length, 1);
    assertInstanceOf(files[0], File);
    assertEquals(files[0].name, "other.txt");
    assertEquals(form.getAll("note"), ["hi", "bye"]);
  });

  it("a file that file() does not read is not held in memory", async () => {
    const large = formBody([
      [`${fieldHead("doc")}; filename="a"`, "x".repeat(5000)],
    ]);
    const form = await new MultipartReader(large, {
      contentType,
      limits: { bufferedBytes: 100 },
    }).formData({ file: () => "skipped" });
    assertEquals([...form], [["doc", "skipped"]]);
  });

  it("counts bytes that are not UTF-8 against the limit, and stops there", async () => {
    const invalid = formBody([[fieldHead("a"), "x".repeat(8)], [
      fieldHead("b"),
      "",
    ]])
      .map((byte) => byte === 0x78 ? 0xff : byte);
    const read = (bufferedBytes: number) =>
      new MultipartReader(invalid, { contentType, limits: { bufferedBytes } })
        .formData();
    // Two names of one byte each, and eight U+FFFD of three bytes each.
    assertEquals([...await read(26)], [["a", "\ufffd".repeat(8)], ["b", ""]]);
    for (const bufferedBytes of [25, 8]) {
      await assertRejects(() => read(bufferedBytes), MultipartError);
    }
  });

  it("an error in file() cancels the source", async () => {
    const source = probe(bytewise(body));
    const reader = new MultipartReader(source.stream, { contentType });
    const thrown = new Error("the disk is full");
    const error = await assertRejects(() =>
      reader.formData({ file: () => Promise.reject(thrown) })
    );
    assert(error === thrown);
    assertEquals(source.cancellations, [thrown]);
    assertEquals(source.stream.locked, false);
  });

  it("an error does not wait for a source that never ends", async () => {
    const chunks = bytewise(body);
    const source = new ReadableStream<Uint8Array>({
      pull(controller) {
        const value = chunks.shift();
        if (value) controller.enqueue(value);
      },
      cancel: () => new Promise(() => {}),
    });
    const reader = new MultipartReader(source, { contentType });
    const thrown = new Error("the disk is full");
    const error = await assertRejects(() =>
      reader.formData({ file: () => Promise.reject(thrown) })
    );
    assert(error === thrown);
  });

  it("file() that gives nothing leaves the part out", async () => {
    // Plain JavaScript may pass this, though the types forbid it.
    const nothing = (() => {}) as unknown as () => null;
    assertEquals((await read(nothing)).getAll("doc"), []);
  });

  it("is all or nothing: a reader that has begun makes no form", async () => {
    const reader = () =>
      new MultipartReader(streamOf(bytewise(body)), { contentType });
    const begun = reader();
    await begun.next();
    const twice = reader();
    await twice.formData();
    const atOnce = reader();
    const first = atOnce.formData();
    for (const one of [begun, twice, atOnce]) {
      const error = await assertRejects(() => one.formData(), TypeError);
      assertEquals(
        error.message,
        "Cannot make a form: parts have been read from it already",
      );
    }
    assertEquals([...await first].length, 4);
  });

  it("refuses what is not read as a form, and cancels the source", async () => {
    for (const subtype of ["mixed", "related", "x-mixed-replace"]) {
      const source = probe(bytewise(body));
      const reader = new MultipartReader(source.stream, {
        contentType: `multipart/${subtype}; boundary=b`,
      });
      const error = await assertRejects(
        () => reader.formData(),
        MultipartError,
        `Cannot make a form: the body is multipart/${subtype}, ` +
          "not multipart/form-data",
      );
      assertEquals([error.code, error.status], ["unsupported-media-type", 415]);
      assertEquals(source.cancellations, [error]);
      assertEquals(source.pulls, 0);
    }
    const stream = new ReadableStream<Uint8Array>({
      cancel: () => Promise.reject(new Error("cancellation failed")),
    });
    const reader = new MultipartReader(stream, { boundary: "b" });
    await assertRejects(() => reader.formData(), MultipartError);
  });

  it("counts the names and the heads that it keeps", async () => {
    const name = "n".repeat(50);
    const type = "t/" + "y".repeat(18);
    const head = `${fieldHead(name)}; filename="${"f".repeat(30)}"` +
      `\r\nContent-Type: ${type}`;
    const read = (bufferedBytes: number, file?: () => string) =>
      new MultipartReader(formBody([[head, ""]]), {
        contentType,
        limits: { bufferedBytes },
      }).formData({ file });
    for (const file of [undefined, () => "kept"]) {
      assertEquals([...(await read(100, file)).keys()], [name]);
      const error = await assertRejects(() => read(99, file), MultipartError);
      assertEquals(
        [error.code, error.status, error.limit, error.partName],
        ["part-too-large", 413, "bufferedBytes", name],
      );
    }
  });
});
