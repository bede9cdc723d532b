import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartReader,
  MultipartWriter,
  type PartInit,
} from "@tributary/multipart";

const payloads = [
  "\r\nX-Injected: 1",
  "\nX-Injected: 1",
  "\rX-Injected: 1",
  '"\r\nX-Injected: 1\r\n\r\ninjected\r\n--b\r\n',
  "\r\n\r\ninjected",
  "\r\n--b--\r\n",
  "\r\n--b\r\nContent-Disposition: form-data; name=injected\r\n\r\n1",
  '"; filename="injected',
  '\\"; filename="injected',
  "; filename=injected",
  "a\0b",
  "\u010d\u010a",
  "\u560d\u560a",
  "\u2028\u2029\u0085",
  "%0d%0aX-Injected: 1",
  "=?utf-8?q?=0d=0a?=",
];

/** Each place where a caller may put a peer's text. */
const slots: Record<string, (text: string) => PartInit> = {
  "name": (name) => ({ name }),
  "filename": (filename) => ({ name: "a", filename }),
  "type": (type) => ({ name: "a", type }),
  "value of a header": (value) => ({ name: "a", headers: [["X-A", value]] }),
  "name of a header": (name) => ({ name: "a", headers: [[name, "x"]] }),
  "disposition": (disposition) => ({ name: "a", disposition }),
  "Content-ID": (contentId) => ({ name: "a", contentId }),
};

/** The fields that a part may have. */
const FIELDS = [
  "content-disposition",
  "content-id",
  "content-length",
  "content-type",
  "x-a",
];

/** Returns what was written, or `undefined` if a `TypeError` refused it. */
async function written(
  make: () => MultipartWriter,
): Promise<{ writer: MultipartWriter; bytes: Uint8Array } | undefined> {
  try {
    const writer = make();
    return { writer, bytes: await writer.bytes() };
  } catch (error) {
    assertInstanceOf(error, TypeError);
    return undefined;
  }
}

describe("T15 writer injection", () => {
  for (const [slot, init] of Object.entries(slots)) {
    for (const subtype of ["form-data", "mixed"]) {
      it(`a ${slot} in multipart/${subtype} starts no line and no part`, async () => {
        let refused = 0;
        for (const payload of payloads) {
          const result = await written(() => {
            const writer = new MultipartWriter(subtype, { boundary: "b" });
            writer.append("body", init(`x${payload}`));
            return writer;
          });
          if (result === undefined) {
            refused++;
            continue;
          }
          const { contentType } = result.writer;
          // It holds in every profile, however lenient.
          for (
            const profile of ["form-data", "mime", "mixed-replace"] as const
          ) {
            if (profile === "form-data" && subtype !== "form-data") continue;
            const reader = new MultipartReader(result.bytes, {
              contentType,
              profile,
              decode: false,
            });
            let parts = 0;
            for await (const part of reader) {
              parts++;
              for (const name of part.headers.keys()) {
                assert(FIELDS.includes(name), `${name} of ${payload}`);
              }
              if (slot === "name") assertEquals(part.filename, undefined);
              assertEquals(await part.text(), "body");
            }
            assertEquals(parts, 1, payload);
          }
        }
        // Line breaks and NUL are escaped or refused.
        assert(refused < payloads.length || slot !== "name");
      });
    }
  }

  it("nor does what is set later", async () => {
    for (const payload of payloads) {
      const result = await written(() => {
        const writer = new MultipartWriter("mixed", { boundary: "b" });
        const part = writer.append("body");
        part.headers.set("X-A", `x${payload}`);
        part.setContentDisposition("attachment", { filename: payload });
        return writer;
      });
      if (result === undefined) continue;
      const reader = new MultipartReader(result.bytes, { boundary: "b" });
      let parts = 0;
      for await (const part of reader) {
        parts++;
        assertEquals(
          [...part.headers.keys()].every((n) => FIELDS.includes(n)),
          true,
        );
        assertEquals(await part.text(), "body");
      }
      assertEquals(parts, 1);
    }
  });

  it("a boundary, a subtype and a parameter cannot leave their header", () => {
    for (const payload of payloads) {
      for (
        const make of [
          () => new MultipartWriter("mixed", { boundary: `x${payload}` }),
          () => new MultipartWriter(`x${payload}`),
          () => new MultipartWriter("mixed", { parameters: { a: payload } }),
          () =>
            new MultipartWriter("mixed", { parameters: { [payload]: "a" } }),
        ]
      ) {
        let writer: MultipartWriter;
        try {
          writer = make();
        } catch (error) {
          assertInstanceOf(error, TypeError);
          continue;
        }
        const { contentType } = writer;
        assert(
          ![..."\0\r\n"].some((c) => contentType.includes(c)),
          JSON.stringify(contentType),
        );
        const read = new MultipartReader([], { contentType });
        assertEquals(read.boundary, writer.boundary);
      }
    }
  });

  it("names of a FormData are escaped, whatever they are", async () => {
    const form = new FormData();
    for (const payload of payloads) {
      if (payload.includes("\0")) continue;
      form.append(payload, "1");
      form.append("a", new Blob(["2"]), payload);
    }
    const writer = MultipartWriter.fromFormData(form);
    const reader = new MultipartReader(await writer.bytes(), {
      contentType: writer.contentType,
    });
    let parts = 0;
    for await (const part of reader) {
      assertEquals(await part.text(), part.isFile ? "2" : "1");
      parts++;
    }
    assertEquals(parts, [...form].length);
  });
});
