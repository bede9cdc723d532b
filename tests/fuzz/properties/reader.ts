/** Properties of everything that reads parts, for any input. */
import type { MultipartReader } from "@tributary/multipart";
import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { latin1 } from "../../bytes.ts";
import { samples } from "../bodies.ts";
import { deliveries, WHOLE } from "../chunking.ts";
import {
  byteString,
  describeError,
  describeHead,
  type Outcome,
  parse,
} from "../outcome.ts";
import { type Property, property } from "../property.ts";
import {
  assertSeen,
  open,
  plans,
  read,
  readThrough,
  sourceKinds,
} from "../reading.ts";

const raw = { decode: false };

/** A form's entry: its name, and a text or a file. */
type Entry =
  | [name: string, text: string]
  | [name: string, filename: string, content: string];

export const readerProperties: readonly Property[] = [
  property(
    "MultipartReader gives what the parser finds, however its parts are read",
    500,
    fc.tuple(samples, deliveries, sourceKinds, plans),
    async ([sample, delivery, kind, plans]) => {
      const found = parse(sample, WHOLE);
      const reader = open(sample, delivery, kind, raw);
      const seen = await read(reader, plans, found.parts.length);
      assertSeen(seen, found, sample.options.profile === "form-data");
    },
  ),
  property(
    "MultipartDecoderStream gives what the parser finds",
    200,
    fc.tuple(
      samples,
      // A pipe takes the next chunk while the previous one is still being read.
      deliveries.filter(({ memory }) => memory !== "shared"),
    ),
    async ([sample, delivery]) => {
      const seen = await readThrough(sample, delivery);
      assertSeen(seen, parse(sample, WHOLE), false);
    },
  ),
  property(
    "formData() gives the form that the parser finds, or its error",
    300,
    fc.tuple(samples, deliveries, sourceKinds),
    async ([sample, delivery, kind]) => {
      const limits = { ...sample.options.limits, bufferedBytes: undefined };
      const options = {
        ...sample.options,
        limits,
        profile: "form-data",
      } as const;
      const form = { text: sample.text, options };
      const found = parse(form, WHOLE);
      const expected = found.ending === "end" ? entriesOf(found) : found.ending;
      let entries: Entry[] | string;
      try {
        entries = await describeForm(
          await open(form, delivery, kind).formData(),
        );
      } catch (error) {
        entries = describeError(error);
      }
      assertEquals(entries, expected);
    },
  ),
  property(
    "a damaged tree is walked to its end, or to one MultipartError",
    300,
    fc.tuple(samples, samples, deliveries, deliveries, sourceKinds),
    async ([outer, inner, one, other, kind]) => {
      const sample = {
        text: outer.text.replaceAll("deep", inner.text),
        options: outer.options,
      };
      assertEquals(
        await walk(open(sample, one, kind, raw)),
        await walk(open(sample, other, "synchronous", raw)),
      );
    },
  ),
];

async function walk(reader: MultipartReader): Promise<string[]> {
  const seen: string[] = [];
  try {
    for await (const part of reader.walk()) {
      seen.push(`${part.path} ${describeHead(part)}`);
      let data = "";
      try {
        for await (const chunk of part) data += byteString(chunk);
      } finally {
        seen.push(data);
      }
    }
    seen.push("end");
  } catch (error) {
    seen.push(describeError(error));
  }
  return seen;
}

/** Returns what `formData()` should return, given what the parser found. */
function entriesOf(found: Outcome): Entry[] {
  return found.parts.map(({ head, data }) => {
    const [, name, filename] = JSON.parse(head);
    if (filename === null) return [name, decodeText(data)];
    return [name, filename, data];
  });
}

function decodeText(data: string): string {
  // The Fetch Standard keeps a byte order mark.
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(latin1(data));
}

async function describeForm(form: FormData): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const [name, value] of form) {
    if (typeof value === "string") entries.push([name, value]);
    else {
      const content = new Uint8Array(await value.arrayBuffer());
      entries.push([name, value.name, byteString(content)]);
    }
  }
  return entries;
}
