import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartError,
  MultipartReader,
  type MultipartReaderOptions,
} from "@tributary/multipart";
import { blobType, cuttings, latin1, streamOf, utf8 } from "../bytes.ts";
import vectors from "./form-data.json" with { type: "json" };

interface Entry {
  name: string;
  value: string;
  filename?: string;
  type?: string;
}

interface Case {
  id: string;
  why: string;
  contentType: string;
  body?: string;
  latin1?: string;
  options?: MultipartReaderOptions;
  expect: { parts?: Entry[]; error?: string };
}

const cases = (vectors.cases as Case[])
  .map(({ expect, ...rest }) => ({ ...rest, expect: asHere(expect) }));

/**
 * The expectation, with media types spelled as this runtime's Blob spells them.
 */
function asHere({ parts, ...rest }: Case["expect"]): Case["expect"] {
  return {
    ...rest,
    parts: parts?.map((part) =>
      part.type === undefined ? part : { ...part, type: blobType(part.type) }
    ),
  };
}

async function entriesOf(form: FormData): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const [name, value] of form) {
    if (typeof value === "string") entries.push({ name, value });
    else {
      const { name: filename, type } = value;
      entries.push({ name, filename, type, value: await value.text() });
    }
  }
  return entries;
}

async function partsOf(reader: MultipartReader): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const part of reader) {
    assert(part.name !== undefined);
    if (part.filename === undefined) {
      entries.push({ name: part.name, value: await part.text() });
    } else {
      const file = await part.file();
      entries.push({
        name: part.name,
        filename: part.filename,
        type: file.type,
        value: await file.text(),
      });
    }
  }
  return entries;
}

async function outcomeOf(
  read: () => Promise<Entry[]>,
): Promise<Case["expect"]> {
  try {
    return { parts: await read() };
  } catch (error) {
    assertInstanceOf(error, MultipartError);
    return { error: error.code, parts: undefined };
  }
}

function assertOutcome(
  actual: Case["expect"],
  expected: Case["expect"],
  label: string,
): void {
  if (expected.error !== "invalid") {
    return assertEquals(actual, expected, label);
  }
  assertEquals(actual.parts, undefined, label);
  assertEquals(
    new MultipartError(actual.error as MultipartError["code"], "").status,
    400,
    label,
  );
}

describe("multipart/form-data", () => {
  for (const { id, why, contentType, options, expect, ...input } of cases) {
    it(`${id}: ${why}`, async () => {
      const body = input.latin1 === undefined
        ? utf8(input.body ?? "")
        : latin1(input.latin1);
      const open = (chunks: Uint8Array[]) =>
        MultipartReader.from({
          headers: new Headers({ "content-type": contentType }),
          body: streamOf(chunks),
        }, options);
      for (const { label, chunks } of cuttings(body)) {
        const form = await outcomeOf(async () =>
          await entriesOf(await open(chunks).formData())
        );
        assertOutcome(form, expect, `formData(), ${label}`);
        const parts = await outcomeOf(async () => await partsOf(open(chunks)));
        assertOutcome(parts, expect, `parts, ${label}`);
      }
    });
  }
});
