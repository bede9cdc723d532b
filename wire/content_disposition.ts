/**
 * Content-Disposition: RFC 7578, section 4.2, with the Fetch Standard's reading
 * in forms; RFC 6266 and RFC 2183 elsewhere.
 *
 * @module
 */
import { decodeByteString, encodeUtf8, toByteString } from "./bytes.ts";
import { assertText, printable } from "./errors.ts";
import {
  decodeExtendedValue,
  encodeExtendedValue,
  firstValue,
  isToken,
  joinContinuations,
  type Parameter,
  type ParameterRules,
  type ParsedParameters,
  parseParameters,
  skipToken,
  trimSpace,
} from "./parameters.ts";

/** A parsed Content-Disposition. */
export interface ContentDisposition {
  /** `form-data`, `attachment`, ... in lower case. */
  readonly type: string;
  /** The field's name, decoded as UTF-8. */
  readonly name: string | undefined;
  /** The file's name, decoded as UTF-8 and otherwise raw. */
  readonly filename: string | undefined;
}

/**
 * Parses the value for a part of a form. A duplicate parameter is an error. A
 * readable `filename*` takes precedence over `filename`, as .NET, which writes
 * both, intends; `name*` is used only if there is no `name`.
 *
 * @returns `undefined` if the value is malformed, is not `form-data`, or has no name.
 */
export function parseFormDataDisposition(
  value: string,
): ContentDisposition | undefined {
  const parameters = formDataParameters(value);
  const name = parameters && nameOf(parameters);
  if (parameters === undefined || name === undefined) return undefined;
  return { type: "form-data", name, filename: filenameOf(parameters) };
}

/**
 * Whether every reader of forms accepts a part with this value: like {@linkcode
 * parseFormDataDisposition}, but `name*` does not replace `name`.
 */
export function isFormDataDisposition(value: string): boolean {
  const parameters = formDataParameters(value);
  return parameters !== undefined &&
    firstValue(parameters, "name") !== undefined;
}

/** The parameters that a form uses: none of them may be repeated. */
const NAMES = ["name", "name*", "filename", "filename*"];

function formDataParameters(
  value: string,
): readonly Parameter[] | undefined {
  const parsed = parse(value, { unquoted: "token", comments: false });
  if (parsed?.type !== "form-data" || !parsed.isWellFormed) return undefined;
  const { parameters } = parsed;
  const isDoubled = parameters.some(({ name }, index) =>
    NAMES.includes(name) &&
    parameters.findIndex((other) => other.name === name) < index
  );
  return isDoubled ? undefined : parameters;
}

/**
 * Parses any other value. The first of duplicate parameters wins, and a
 * malformed parameter is skipped. The filename is `filename*`, else `filename`,
 * else the continuations `filename*0`, ...
 *
 * @returns `undefined` if the value does not begin with a type.
 */
export function parseContentDisposition(
  value: string,
): ContentDisposition | undefined {
  const parsed = parse(value, { unquoted: "any", comments: false });
  if (parsed === undefined) return undefined;
  const { type, parameters } = parsed;
  return {
    type,
    name: nameOf(parameters) ?? joinContinuations(parameters, "name"),
    filename: filenameOf(parameters) ??
      joinContinuations(parameters, "filename"),
  };
}

/** Decodes only `%22`, `%0D` and `%0A`, the escapes of the HTML Standard. */
export function percentDecodeName(name: string): string {
  return name.replace(
    /%22|%0d|%0a/gi,
    (escape) => String.fromCharCode(parseInt(escape.slice(1), 16)),
  );
}

/**
 * Formats the value for a part of a form as the HTML Standard does
 * ("multipart/form-data encoding algorithm"): line breaks in the name become
 * CRLF, and then only CR, LF and quotes are percent-encoded.
 *
 * @returns A byte string: names are UTF-8.
 * @throws {TypeError} If a value contains NUL, which a field cannot.
 */
export function formatFormDataDisposition(
  name: string,
  filename?: string,
): string {
  assertText(name, "the name");
  if (filename !== undefined) assertText(filename, "the filename");
  const value = `form-data; name="${escapeForForm(normalizeLineBreaks(name))}"`;
  return filename === undefined
    ? value
    : `${value}; filename="${escapeForForm(filename)}"`;
}

/**
 * Formats any value. A `form-data` one is escaped as in a form. In others,
 * values are quoted-strings (RFC 9110, section 5.6.4), and a parameter that is
 * not plain ASCII is written a second time by RFC 8187, except `name`: its
 * readers expect UTF-8 (RFC 7578, section 5.1).
 *
 * @param type `form-data`, `attachment`, ...: a token.
 * @param parameters In order; `undefined` ones are left out.
 * @returns A byte string.
 * @throws {TypeError} If the type or a parameter's name is not a token, or a
 * value contains NUL, or a CR or LF that cannot be escaped.
 */
export function formatContentDisposition(
  type: string,
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  assertToken(type);
  const isForm = type.toLowerCase() === "form-data";
  let formatted = type;
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    assertToken(name);
    assertText(value, `the ${name}`);
    if (isForm) {
      const text = name === "name" ? normalizeLineBreaks(value) : value;
      formatted += `; ${name}="${escapeForForm(text)}"`;
    } else {
      formatted += formatDispositionParameter(name, value);
    }
  }
  return formatted;
}

/** Replaces a bare CR or LF by CRLF, as in the names and text of a form. */
export function normalizeLineBreaks(text: string): string {
  // Most text has none, and searching is far faster than replacing.
  if (!text.includes("\n") && !text.includes("\r")) return text;
  return text.replace(/\r\n?|\n/g, "\r\n");
}

function escapeForForm(text: string): string {
  // A name in plain ASCII, as most are, needs no escapes.
  if (isPlainName(text)) return text;
  return utf8ByteString(text.replace(/[\r\n"]/g, encodeURIComponent));
}

/**
 * A loop, since a form may have many fields: a regular expression is slower.
 */
function isPlainName(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code === 0x22 || code >= 0x7f) return false;
  }
  return true;
}

function formatDispositionParameter(name: string, value: string): string {
  // RFC 6266, appendix D: some readers take %41 in a filename for an escape.
  const isPlain = /^[ -~]*$/.test(value) && !/%[0-9a-f]{2}/i.test(value);
  if (isPlain) return `; ${name}="${quote(value)}"`;
  if (name === "name") {
    if (/[\r\n]/.test(value)) throw invalid(value, "holds a line break");
    return `; name="${utf8ByteString(quote(value))}"`;
  }
  if (value.includes("\0")) throw invalid(value, "holds a NUL");
  const ascii = value.replace(/[^ -~]/gu, "_");
  return `; ${name}="${quote(ascii)}"; ${name}*=${encodeExtendedValue(value)}`;
}

function quote(text: string): string {
  return text.replace(/["\\]/g, "\\$&");
}

/** The UTF-8 of `text` as a byte string; ASCII text is returned as is. */
function utf8ByteString(text: string): string {
  let isAscii = true;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0) throw invalid(text, "holds a NUL");
    if (code >= 0x80) isAscii = false;
  }
  return isAscii ? text : toByteString(encodeUtf8(text));
}

function assertToken(text: string): void {
  assertText(text, "the disposition");
  if (!isToken(text)) throw invalid(text, "is not a token");
}

function invalid(text: string, state: string): TypeError {
  return new TypeError(
    `Cannot write ${printable(text)} in a Content-Disposition: it ${state}`,
  );
}

function parse(
  value: string,
  rules: ParameterRules,
): { type: string } & ParsedParameters | undefined {
  const text = trimSpace(value);
  const end = skipToken(text, 0);
  if (end === 0 || !"; \t".includes(text.charAt(end))) return undefined;
  const type = text.slice(0, end).toLowerCase();
  return { type, ...parseParameters(text, end, rules) };
}

function nameOf(parameters: readonly Parameter[]): string | undefined {
  const name = firstValue(parameters, "name");
  return name === undefined
    ? decodeExtendedValue(firstValue(parameters, "name*"))
    : decodeByteString(name);
}

/** `""` for a malformed `filename*`: it still says that this is a file. */
function filenameOf(parameters: readonly Parameter[]): string | undefined {
  const extended = firstValue(parameters, "filename*");
  const filename = firstValue(parameters, "filename") ??
    (extended === undefined ? undefined : "");
  return decodeExtendedValue(extended) ??
    (filename && decodeByteString(filename));
}
