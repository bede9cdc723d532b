/**
 * Media types. Those of forms are read as the MIME Sniffing Standard (sections
 * 4.4 and 4.5) and the Fetch Standard ("extract a MIME type") have it, all others
 * as RFC 2045, section 5.1, and RFC 2231 have it.
 *
 * @module
 */
import { encodeUtf8, toByteString } from "./bytes.ts";
import {
  decodeExtendedValue,
  formatParameter,
  indexOrEnd,
  isToken,
  joinContinuations,
  type Parameter,
  parseParameters,
  readQuotedString,
  skipComments,
  skipSpace,
  skipToken,
  trimSpace,
  trimSpaceEnd,
} from "./parameters.ts";

/**
 * A media type: `type/subtype` and its parameters in order.
 *
 * @example Look at the media type of a part
 * ```ts
 * import { type MediaType, MultipartParser } from "@tributary/multipart";
 *
 * const parser = new MultipartParser({ boundary: "b" });
 * parser.push(new TextEncoder().encode(
 *   "--b\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\n",
 * ));
 * const event = parser.next();
 * if (event.type !== "part") throw new Error(event.type);
 *
 * const type: MediaType | undefined = event.head.parsedType;
 * if (type?.essence !== "text/plain") throw new Error(type?.essence);
 * ```
 */
export interface MediaType {
  /** `type/subtype` in lower case, without parameters. */
  readonly essence: string;
  /** What stands before the slash, in lower case. */
  readonly type: string;
  /** What stands behind the slash, in lower case. */
  readonly subtype: string;
  /**
   * Every parameter, those with a doubled name included: two `boundary`
   * parameters are an attack, not a spelling.
   */
  readonly parameters: readonly Parameter[];
}

/**
 * Parses the Content-Type of a message: that of a form by the MIME Sniffing
 * Standard, any other by RFC 2045.
 *
 * @returns `undefined` if the text is not a media type.
 */
export function parseContentType(text: string): MediaType | undefined {
  const sniffed = parseMediaType(text);
  if (sniffed?.essence === FORM) return sniffed;
  const mediaType = parseMimeType(text);
  return mediaType?.essence === FORM ? undefined : mediaType;
}

const FORM = "multipart/form-data";

/**
 * Parses a media type by the MIME Sniffing Standard.
 *
 * @returns `undefined` if the text is not a media type.
 */
export function parseMediaType(text: string): MediaType | undefined {
  const end = indexOrEnd(text, ";", 0);
  const [type = "", subtype = "", ...more] = trimSpace(text, 0, end)
    .toLowerCase().split("/");
  if (!isToken(type) || !isToken(subtype) || more.length > 0) return undefined;
  return mediaTypeOf(type, subtype, sniffParameters(text, end));
}

/**
 * Parses a media type by RFC 2045, section 5.1: with space and comments between
 * the tokens, and with the extended and continued values of RFC 2231. A
 * parameter that cannot be read costs only itself, and an unquoted value runs to
 * the next `;` or space: mailers leave out the quotes around boundaries.
 *
 * @returns `undefined` if the text does not begin with a media type.
 */
export function parseMimeType(text: string): MediaType | undefined {
  const start = skipComments(text, 0);
  const typeEnd = skipToken(text, start);
  const slash = skipComments(text, typeEnd);
  if (text[slash] !== "/") return undefined;
  const subtypeStart = skipComments(text, slash + 1);
  const end = skipToken(text, subtypeStart);
  if (typeEnd === start || end === subtypeStart) return undefined;
  if (!"; \t(".includes(text.charAt(end))) return undefined;
  const { parameters } = parseParameters(text, end, {
    unquoted: "any",
    comments: true,
  });
  return mediaTypeOf(
    text.slice(start, typeEnd).toLowerCase(),
    text.slice(subtypeStart, end).toLowerCase(),
    resolveExtended(parameters).filter(({ value }) => isQuotable(value)),
  );
}

function mediaTypeOf(
  type: string,
  subtype: string,
  parameters: readonly Parameter[],
): MediaType {
  return { essence: `${type}/${subtype}`, type, subtype, parameters };
}

/**
 * Puts what RFC 2231 encodes under the plain name: `boundary*` before a
 * `boundary`, since it counts for more, and the sections `boundary*0`, ...
 * behind it. What cannot be decoded stays as it was sent.
 */
function resolveExtended(parameters: readonly Parameter[]): Parameter[] {
  const groups = new Map<string, Parameter[]>();
  const plain: Parameter[] = [];
  for (const parameter of parameters) {
    const star = parameter.name.indexOf("*");
    if (star < 1) {
      plain.push(parameter);
      continue;
    }
    const name = parameter.name.slice(0, star);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name)?.push(parameter);
  }

  const first: Parameter[] = [];
  const last: Parameter[] = [];
  for (const [name, group] of groups) {
    const extended = group.find((parameter) => parameter.name === `${name}*`);
    const whole = extended && decodeExtendedValue(extended.value);
    const joined = joinContinuations(group, name);
    if (whole !== undefined) first.push(parameterOfText(name, whole));
    if (joined !== undefined) last.push(parameterOfText(name, joined));
    if (whole === undefined && joined === undefined) last.push(...group);
  }
  return [...first, ...plain, ...last];
}

function parameterOfText(name: string, text: string): Parameter {
  return { name, value: toByteString(encodeUtf8(text)) };
}

/** The first value of a parameter: later ones with its name do not count. */
export function parameterOf(
  mediaType: MediaType,
  name: string,
): string | undefined {
  return mediaType.parameters.find((parameter) => parameter.name === name)
    ?.value;
}

/**
 * Formats a media type as the MIME Sniffing Standard serialises it, but with
 * every parameter that it holds.
 */
export function formatMediaType(mediaType: MediaType): string {
  let text = mediaType.essence;
  for (const { name, value } of mediaType.parameters) {
    text += formatParameter(name, value);
  }
  return text;
}

/** A media type without the parameters that do not count. */
export function withoutDoubled(mediaType: MediaType): MediaType {
  const seen = new Set<string>();
  const parameters = mediaType.parameters.filter(({ name }) =>
    !seen.has(name) && seen.add(name)
  );
  return { ...mediaType, parameters };
}

/**
 * The media type that a list of Content-Type values stands for: the last valid
 * one, which inherits the charset of those before it with the same essence
 * (Fetch Standard, "extract a MIME type"). The values are joined before they are
 * split, so that an unclosed quote in one reaches into the next.
 */
export function extractMediaType(
  values: readonly string[],
): MediaType | undefined {
  let found: MediaType | undefined;
  let charset: string | undefined;
  for (const value of splitList(values.join(", "))) {
    let next = parseMediaType(value);
    if (next === undefined || next.essence === "*/*") continue;
    const own = parameterOf(next, "charset");
    if (next.essence !== found?.essence) charset = own;
    else if (own === undefined && charset !== undefined) {
      const inherited = { name: "charset", value: charset };
      next = { ...next, parameters: [...next.parameters, inherited] };
    }
    found = next;
  }
  return found;
}

function sniffParameters(text: string, at: number): Parameter[] {
  const parameters: Parameter[] = [];
  // Lenient, as the standard is: a piece without a value is passed over, and
  // so is what stands between a closing quote and the next semicolon.
  while (at < text.length) {
    const start = at + 1;
    at = start;
    while (at < text.length && text[at] !== ";" && text[at] !== "=") at++;
    if (text[at] !== "=") continue;
    // Space is allowed before a name, and behind a value without quotes: any
    // other belongs to what it touches, and spoils it.
    const name = text.slice(skipSpace(text, start), at).toLowerCase();
    let value: string;
    if (text[at + 1] === '"') {
      const quoted = readQuotedString(text, at + 1, "any");
      value = quoted.value;
      at = indexOrEnd(text, ";", quoted.end);
    } else {
      const end = indexOrEnd(text, ";", at);
      value = trimSpaceEnd(text, at + 1, end);
      at = end;
      if (value === "") continue;
    }
    if (isToken(name) && isQuotable(value)) parameters.push({ name, value });
  }
  return parameters;
}

/** Splits at the commas outside quoted-strings ("get, decode, and split"). */
function splitList(text: string): string[] {
  const values: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') {
      at = readQuotedString(text, at, "any").end - 1;
    } else if (text[at] === ",") {
      values.push(text.slice(start, at));
      start = at + 1;
    }
  }
  values.push(text.slice(start));
  return values;
}

/** HTTP quoted-string token code points, of byte strings. */
function isQuotable(text: string): boolean {
  return !/[^\t\u0020-\u007e\u0080-\u00ff]/.test(text);
}
