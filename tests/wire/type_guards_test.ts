import { assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  bytesOf,
  hasMethod,
  isBlob,
  isIterable,
  isReadableStream,
} from "../../wire/type_guards.ts";
import { utf8 } from "../bytes.ts";

/** An object whose `Symbol.toStringTag` is `tag`, with these members. */
function tagged(tag: string, members: Record<string, unknown> = {}): unknown {
  return { [Symbol.toStringTag]: tag, ...members };
}

const method = () => {};
const blobMembers = { stream: method, arrayBuffer: method, size: 1, type: "" };
const nothings = [undefined, null, 1, true, "text", Symbol("s")];

describe("hasMethod()", () => {
  it("asks objects alone, and for methods alone", () => {
    assertEquals(hasMethod({ run: method }, "run"), true);
    assertEquals(hasMethod({ run: 1 }, "run"), false);
    assertEquals(hasMethod({}, "run"), false);
    assertEquals(hasMethod("text", "slice"), false);
    assertEquals(hasMethod(null, "run"), false);
    assertEquals(isIterable("text"), false);
    assertEquals(isIterable([]), true);
    assertEquals(isReadableStream(new ReadableStream()), true);
  });
});

describe("isBlob()", () => {
  it("takes blobs and files, and what can be read as one", () => {
    for (
      const value of [
        new Blob([]),
        new File([], "f"),
        tagged("Blob", blobMembers),
        tagged("File", blobMembers),
        blobMembers,
        { ...blobMembers, stream: undefined },
        { ...blobMembers, arrayBuffer: undefined },
      ]
    ) assertEquals(isBlob(value), true);
  });

  it("takes nothing else", () => {
    for (
      const value of [
        ...nothings,
        {},
        tagged("Blob"),
        tagged("Blob", { ...blobMembers, type: undefined }),
        tagged("Blob", { size: 1, type: "", stream: 1 }),
        tagged("File", { ...blobMembers, size: 0.5 }),
        tagged("File", { ...blobMembers, size: "1" }),
        tagged("File", { stream: method, arrayBuffer: method }),
      ]
    ) assertEquals(isBlob(value), false);
  });
});

describe("bytesOf()", () => {
  it("gives the bytes of views and buffers, and copies none", () => {
    const bytes = utf8("abcdef");
    const { buffer } = bytes;
    assertStrictEquals(bytesOf(bytes), bytes);
    assertEquals(bytesOf(buffer), bytes);
    assertStrictEquals(bytesOf(buffer)?.buffer, buffer);
    const view = bytesOf(new DataView(buffer, 1, 3));
    assertEquals(view, utf8("bcd"));
    assertStrictEquals(view?.buffer, buffer);
    assertEquals(bytesOf(new Uint16Array(buffer, 2, 1)), utf8("cd"));
  });

  it("gives those of a shared buffer, where there are any", () => {
    if (!("SharedArrayBuffer" in globalThis)) {
      return assertEquals(bytesOf(tagged("SharedArrayBuffer")), undefined);
    }
    const shared = new SharedArrayBuffer(4);
    new Uint8Array(shared).set([1, 2, 3, 4]);
    assertEquals(bytesOf(shared)?.join(), "1,2,3,4");
  });

  it("tells what is empty from what is gone", () => {
    assertEquals(bytesOf(new Uint8Array(0)), new Uint8Array(0));
    assertEquals(bytesOf(new ArrayBuffer(0)), new Uint8Array(0));
    assertEquals(bytesOf(new DataView(new ArrayBuffer(0))), new Uint8Array(0));
    const gone = [
      new Uint8Array(3),
      new Uint16Array(3),
      new DataView(new ArrayBuffer(3)),
    ];
    for (const view of gone) {
      const { buffer } = view;
      structuredClone(buffer, { transfer: [buffer] });
      assertEquals(bytesOf(view), null);
      assertEquals(bytesOf(buffer), null);
    }
  });

  it("gives none of what only says that it is a buffer", () => {
    for (
      const value of [
        ...nothings,
        {},
        [],
        tagged("ArrayBuffer"),
        tagged("ArrayBuffer", { byteLength: 4 }),
        tagged("Object"),
      ]
    ) assertEquals(bytesOf(value), undefined);
  });
});
