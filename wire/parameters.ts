/**
 * `;name=value` parameters, read and written: tokens and quoted-strings
 * (RFC 9110, section 5.6), extended values (RFC 8187), continuations
 * (RFC 2231, section 3).
 *
 * One pass from left to right over a byte string; nothing is split at `;`, and
 * no regular expression runs over more than one token.
 *
 * @module
 */
import {
  decodeByteString,
  encodeUtf8,
  fromByteString,
  toByteString,
} from "./bytes.ts";

/**
 * One parameter of a header field, as sent but for its quotes.
 *
 * @example Look at the parameters of a media type
 * ```ts
 * import { MultipartParser, type Parameter } from "@tributary/multipart";
 *
 * const parser = new MultipartParser({ boundary: "b" });
 * parser.push(new TextEncoder().encode(
 *   "--b\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\n",
 * ));
 * const event = parser.next();
 * if (event.type !== "part") throw new Error(event.type);
 *
 * const parameters: readonly Parameter[] = event.head.parsedType?.parameters ?? [];
 * const told = parameters.map(({ name, value }) => `${name} is ${value}`);
 * if (told.join() !== "charset is koi8-r") throw new Error(told.join());
 * ```
 */
export interface Parameter {
  /** In lower case. */
  readonly name: string;
  /** A byte string, unescaped. */
  readonly value: string;
}

/** What {@linkcode readQuotedString} read, and where it stopped. */
export interface QuotedString {
  readonly value: string;
  /** The index behind the closing quote, or the end of the text without one. */
  readonly end: number;
  readonly closed: boolean;
}

/**
 * Which escapes a quoted-string holds. `any`: a backslash quotes whatever
 * follows it (RFC 9110). `quote-and-backslash`: it quotes just `"` and `\`, and
 * is itself otherwise, since browsers send `filename="C:\dir\f.txt"` unescaped.
 */
export type QuotedStringEscapes = "any" | "quote-and-backslash";

/** RFC 9110, section 5.6.2. */
export function isToken(text: string): boolean {
  return text.length > 0 && skipToken(text, 0) === text.length;
}

/** The index of the first character from `at` that no token may hold. */
export function skipToken(text: string, at: number): number {
  while (at < text.length && isTokenCharacter(text.charCodeAt(at))) at++;
  return at;
}

/** The index of the first character from `at` that is no space and no tab. */
export function skipSpace(text: string, at: number): number {
  while (text[at] === " " || text[at] === "\t") at++;
  return at;
}

/** `text` from `start` to `end`, without the spaces and tabs around it. */
export function trimSpace(
  text: string,
  start = 0,
  end: number = text.length,
): string {
  return trimSpaceEnd(text, skipSpace(text, start), end);
}

/** `text` from `start` to `end`, without the spaces and tabs at its end. */
export function trimSpaceEnd(text: string, start: number, end: number): string {
  while (end > start && (text[end - 1] === " " || text[end - 1] === "\t")) {
    end--;
  }
  return text.slice(start, end);
}

const TOKEN_CHARACTERS = new Uint8Array(128);
for (
  const character of "!#$%&'*+-.^_`|~0123456789" +
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
) TOKEN_CHARACTERS[character.charCodeAt(0)] = 1;

function isTokenCharacter(code: number): boolean {
  return code < 128 && TOKEN_CHARACTERS[code] === 1;
}

/** Reads the quoted-string whose opening quote is at `at`. */
export function readQuotedString(
  text: string,
  at: number,
  escapes: QuotedStringEscapes,
): QuotedString {
  let value = "";
  let start = ++at;
  for (; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      return {
        value: value + text.slice(start, at),
        end: at + 1,
        closed: true,
      };
    }
    if (character !== "\\") continue;
    const next = text[at + 1];
    if (escapes === "any" || next === '"' || next === "\\") {
      value += text.slice(start, at);
      start = ++at;
    }
  }
  return { value: value + text.slice(start), end: text.length, closed: false };
}

/**
 * Reads `*( OWS ";" OWS name OWS "=" OWS value )` from `at` to the end.
 *
 * One `;` with nothing behind it is forgiven; space around `=` is too.
 *
 * @returns The parameters in order, or `undefined` if the text is malformed.
 */
export function parseParameters(
  text: string,
  at: number,
): Parameter[] | undefined {
  const parameters: Parameter[] = [];
  for (;;) {
    at = skipSpace(text, at);
    if (at === text.length) return parameters;
    if (text[at] !== ";") return undefined;
    const start = skipSpace(text, at + 1);
    if (start === text.length) return parameters;

    const nameEnd = skipToken(text, start);
    at = skipSpace(text, nameEnd);
    if (nameEnd === start || text[at] !== "=") return undefined;
    at = skipSpace(text, at + 1);

    const name = text.slice(start, nameEnd).toLowerCase();
    if (text[at] === '"') {
      const { value, end, closed } = readQuotedString(
        text,
        at,
        "quote-and-backslash",
      );
      if (!closed) return undefined;
      parameters.push({ name, value });
      at = end;
    } else {
      const end = skipToken(text, at);
      if (end === at) return undefined;
      parameters.push({ name, value: text.slice(at, end) });
      at = end;
    }
  }
}

/** Formats `;name=value`, with quotes if the value is no token. */
export function formatParameter(name: string, value: string): string {
  if (isToken(value)) return `;${name}=${value}`;
  return `;${name}="${value.replace(/["\\]/g, "\\$&")}"`;
}

/** Decodes RFC 8187's `charset'language'value`, or gives `undefined` if it is broken. */
export function decodeExtendedValue(text: string): string | undefined {
  const [charset, , encoded] = splitExtendedValue(text) ?? [];
  if (charset === undefined || encoded === undefined) return undefined;
  const bytes = percentDecode(encoded);
  return bytes === undefined ? undefined : decodeCharset(bytes, charset);
}

/** Formats RFC 8187's `UTF-8''value`. */
export function encodeExtendedValue(text: string): string {
  let encoded = "UTF-8''";
  for (const byte of encodeUtf8(text)) {
    const character = String.fromCharCode(byte);
    encoded += isAttributeCharacter(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/**
 * Joins the sections `name*0`, `name*1*`, ... of a continued parameter
 * (RFC 2231, sections 3 and 4.1), in numeric order up to the first gap.
 */
export function joinContinuations(
  parameters: readonly Parameter[],
  name: string,
): string | undefined {
  const sections = new Map<number, { text: string; extended: boolean }>();
  for (const parameter of parameters) {
    const section = parseSectionName(parameter.name, name);
    if (section !== undefined && !sections.has(section.number)) {
      sections.set(section.number, {
        text: parameter.value,
        extended: section.extended,
      });
    }
  }

  const first = sections.get(0);
  if (first === undefined) return undefined;
  const initial = first.extended ? splitExtendedValue(first.text) : undefined;
  if (first.extended && initial === undefined) return undefined;

  // Bytes, not text, since a character may be split over two sections.
  let joined = "";
  for (let number = 0;; number++) {
    const section = sections.get(number);
    if (section === undefined) break;
    if (!section.extended) {
      joined += section.text;
      continue;
    }
    const bytes = percentDecode(
      number === 0 && initial ? initial[2] : section.text,
    );
    if (bytes === undefined) return undefined;
    joined += toByteString(bytes);
  }
  if (initial === undefined) return decodeByteString(joined);
  return decodeCharset(fromByteString(joined), initial[0]);
}

function parseSectionName(
  text: string,
  name: string,
): { number: number; extended: boolean } | undefined {
  if (!text.startsWith(name) || text[name.length] !== "*") return undefined;
  const extended = text.endsWith("*");
  const digits = text.slice(name.length + 1, extended ? -1 : undefined);
  // No leading zeros; nine digits are more sections than fit in a header.
  return /^(?:0|[1-9][0-9]{0,8})$/.test(digits)
    ? { number: Number(digits), extended }
    : undefined;
}

function splitExtendedValue(
  text: string,
): [string, string, string] | undefined {
  const first = text.indexOf("'");
  const second = text.indexOf("'", first + 1);
  if (first < 1 || second < 0) return undefined;
  return [
    text.slice(0, first),
    text.slice(first + 1, second),
    text.slice(second + 1),
  ];
}

/** RFC 8187's attr-char: a token's characters but `*`, `'` and `%`. */
function isAttributeCharacter(character: string): boolean {
  return isTokenCharacter(character.charCodeAt(0)) &&
    !"*'%".includes(character);
}

function percentDecode(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "%") {
      const digits = text.slice(at + 1, at + 3);
      if (!/^[0-9a-fA-F]{2}$/.test(digits)) return undefined;
      bytes[length++] = parseInt(digits, 16);
      at += 2;
    } else if (isAttributeCharacter(text.charAt(at))) {
      bytes[length++] = text.charCodeAt(at);
    } else {
      return undefined;
    }
  }
  return bytes.subarray(0, length);
}

/**
 * RFC 8187 asks for UTF-8 and names ISO-8859-1; the rest are not looked up, so
 * that a name reads the same on every runtime. A `TextDecoder` would take
 * "ISO-8859-1" for windows-1252.
 */
function decodeCharset(bytes: Uint8Array, charset: string): string | undefined {
  const name = charset.toLowerCase();
  if (name === "iso-8859-1") return toByteString(bytes);
  if (name !== "utf-8" && name !== "us-ascii") return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      bytes,
    );
  } catch {
    return undefined;
  }
}
