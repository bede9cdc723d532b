import { assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  type ContentRange,
  MultipartError,
  MultipartReader,
  type MultipartReaderOptions,
} from "@tributary/multipart";
import { cuttings, latin1, utf8 } from "../bytes.ts";
import vectors from "./mime.json" with { type: "json" };

interface Part {
  body?: string;
  parts?: Part[];
  headers?: Record<string, string>;
  name?: string;
  filename?: string;
  mediaType?: string;
  contentRange?: ContentRange;
}

interface Case {
  id: string;
  why: string;
  contentType: string;
  body?: string;
  latin1?: string;
  options?: MultipartReaderOptions;
  expect: { parts?: Part[]; error?: string };
}

const cases = vectors.cases as Case[];

/** Reads only the properties that the expected parts name. */
async function partsOf(
  reader: MultipartReader,
  expected: readonly Part[],
): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const part of reader) {
    const like = expected[part.index] ?? {};
    const read: Part = {};
    if (like.name !== undefined) read.name = part.name;
    if (like.filename !== undefined) read.filename = part.filename;
    if (like.mediaType !== undefined) read.mediaType = part.mediaType;
    if (like.contentRange !== undefined) read.contentRange = part.contentRange;
    if (like.headers !== undefined) {
      read.headers = Object.fromEntries(part.headers);
    }
    if (part.isMultipart) {
      read.parts = await partsOf(part.parts(), like.parts ?? []);
    } else read.body = await part.text();
    parts.push(read);
  }
  return parts;
}

describe("other multipart types", () => {
  for (const { id, why, contentType, options, expect, ...input } of cases) {
    it(`${id}: ${why}`, async () => {
      const body = input.latin1 === undefined
        ? utf8(input.body ?? "")
        : latin1(input.latin1);
      for (const { label, chunks } of cuttings(body)) {
        try {
          const reader = new MultipartReader(chunks, {
            contentType,
            ...options,
          });
          const parts = await partsOf(reader, expect.parts ?? []);
          assertEquals(parts, expect.parts, label);
        } catch (error) {
          if (expect.error === undefined) throw error;
          assertInstanceOf(error, MultipartError, label);
          if (expect.error === "invalid") assertEquals(error.status, 400);
          else assertEquals(error.code, expect.error, label);
        }
      }
    });
  }
});
