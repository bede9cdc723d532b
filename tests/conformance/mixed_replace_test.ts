import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader } from "@tributary/multipart";
import { cuttings, streamOf, utf8 } from "../bytes.ts";
import vectors from "./mixed-replace.json" with { type: "json" };

describe("multipart/x-mixed-replace", () => {
  for (const { id, why, contentType, body, expect } of vectors.cases) {
    it(`${id}: ${why}`, async () => {
      for (const { label, chunks } of cuttings(utf8(body))) {
        const reader = MultipartReader.from({
          headers: { "content-type": contentType },
          body: streamOf(chunks),
        }, { accept: "x-mixed-replace" });
        const frames: string[] = [];
        for await (const part of reader) frames.push(await part.text());
        assertEquals(frames, expect.parts, label);
      }
    });
  }
});
