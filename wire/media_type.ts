/**
 * Media types, as the MIME Sniffing Standard (sections 4.4 and 4.5) and the
 * Fetch Standard ("extract a MIME type") read and write them.
 *
 * @module
 */
import {
  formatParameter,
  isToken,
  type Parameter,
  readQuotedString,
  skipSpace,
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
   * Every parameter, those with a doubled name included: for `boundary`, two
   * of them are an attack, not a spelling. Use {@linkcode parameterOf}.
   */
  readonly parameters: readonly Parameter[];
}

/** Parses a media type, or gives `undefined` if the text is none. */
export function parseMediaType(text: string): MediaType | undefined {
  const end = indexOrEnd(text, ";", 0);
  const [type = "", subtype = "", ...more] = trimSpace(text, 0, end)
    .toLowerCase().split("/");
  if (!isToken(type) || !isToken(subtype) || more.length > 0) return undefined;
  return {
    essence: `${type}/${subtype}`,
    type,
    subtype,
    parameters: readParameters(text, end),
  };
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
  const parameters = mediaType.parameters.filter(({ name }) => {
    const isFirst = !seen.has(name);
    seen.add(name);
    return isFirst;
  });
  return { ...mediaType, parameters };
}

/**
 * The media type that a list of Content-Type values stands for: the last valid
 * one, which inherits the charset of those before it with the same essence
 * (Fetch Standard, "extract a MIME type").
 */
export function extractMediaType(
  values: readonly string[],
): MediaType | undefined {
  let found: MediaType | undefined;
  let charset: string | undefined;
  for (const value of values.flatMap(splitList)) {
    const next = parseMediaType(value);
    if (next === undefined || next.essence === "*/*") continue;
    const own = parameterOf(next, "charset");
    if (next.essence !== found?.essence) {
      charset = own;
      found = next;
    } else if (own === undefined && charset !== undefined) {
      found = {
        ...next,
        parameters: [...next.parameters, { name: "charset", value: charset }],
      };
    } else {
      found = next;
    }
  }
  return found;
}

function readParameters(text: string, at: number): Parameter[] {
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

function indexOrEnd(text: string, character: string, from: number): number {
  const index = text.indexOf(character, from);
  return index < 0 ? text.length : index;
}
