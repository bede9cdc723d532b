/**
 * Inputs that readers understand in different ways, and how this reader
 * understands them. Where two readers in a row differ, a peer can slip data
 * past the first that the second then finds.
 */
import { assertEquals, assertInstanceOf } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  MultipartError,
  type MultipartErrorCode,
  MultipartReader,
  type MultipartReaderOptions,
  sanitizeFilename,
} from "@tributary/multipart";
import { bytewise, latin1, streamOf, utf8 } from "../bytes.ts";

/** A part: its name, its filename if it has one, and its text. */
type Part = [name?: string, filename?: string, text?: string];

type Verdict = MultipartErrorCode | Part[];

interface Ambiguity {
  input: string;
  body: string;
  /** The body has one byte per character. */
  isLatin1?: boolean;
  /** The parameters that follow the subtype. */
  parameters?: string;
  options?: MultipartReaderOptions;
  /** The result as multipart/form-data. */
  form: Verdict;
  /** The result as multipart/mixed, where it is worth testing. */
  mixed?: Verdict;
  /** The result as multipart/x-mixed-replace. */
  replace?: Verdict;
}

const disposition = 'Content-Disposition: form-data; name="a"';

/** One part with this head. */
function head(text: string, body = "1"): string {
  return `--b\r\n${text}\r\n\r\n${body}\r\n--b--\r\n`;
}

/** One part with these parameters of its disposition. */
function named(parameters: string): string {
  return head(`Content-Disposition: form-data; ${parameters}`);
}

/** One part with this body. */
function holding(body: string): string {
  return head(disposition, body);
}

const one: Part[] = [["a", undefined, "1"]];
const file = (filename: string): Part[] => [["a", filename, "1"]];
const text = (text: string): Part[] => [["a", undefined, text]];
const nameless: Part[] = [[undefined, undefined, "1"]];

const ambiguities: Ambiguity[] = [
  // Boundaries.
  {
    input: "two boundary parameters",
    parameters: "; boundary=b; boundary=c",
    body: named('name="a"'),
    form: "invalid-boundary",
    mixed: "invalid-boundary",
  },
  {
    input: "two that are the same",
    parameters: "; boundary=b; BOUNDARY=b",
    body: named('name="a"'),
    form: "invalid-boundary",
    mixed: "invalid-boundary",
  },
  {
    input: "a boundary of 71 characters",
    parameters: `; boundary=${"b".repeat(71)}`,
    body: named('name="a"').replaceAll("--b", `--${"b".repeat(71)}`),
    form: "invalid-boundary",
    mixed: "invalid-boundary",
  },
  {
    input: "an empty boundary",
    parameters: '; boundary=""',
    body: named('name="a"').replaceAll("--b", "--"),
    form: "invalid-boundary",
    mixed: "invalid-boundary",
  },
  {
    input: "a boundary that ends in a space",
    parameters: '; boundary="b "',
    body: named('name="a"'),
    form: "invalid-boundary",
    mixed: "invalid-boundary",
  },
  {
    input: "a boundary with a control character",
    parameters: '; boundary="b\tc"',
    body: named('name="a"').replaceAll("--b", "--b\tc"),
    form: "invalid-boundary",
    mixed: "invalid-boundary",
  },
  {
    input: "a boundary that is not ASCII",
    parameters: '; boundary="b\u00e9"',
    body: named('name="a"').replaceAll("--b", "--b\u00e9"),
    form: one,
    mixed: one,
  },
  {
    input: "a quoted boundary with an escaped quote and a semicolon",
    parameters: '; boundary="b\\"c;d"; e=f',
    body: named('name="a"').replaceAll("--b", '--b"c;d'),
    form: one,
    mixed: one,
  },
  {
    input: "a decoy of a boundary within quotes",
    parameters: '; a="; boundary=x"; boundary=b',
    body: named('name="a"'),
    form: one,
    mixed: one,
  },
  {
    input: "boundary*0=",
    parameters: "; boundary*0=b",
    body: named('name="a"'),
    form: "invalid-boundary",
    mixed: one,
  },
  {
    input: "boundary*=",
    parameters: "; boundary*=utf-8''b",
    body: named('name="a"'),
    form: "invalid-boundary",
    mixed: one,
  },
  {
    input: "boundary*= beside boundary",
    parameters: "; boundary=b; boundary*=utf-8''c",
    body: named('name="a"'),
    form: one,
    mixed: "invalid-boundary",
  },
  {
    input: "boundary*0= beside boundary",
    parameters: "; boundary=b; boundary*0=c",
    body: named('name="a"'),
    form: one,
    mixed: "invalid-boundary",
  },
  {
    input: "space around a boundary's =",
    parameters: "; boundary = b",
    body: named('name="a"'),
    form: "invalid-boundary",
    mixed: one,
    replace: one,
  },
  {
    input: "a comment behind a boundary",
    parameters: "; boundary=b (c)",
    body: named('name="a"'),
    form: "invalid-preamble",
    mixed: one,
    replace: one,
  },
  {
    input: "a boundary that already holds its dashes",
    parameters: "; boundary=--b",
    body: named('name="a"'),
    form: "invalid-preamble",
    mixed: "truncated",
    replace: one,
  },

  // Content-Disposition.
  {
    input: "name twice",
    body: named('name="a"; name="b"'),
    form: "invalid-disposition",
    mixed: one,
  },
  {
    input: "filename twice",
    body: named('name="a"; filename="a"; filename="b"'),
    form: "invalid-disposition",
    mixed: file("a"),
  },
  {
    input: "Content-Disposition twice",
    body: head(`${disposition}\r\nContent-Disposition: form-data; name="b"`),
    form: "invalid-disposition",
    mixed: one,
  },
  {
    input: "Content-Disposition twice, in another case",
    body: head(`${disposition}\r\ncontent-disposition: form-data; name="b"`),
    form: "invalid-disposition",
    mixed: one,
  },
  {
    input: "filename* beside filename",
    body: named("name=a; filename*=UTF-8''star; filename=plain"),
    form: file("star"),
    mixed: file("star"),
  },
  {
    input: "filename* alone",
    body: named("name=a; filename*=UTF-8''%c3%a9"),
    form: file("\u00e9"),
    mixed: file("\u00e9"),
  },
  {
    input: "filename* twice",
    body: named("name=a; filename*=UTF-8''b; filename*=UTF-8''c"),
    form: "invalid-disposition",
    mixed: file("b"),
  },
  {
    input: "name* alone",
    body: named("name*=UTF-8''a"),
    form: one,
    mixed: one,
  },
  {
    input: "name* twice",
    body: named("name*=UTF-8''a; name*=UTF-8''b"),
    form: "invalid-disposition",
    mixed: one,
  },
  {
    input: "a broken filename* alone",
    body: named("name=a; filename*=UTF-8''%"),
    form: file(""),
    mixed: file(""),
  },
  {
    input: "a name that ends in a backslash",
    body: named('name="a\\"; filename="b\\"'),
    form: [["a\\", "b\\", "1"]],
    mixed: [["a\\", "b\\", "1"]],
  },
  {
    input: "name* beside name",
    body: named("name*=UTF-8''b; name=a"),
    form: one,
    mixed: one,
  },
  {
    input: "filename*0 and filename*1",
    body: named("name=a; filename*1=c; filename*0=b"),
    form: one,
    mixed: file("bc"),
  },
  {
    input: "a decoy of a name within quotes",
    body: named('x="; name=b; filename=c"; name="a"'),
    form: one,
    mixed: one,
  },
  {
    input: "parameters that only end as name does, or begin so",
    body: named('xname="b"; namex="c"; name="a"; filenamex="d"'),
    form: one,
    mixed: one,
  },
  {
    input: "a parameter's name in another case",
    body: named('NAME="a"; FileName="f"'),
    form: file("f"),
    mixed: file("f"),
  },
  {
    input: "a value without quotes",
    body: named("name=a; filename=f.txt"),
    form: file("f.txt"),
    mixed: file("f.txt"),
  },
  {
    input: "a value in other quotes",
    body: named("name=a; filename='f'"),
    form: file("'f'"),
    mixed: file("'f'"),
  },
  {
    input: "escaped quotes in a value",
    body: named('name=a; filename="x\\"; filename=\\"y"'),
    form: file('x"; filename="y'),
    mixed: file('x"; filename="y'),
  },
  {
    input: "an escaped backslash before the closing quote",
    body: named('name=a; filename="x\\\\"'),
    form: file("x\\"),
    mixed: file("x\\"),
  },
  {
    input: "any other backslash",
    body: named('name=a; filename="C:\\dir\\f"'),
    form: file("C:\\dir\\f"),
    mixed: file("C:\\dir\\f"),
  },
  {
    input: "something behind a quoted value",
    body: named('name="a"b'),
    form: "invalid-disposition",
    mixed: one,
  },
  {
    input: "an empty parameter",
    body: named("name=a;; filename=f"),
    form: file("f"),
    mixed: file("f"),
  },
  {
    input: "a semicolon at the end",
    body: named("name=a;"),
    form: one,
    mixed: one,
  },
  {
    input: "a parameter without a value",
    body: named("name=a; filename"),
    form: "invalid-disposition",
    mixed: one,
  },
  {
    input: "percent signs in a name",
    body: named('name="a%22%0d%0a%41"'),
    form: [["a%22%0d%0a%41", undefined, "1"]],
    mixed: [["a%22%0d%0a%41", undefined, "1"]],
  },
  {
    input: "percent signs in a name, where the caller wants them decoded",
    body: named('name="a%22%0d%0a%41"'),
    options: { percentDecodeNames: true },
    form: [['a"\r\n%41', undefined, "1"]],
    mixed: [['a"\r\n%41', undefined, "1"]],
  },
  {
    input: "an encoded word in a name",
    body: named('name="=?utf-8?q?b?="'),
    form: [["=?utf-8?q?b?=", undefined, "1"]],
    mixed: [["=?utf-8?q?b?=", undefined, "1"]],
  },
  {
    input: "an empty filename",
    body: named('name=a; filename=""'),
    form: file(""),
    mixed: file(""),
  },
  {
    input: "a filename with a path and spaces",
    body: named('name=a; filename=" ../../x.txt "'),
    form: file(" ../../x.txt "),
    mixed: file(" ../../x.txt "),
  },
  {
    input: "a disposition of another type",
    body: head('Content-Disposition: attachment; name="a"'),
    form: "invalid-disposition",
    mixed: one,
  },
  {
    input: "no Content-Disposition",
    body: head("X: y"),
    form: "invalid-disposition",
    mixed: nameless,
  },

  // Lines of a head.
  {
    input: "a folded line",
    body: head('Content-Disposition: form-data;\r\n name="a"'),
    form: "invalid-header",
    mixed: one,
    replace: one,
  },
  {
    input: "a fold that hides a field",
    body: head(`${disposition}\r\nX: y\r\n Content-Type: z`),
    form: "invalid-header",
    mixed: one,
  },
  {
    input: "a space before the colon",
    body: head(disposition.replace(":", " :")),
    form: one,
    mixed: "invalid-header",
    replace: one,
  },
  {
    input: "a space before the first field's name",
    body: head(` ${disposition}`),
    form: one,
    mixed: "invalid-header",
    replace: one,
  },
  {
    input: "lines that end in LF",
    body: named("name=a").replaceAll("\r\n", "\n"),
    form: "invalid-delimiter",
    mixed: "truncated",
    replace: one,
  },
  {
    input: "lines of a head that end in LF",
    body: head(`${disposition}\nX: y`),
    form: "invalid-header",
    mixed: "invalid-header",
    replace: one,
  },
  {
    input: "a bare CR in a head",
    body: head(`${disposition}\rX: y`),
    form: "invalid-header",
    mixed: "invalid-header",
    replace: "invalid-header",
  },
  {
    input: "NUL in a name",
    body: named('name="a\0"'),
    form: "invalid-header",
    mixed: "invalid-header",
    replace: "invalid-header",
  },
  {
    input: "NUL in another field",
    body: head(`${disposition}\r\nX: \0`),
    form: "invalid-header",
    mixed: "invalid-header",
    replace: "invalid-header",
  },
  {
    input: "a line without a colon",
    body: head(`${disposition}\r\nX`),
    form: "invalid-header",
    mixed: "invalid-header",
    replace: "invalid-header",
  },
  {
    input: "a part without a head",
    body: "--b\r\n\r\n1\r\n--b--",
    form: "invalid-header",
    mixed: nameless,
    replace: nameless,
  },

  // Delimiters.
  {
    input: "space and tab behind a delimiter",
    body: named("name=a").replaceAll("--b\r", "--b \t\r"),
    form: one,
    mixed: one,
    replace: one,
  },
  {
    input: "256 spaces behind a delimiter",
    body: named("name=a").replace("--b\r", `--b${" ".repeat(256)}\r`),
    form: one,
    mixed: one,
  },
  {
    input: "257 spaces behind a delimiter",
    body: named("name=a").replace("--b\r", `--b${" ".repeat(257)}\r`),
    form: "invalid-delimiter",
    mixed: one,
  },
  {
    input: "something behind a close delimiter",
    body: `${holding("1").trimEnd()}junk\r\n--b--`,
    form: "invalid-delimiter",
    mixed: text("1\r\n--b--junk"),
    replace: text("1\r\n--b--junk"),
  },
  {
    input: "a line that is longer than a delimiter",
    body: holding("1\r\n--bx\r\n2"),
    form: "invalid-delimiter",
    mixed: text("1\r\n--bx\r\n2"),
    replace: text("1\r\n--bx\r\n2"),
  },
  {
    input: "a delimiter with one dash behind it",
    body: holding("1\r\n--b-\r\n2"),
    form: "invalid-delimiter",
    mixed: text("1\r\n--b-\r\n2"),
  },
  {
    input: "a delimiter in the middle of a line",
    body: holding("x--b\r\n1"),
    form: text("x--b\r\n1"),
    mixed: text("x--b\r\n1"),
    replace: text("x--b\r\n1"),
  },
  {
    input: "the boundary alone on a line",
    body: holding("1\r\nb\r\n-b\r\n2"),
    form: text("1\r\nb\r\n-b\r\n2"),
    mixed: text("1\r\nb\r\n-b\r\n2"),
  },
  {
    input: "a delimiter behind a bare LF",
    body: holding("1\n--b--\n2"),
    form: text("1\n--b--\n2"),
    mixed: text("1\n--b--\n2"),
    replace: one,
  },
  {
    input: "a delimiter behind a bare CR",
    body: holding("1\r--b--\r2"),
    form: text("1\r--b--\r2"),
    mixed: text("1\r--b--\r2"),
    replace: text("1\r--b--\r2"),
  },
  {
    input: "a preamble",
    body: `preamble\r\n${holding("1")}`,
    form: "invalid-preamble",
    mixed: one,
    replace: one,
  },
  {
    input: "one CRLF before the first delimiter",
    body: `\r\n${holding("1")}`,
    form: one,
    mixed: one,
    replace: one,
  },
  {
    input: "an epilogue with parts",
    body: `${holding("1")}${holding("2")}`,
    form: one,
    mixed: one,
    replace: one,
  },
  {
    input: "no close delimiter",
    body: `--b\r\n${disposition}\r\n\r\n1`,
    form: "truncated",
    mixed: "truncated",
    replace: one,
  },
  {
    input: "no close delimiter behind a whole part",
    body: `--b\r\n${disposition}\r\n\r\n1\r\n--b\r\n`,
    form: "truncated",
    mixed: "truncated",
  },
  {
    input: "a close delimiter without its CRLF",
    body: holding("1").trimEnd(),
    form: one,
    mixed: one,
  },

  // What a part's head says about its body.
  {
    input: "a charset field",
    body: `--b\r\n${disposition.replace('"a"', '"_charset_"')}\r\n\r\n` +
      `iso-8859-1\r\n${holding("\u00e9")}`,
    isLatin1: true,
    form: [["_charset_", undefined, "iso-8859-1"], ["a", undefined, "\ufffd"]],
  },
  {
    input: "a part's charset",
    body: head(`${disposition}\r\nContent-Type: a/b; charset=latin1`, "\u00e9"),
    isLatin1: true,
    form: text("\ufffd"),
    mixed: text("\u00e9"),
  },
  {
    input: "a Content-Transfer-Encoding",
    body: head(
      `${disposition}\r\nContent-Transfer-Encoding: base64`,
      "T3Nsbw==",
    ),
    form: text("T3Nsbw=="),
    mixed: text("Oslo"),
  },
  {
    input: "a Content-Transfer-Encoding that nobody knows",
    body: head(`${disposition}\r\nContent-Transfer-Encoding: x`),
    form: one,
    mixed: "unsupported-encoding",
  },
  {
    input: "a wrong Content-Length",
    body: head(`${disposition}\r\nContent-Length: 900`),
    form: one,
    mixed: one,
  },
];

async function outcomeOf(
  body: Uint8Array,
  contentType: string,
  options?: MultipartReaderOptions,
): Promise<Verdict> {
  const parts: Part[] = [];
  try {
    const reader = MultipartReader.from({
      headers: { "content-type": contentType },
      body: streamOf(bytewise(body)),
    }, { accept: "*", ...options });
    for await (const part of reader) {
      parts.push([part.name, part.filename, await part.text()]);
    }
    return parts;
  } catch (error) {
    assertInstanceOf(error, MultipartError);
    return error.code;
  }
}

/**
 * Returns the result, after checking that reading whole gives the same as
 * reading byte by byte.
 */
async function verdictOn(
  { body, isLatin1, parameters = "; boundary=b", options }: Ambiguity,
  subtype: string,
): Promise<Verdict> {
  const bytes = isLatin1 ? latin1(body) : utf8(body);
  const contentType = `multipart/${subtype}${parameters}`;
  const verdict = await outcomeOf(bytes, contentType, options);
  const reader = (): MultipartReader =>
    new MultipartReader([bytes], { contentType, ...options });
  const whole: Part[] = [];
  try {
    for await (const part of reader()) {
      whole.push([part.name, part.filename, await part.text()]);
    }
    assertEquals(whole, verdict);
  } catch (error) {
    assertInstanceOf(error, MultipartError);
    assertEquals(error.code, verdict);
  }
  return verdict;
}

describe("T12 differential: how an ambiguous input is read", () => {
  for (const ambiguity of ambiguities) {
    it(ambiguity.input, async () => {
      const { form, mixed, replace } = ambiguity;
      assertEquals(await verdictOn(ambiguity, "form-data"), form, "form-data");
      if (mixed !== undefined) {
        assertEquals(await verdictOn(ambiguity, "mixed"), mixed, "mixed");
      }
      if (replace !== undefined) {
        assertEquals(
          await verdictOn(ambiguity, "x-mixed-replace"),
          replace,
          "x-mixed-replace",
        );
      }
    });
  }

  it("a wildcard for a media type", async () => {
    const body = utf8(named("name=a"));
    for (const type of ["*/*", "multipart", "multipart/", "multipart/*"]) {
      const contentType = `${type}; boundary=b`;
      const verdict = await outcomeOf(body, contentType);
      assertEquals(verdict, "unsupported-media-type", type);
    }
  });

  it("a part's Content-Type twice: in a form the last valid one counts", async () => {
    const types = "Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Type: ?";
    for (
      const [subtype, expected] of [["form-data", "c/d"], ["mixed", "a/b"]]
    ) {
      const reader = new MultipartReader(
        utf8(head(`${disposition}\r\n${types}`)),
        { contentType: `multipart/${subtype}; boundary=b` },
      );
      const { value: part } = await reader.next();
      assertEquals(part?.mediaType, expected);
      await reader.cancel();
    }
  });

  it("a filename is raw, and what it may be on a disk is another name", async () => {
    const reader = new MultipartReader(
      utf8(named('name=a; filename="..\\..\\C:/x. "')),
      { contentType: "multipart/form-data; boundary=b" },
    );
    const { value: part } = await reader.next();
    assertEquals(part?.filename, "..\\..\\C:/x. ");
    assertEquals(sanitizeFilename(part?.filename ?? ""), "x");
    await reader.cancel();
  });
});
