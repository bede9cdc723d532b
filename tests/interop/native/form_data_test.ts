/**
 * This runtime's own FormData as a peer: its parser reads what the writer
 * writes, and the reader reads what it writes.
 */
import { assertEquals, assertRejects, equal } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { MultipartReader } from "@tributary/multipart";
import { essenceOf, type SentPart } from "../composer.ts";
import { failureToRead } from "../../platform.ts";
import { formCases, randomBytes } from "../form_cases.ts";
import { deviations, type Entry } from "./deviations.ts";

async function parse(
  body: Uint8Array<ArrayBuffer>,
  contentType: string,
): Promise<Entry[]> {
  const headers = { "content-type": contentType };
  const form = await new Response(body, { headers }).formData();
  const entries: Entry[] = [];
  for (const [name, value] of form) {
    const isFile = typeof value !== "string";
    entries.push({
      name,
      filename: isFile ? value.name : undefined,
      type: isFile ? essenceOf(value.type) : undefined,
      content: isFile
        ? new Uint8Array(await value.arrayBuffer())
        : new TextEncoder().encode(value),
    });
  }
  return entries;
}

function entryOf({ name, filename, type, content }: SentPart): Entry {
  return {
    name,
    filename,
    type: filename === undefined ? undefined : type,
    content,
  };
}

/** Names that a form must return unchanged. */
const NAMES = [
  "plain",
  "größe 名前 \u{1f30a}",
  'say "hi"',
  "a; b=c, d's",
  " a  b ",
  "100%",
  "",
];

describe("formData()", () => {
  for (const { id, compose } of formCases) {
    it(`writer to peer > form-data > ${id}`, async () => {
      const { parts, writer } = compose();
      const expected = parts.map(entryOf);
      const bytes = await writer.bytes();
      const entries = await parse(bytes, writer.contentType)
        .catch((error: unknown) => ({ error }));
      for (const { does } of deviations[id] ?? []) {
        const other = does(expected);
        const found = "error" in entries ? "refused" : entries;
        if (equal(found, other)) return;
      }
      if ("error" in entries) throw entries.error;
      assertEquals(entries, expected);
    });
  }

  for (
    const [what, value] of [
      ["text", "größe\r\n--\r\n"],
      ["no text", ""],
      ["a file", randomBytes(300 * 1024)],
      ["an empty file", new Uint8Array(0)],
    ] as const
  ) {
    it(`peer to reader > form-data > ${what} under odd names`, async () => {
      const form = new FormData();
      const expected: Entry[] = NAMES.map((name) => {
        if (typeof value === "string") {
          form.append(name, value);
          const content = new TextEncoder().encode(value);
          return { name, filename: undefined, type: undefined, content };
        }
        const filename = `${name}.x`;
        form.append(name, new File([value], filename, { type: "image/png" }));
        return { name, filename, type: "image/png", content: value };
      });
      const reader = MultipartReader.from(new Response(form), {
        percentDecodeNames: true,
      });
      const failure = await failureToRead(form);
      if (failure !== undefined) {
        const error = await assertRejects(() => reader.next());
        assertEquals(String(error), String(failure));
        return;
      }
      const entries: Entry[] = [];
      for await (const part of reader) {
        const { name, filename, isFile, mediaType } = part;
        const type = isFile ? mediaType : undefined;
        entries.push({ name, filename, type, content: await part.bytes() });
      }
      assertEquals(entries, expected);
    });
  }
});
