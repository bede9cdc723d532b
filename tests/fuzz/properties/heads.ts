/** Properties of the grammars of header fields, for any input. */
import {
  MultipartError,
  MultipartReader,
  sanitizeFilename,
} from "@tributary/multipart";
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import * as fc from "fast-check";
import {
  formatContentDisposition,
  formatFormDataDisposition,
  parseContentDisposition,
  parseFormDataDisposition,
  percentDecodeName,
} from "../../../wire/content_disposition.ts";
import {
  extractMediaType,
  formatMediaType,
  parseMediaType,
  parseMimeType,
} from "../../../wire/media_type.ts";
import {
  decodeExtendedValue,
  encodeExtendedValue,
  formatParameter,
  isToken,
  joinContinuations,
  type Parameter,
  type ParameterRules,
  parseParameters,
} from "../../../wire/parameters.ts";
import { byteStrings } from "../bodies.ts";
import { byteString } from "../outcome.ts";
import { type Property, property } from "../property.ts";

/** Field values, valid and invalid, as byte strings. */
const values: fc.Arbitrary<string> = fc.oneof(
  byteStrings({ maxLength: 40 }),
  fc.array(
    fc.constantFrom(
      ";",
      "=",
      '"',
      "\\",
      " ",
      "\t",
      ",",
      "/",
      "*",
      "'",
      "%",
      "form-data",
      "attachment",
      "multipart/mixed",
      "text/plain",
      "; name=a",
      '; name="a"',
      '; name="',
      "; filename=b",
      '; filename="\\"',
      "; filename*=UTF-8''%c3%a9",
      "; filename*=iso-8859-1'en'%e9",
      "; filename*0*=UTF-8''%c3",
      "; filename*1*=%a9",
      '; filename*2="x"',
      "; filename*00=y",
      "; boundary=b",
      '; boundary="b b"',
      "; charset=UTF-8",
      "; charset*=utf-8''x",
      "\xc3\xa9",
      "\xff",
      "\0",
    ),
    { maxLength: 10 },
  ).map((pieces) => pieces.join("")),
);

const tokens: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom(..."abz019!#$&+-.^_`|~*'%"),
  minLength: 1,
  maxLength: 8,
});

/** Any text, in which the special characters of header fields are frequent. */
const names: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom(
      ..."ab;=\"\\ '*%,/:.\u00e9\u{1f600}\ufeff\u0301",
      "%22",
      "..",
      "\ud800",
    ),
    maxLength: 12,
  }),
);

/** Removes the characters that a field cannot contain. */
function withoutControls(text: string): string {
  return text.replace(/[\0\r\n]/g, "");
}

/**
 * Values as in a field: byte strings without the characters that would end it.
 */
const fieldTexts = byteStrings({ maxLength: 20 }).map(withoutControls);

const DEVICES =
  /^(?:con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])\s*(?:\.|$)/i;

/** The rules for parameters of forms and of mail. */
const rules: fc.Arbitrary<ParameterRules> = fc.record({
  unquoted: fc.constantFrom("token", "any"),
  comments: fc.boolean(),
});

export const headProperties: readonly Property[] = [
  property(
    "every text has parameters, or none",
    1500,
    fc.tuple(values, fc.nat(5), rules),
    ([text, at, rules]) => {
      const start = Math.min(at, text.length);
      const { parameters } = parseParameters(text, start, rules);
      for (const { name } of parameters) {
        assert(isToken(name) && name === name.toLowerCase(), name);
      }
      joinContinuations(parameters, "filename");
      parameters.map(({ value }) => decodeExtendedValue(value));
    },
  ),
  property(
    "parameters that were formatted are parsed as they were",
    500,
    fc.tuple(
      fc.array(fc.record({ name: tokens, value: fieldTexts }), {
        maxLength: 6,
      }),
      rules,
    ),
    ([parameters, rules]) => {
      const text = parameters
        .map(({ name, value }) => formatParameter(name, value)).join("");
      const parsed = parseParameters(text, 0, rules);
      assertEquals(parsed, { parameters, isWellFormed: true });
    },
  ),
  property(
    "an extended value that was encoded is decoded to what it was",
    500,
    names,
    (name) => {
      const encoded = encodeExtendedValue(name);
      assert(isToken(encoded), encoded);
      assertEquals(decodeExtendedValue(encoded), name.toWellFormed());
    },
  ),
  property(
    "continuations are joined in whatever order they come",
    500,
    fc.tuple(
      names,
      fc.array(fc.nat(9_999), { maxLength: 5 }),
      fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
      fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
    ),
    ([name, cuts, extended, order]) => {
      const parameters = continuationsOf(name, cuts, extended)
        .map((parameter, index) => ({ parameter, rank: order[index] }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ parameter }) => parameter);
      assertEquals(
        joinContinuations(parameters, "filename"),
        name.toWellFormed(),
      );
    },
  ),
  property(
    "every text is a Content-Disposition, or none",
    1500,
    values,
    (text) => {
      const any = parseContentDisposition(text);
      const form = parseFormDataDisposition(text);
      if (form === undefined) return;
      assertEquals(form.type, "form-data");
      assertEquals(form.name, any?.name);
    },
  ),
  property(
    "names that were written in a form are read as they were",
    500,
    // In forms, the HTML Standard does not escape backslashes.
    fc.tuple(names, fc.option(names, { nil: undefined }))
      .map(([name, filename]) => [plain(name), filename && plain(filename)]),
    ([name = "", filename]) => {
      const parsed = parseFormDataDisposition(
        formatFormDataDisposition(name, filename),
      );
      assert(parsed !== undefined);
      assertEquals(
        parsed.name && percentDecodeName(parsed.name),
        name.toWellFormed().replace(/\r\n?|\n/g, "\r\n"),
      );
      assertEquals(
        parsed.filename && percentDecodeName(parsed.filename),
        filename?.toWellFormed(),
      );
    },
  ),
  property(
    "names that were written elsewhere are read as they were",
    500,
    fc.tuple(tokens, names, fc.option(names, { nil: undefined })),
    ([type, name, filename]) => {
      const disposition = formatContentDisposition(
        `x-${type}`,
        {
          name: withoutControls(name),
          filename: filename && withoutControls(filename),
        },
      );
      assertEquals(withoutControls(disposition), disposition);
      assert(Array.from(disposition).every((one) => one <= "\u00ff"));
      assertEquals(parseContentDisposition(disposition), {
        type: `x-${type}`.toLowerCase(),
        name: withoutControls(name).toWellFormed(),
        filename: filename && withoutControls(filename).toWellFormed(),
      });
    },
  ),
  property(
    "every text is a media type, or none, and is formatted to the same",
    1500,
    fc.array(values, { maxLength: 3 }),
    (texts) => {
      for (const text of texts) {
        const type = parseMediaType(text);
        if (type === undefined) continue;
        assertEquals(parseMediaType(formatMediaType(type)), type);
      }
      for (const text of texts) {
        const type = parseMimeType(text);
        if (type === undefined) continue;
        assertEquals(parseMimeType(formatMediaType(type)), type);
      }
      const type = extractMediaType(texts);
      if (type !== undefined) parseMediaType(formatMediaType(type));
    },
  ),
  property(
    "every Content-Type opens a reader, or is a MultipartError",
    1000,
    fc.oneof(values, values.map((text) => `multipart/mixed${text}`)),
    (contentType) => {
      try {
        const reader = new MultipartReader([], { contentType });
        assertEquals(reader.mediaType.startsWith("multipart/"), true);
        assert(reader.boundary.length >= 1 && reader.boundary.length <= 70);
      } catch (error) {
        assertInstanceOf(error, MultipartError);
        const { code } = error;
        assert(
          code === "invalid-boundary" || code === "unsupported-media-type",
          code,
        );
      }
    },
  ),
  property(
    "a sanitized filename is safe, and stays as it is",
    1000,
    fc.oneof(
      names,
      fc.array(
        fc.constantFrom(
          "..",
          "/",
          "\\",
          "C:",
          "con",
          "nul",
          ".",
          " ",
          "x",
          "\u202e",
          "é".repeat(130),
          "e\u0301",
          "lpt\u00b9",
          ".txt",
          "~",
          "\u{1f600}".repeat(40),
        ),
        { maxLength: 10 },
      ).map((pieces) => pieces.join("")),
    ),
    (name) => {
      const safe = sanitizeFilename(name);
      assertEquals(sanitizeFilename(safe), safe);
      assertEquals(safe.normalize("NFC"), safe);
      assert(safe.isWellFormed());
      assert(new TextEncoder().encode(safe).length <= 255);
      // deno-lint-ignore no-control-regex
      assert(!/[\u0000-\u001f\u007f-\u009f/\\<>:"|?*]/.test(safe), safe);
      assert(!/^$|^[. ]|[. ]$/.test(safe), safe);
      assert(!DEVICES.test(safe), safe);
    },
  ),
];

function plain(name: string): string {
  return withoutNul(name).replace(/[\\%]/g, "_");
}

function withoutNul(text: string): string {
  return text.replaceAll("\0", "");
}

/**
 * `name` as `filename*0` and so on, cut anywhere. Each section may be encoded.
 */
function continuationsOf(
  name: string,
  cuts: readonly number[],
  extended: readonly boolean[],
): Parameter[] {
  const bytes = new TextEncoder().encode(name);
  const places = cuts.map((cut) => Math.floor(cut * bytes.length / 10_000));
  const sections: Parameter[] = [];
  let start = 0;
  for (const end of [...places.sort((a, b) => a - b), bytes.length]) {
    const number = sections.length;
    const piece = bytes.subarray(start, end);
    start = end;
    // The first section has the charset (RFC 2231, section 4.1).
    const isExtended = number === 0 || extended[number];
    sections.push({
      name: `filename*${number}${isExtended ? "*" : ""}`,
      value: (number === 0 ? "utf-8''" : "") +
        (isExtended
          ? Array.from(
            piece,
            (byte) => `%${byte.toString(16).padStart(2, "0")}`,
          ).join("")
          : byteString(piece)),
    });
  }
  return sections;
}
