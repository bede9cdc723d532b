/**
 * Real Blobs and Files that are not the runtime's own, from test environments
 * and GraphQL servers.
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type MultipartBody,
  MultipartReader,
  MultipartWriter,
} from "@tributary/multipart";
import { createFetch } from "@whatwg-node/fetch";
import { JSDOM } from "jsdom";

/** Sizes around those at which streams and buffers change their behaviour. */
const sizes = [0, 1, 65_535, 65_536, 65_537, 1_000_000];

type FileClass = new (
  parts: Uint8Array<ArrayBuffer>[],
  name: string,
  options: { type: string },
) => object;

const classes: Record<string, FileClass> = {
  "jsdom's File": new JSDOM().window.File,
  "the File of GraphQL Yoga's fetch": createFetch({ useNodeFetch: true }).File,
};

function bytesOf(size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, index) => index % 251);
}

for (const [what, File] of Object.entries(classes)) {
  describe(what, () => {
    it("is a class of its own", () => {
      assert(!(new File([], "a.bin", { type: "a/b" }) instanceof Blob));
    });

    for (const size of sizes) {
      it(`is written with its name, type and ${size} bytes`, async () => {
        const bytes = bytesOf(size);
        const file = new File([bytes], "a.bin", { type: "a/b" });
        const writer = new MultipartWriter("form-data");
        // The types of these classes differ from the runtime's.
        writer.append(file as MultipartBody, { name: "upload" });
        const response = writer.toResponse();
        assertEquals(response.headers.get("content-length"), `${writer.size}`);
        const { value: part } = await MultipartReader.from(response).next();
        assertEquals(part?.filename, "a.bin");
        assertEquals(part?.mediaType, "a/b");
        assertEquals(await part?.bytes(), bytes);
      });
    }
  });
}
