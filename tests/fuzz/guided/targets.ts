/**
 * The targets of a coverage-guided fuzzer. Each accepts any bytes, and must not
 * throw.
 */
import { assertEquals } from "@std/assert";
import {
  parseContentDisposition,
  parseFormDataDisposition,
} from "../../../wire/content_disposition.ts";
import {
  extractMediaType,
  formatMediaType,
  parseMediaType,
  parseMimeType,
} from "../../../wire/media_type.ts";
import {
  decodeExtendedValue,
  formatParameter,
  joinContinuations,
  parseParameters,
} from "../../../wire/parameters.ts";
import type { Sample } from "../bodies.ts";
import { BYTEWISE, WHOLE } from "../chunking.ts";
import { assertSame, byteString, parse } from "../outcome.ts";

const PROFILES = ["form-data", "mime", "mixed-replace"] as const;

/**
 * The first byte selects the options, and the second the length of the chunks.
 */
function readBody(bytes: Uint8Array): void {
  const [how = 0, cut = 0] = bytes;
  const limit = how & 32 ? 12 : undefined;
  const sample: Sample = {
    text: byteString(bytes.subarray(2)),
    options: {
      boundary: how & 64 ? "--b" : "b",
      profile: PROFILES[how % 4 % 3],
      lineEndings: how & 4 ? "any" : "crlf",
      dashedBoundary: (how & 8) > 0,
      percentDecodeNames: (how & 16) > 0,
      limits: { partBytes: limit, preambleBytes: limit, bufferedBytes: limit },
    },
  };
  const whole = parse(sample, WHOLE);
  assertSame(parse(sample, BYTEWISE), whole);
  const every = { cut: { every: cut + 1 }, empties: false } as const;
  assertSame(parse(sample, { ...every, memory: "shared" }), whole);
  assertSame(parse(sample, { ...every, memory: "framed" }), whole);
}

function readField(bytes: Uint8Array): void {
  const text = byteString(bytes);
  const rules = { unquoted: "any", comments: true } as const;
  const { parameters } = parseParameters(text, 0, rules);
  const formatted = parameters
    .map(({ name, value }) => formatParameter(name, value)).join("");
  const again = parseParameters(formatted, 0, rules);
  assertEquals(again, { parameters, isWellFormed: true });
  joinContinuations(parameters, "filename");
  decodeExtendedValue(text);
  parseContentDisposition(text);
  const form = parseFormDataDisposition(text);
  if (form !== undefined) {
    assertEquals(form.name, parseContentDisposition(text)?.name);
  }
  const type = parseMediaType(text);
  if (type !== undefined) {
    assertEquals(parseMediaType(formatMediaType(type)), type);
  }
  const mimeType = parseMimeType(text);
  if (mimeType !== undefined) {
    assertEquals(parseMimeType(formatMediaType(mimeType)), mimeType);
  }
  extractMediaType([text, text]);
}

export const targets: Readonly<Record<string, (bytes: Uint8Array) => void>> = {
  parser: readBody,
  parameters: readField,
};
