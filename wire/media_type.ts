/**
 * Media types. Those of forms are parsed by the MIME Sniffing Standard
 * (sections 4.4 and 4.5) and the Fetch Standard ("extract a MIME type"), all
 * others by RFC 2045, section 5.1, and RFC 2231.
 *
 * @module
 */
import { encodeUtf8, toByteString } from "./bytes.ts";
import {
  decodeExtendedValue,
  firstValue,
  formatParameter,
  joinContinuations,
  type Parameter,
  type ParameterRules,
  parseParameters,
  readQuotedString,
  skipComments,
  skipSpace,
  skipToken,
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
  /** The part before the slash, in lower case. */
  readonly type: string;
  /** The part after the slash, in lower case. */
  readonly subtype: string;
  /**
   * Every parameter, including duplicates: two `boundary` parameters are an
   * attack, not a variant.
   */
  readonly parameters: readonly Parameter[];
}

/**
 * Parses the Content-Type of a message: a form's by the MIME Sniffing Standard,
 * any other by RFC 2045.
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
  return parse(text, { unquoted: "line", comments: false });
}

/**
 * Parses a media type by RFC 2045, section 5.1: with space and comments between
 * the tokens, and with the extended and continued values of RFC 2231. A
 * malformed parameter is skipped, and an unquoted value runs to the next `;` or
 * space: mailers leave out the quotes around boundaries.
 *
 * @returns `undefined` if the text does not begin with a media type.
 */
export function parseMimeType(text: string): MediaType | undefined {
  return parse(text, { unquoted: "any", comments: true });
}

function parse(text: string, rules: ParameterRules): MediaType | undefined {
  const isMime = rules.comments;
  const skip = isMime ? skipComments : skipSpace;
  const start = skip(text, 0);
  const typeEnd = skipToken(text, start);
  const slash = isMime ? skip(text, typeEnd) : typeEnd;
  const subtypeStart = isMime ? skip(text, slash + 1) : slash + 1;
  const subtypeEnd = skipToken(text, subtypeStart);
  const end = skip(text, subtypeEnd);
  const isOver = end === text.length || text[end] === ";" ||
    (isMime && end > subtypeEnd);
  const isComplete = typeEnd > start && subtypeEnd > subtypeStart;
  if (text[slash] !== "/" || !isComplete || !isOver) return undefined;

  const type = text.slice(start, typeEnd).toLowerCase();
  const subtype = text.slice(subtypeStart, subtypeEnd).toLowerCase();
  const { parameters } = parseParameters(text, end, rules);
  return {
    essence: `${type}/${subtype}`,
    type,
    subtype,
    parameters: (isMime ? resolveExtended(parameters) : parameters)
      .filter(({ value }) => isQuotable(value)),
  };
}

/**
 * Decodes RFC 2231's parameters under their plain names: `boundary*` goes
 * before a plain `boundary`, since it takes precedence, and joined sections
 * `boundary*0`, ... go after it. What cannot be decoded stays as sent, at the
 * end, so that the formatted result parses to the same parameters.
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
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [parameter]);
    else group.push(parameter);
  }

  const first: Parameter[] = [];
  const joined: Parameter[] = [];
  const raw: Parameter[] = [];
  for (const [name, group] of groups) {
    const whole = decodeExtendedValue(firstValue(group, `${name}*`));
    const sections = joinContinuations(group, name);
    if (whole !== undefined) first.push(parameterOfText(name, whole));
    if (sections !== undefined) joined.push(parameterOfText(name, sections));
    // If only the unwritable value were dropped, a duplicate could be decoded.
    if (
      whole === undefined && sections === undefined &&
      group.every(({ value }) => isQuotable(value))
    ) raw.push(...group);
  }
  return [...first, ...plain, ...joined, ...raw];
}

function parameterOfText(name: string, text: string): Parameter {
  return { name, value: toByteString(encodeUtf8(text)) };
}

/** The first value of a parameter: later ones with its name are ignored. */
export function parameterOf(
  mediaType: MediaType,
  name: string,
): string | undefined {
  return firstValue(mediaType.parameters, name);
}

/**
 * Formats a media type like the MIME Sniffing Standard, but with all its
 * parameters, duplicates included.
 */
export function formatMediaType(mediaType: MediaType): string {
  let text = mediaType.essence;
  for (const { name, value } of mediaType.parameters) {
    text += formatParameter(name, value);
  }
  return text;
}

/** A media type without the parameters that repeat a name. */
export function withoutDoubled(mediaType: MediaType): MediaType {
  const seen = new Set<string>();
  const parameters = mediaType.parameters.filter(({ name }) =>
    !seen.has(name) && seen.add(name)
  );
  return { ...mediaType, parameters };
}

/**
 * The media type of a list of Content-Type values: the last valid one, which
 * inherits the charset of earlier ones with the same essence (Fetch Standard,
 * "extract a MIME type"). The values are joined before they are split, so that
 * an unclosed quote in one reaches into the next.
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

/**
 * Whether `text` is all HTTP quoted-string token code points, as a byte string.
 */
function isQuotable(text: string): boolean {
  return !/[^\t\u0020-\u007e\u0080-\u00ff]/.test(text);
}
