/**
 * Parses and formats `;name=value` parameters: tokens and quoted-strings (RFC
 * 9110, section 5.6), comments (RFC 822, section 3.4.3), extended values (RFC
 * 8187), continuations (RFC 2231, section 3).
 *
 * Makes one pass from left to right over a byte string. Nothing is split at
 * `;`, and no regular expression runs over more than one token.
 *
 * @module
 */
import { decodeByteString, decodeStrictly, encodeUtf8 } from "./bytes.ts";

/**
 * One parameter of a header field, as sent but without quotes.
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

/** The result of {@linkcode readQuotedString}, and where it stopped. */
export interface QuotedString {
  readonly value: string;
  /**
   * The index after the closing quote, or the end of the text if there is none.
   */
  readonly end: number;
  readonly closed: boolean;
}

/**
 * What a backslash in a quoted-string does. `any`: it escapes any character
 * (RFC 9110). `quote-and-backslash`: it escapes only `"` and `\`, and is
 * literal otherwise, since browsers send `filename="C:\dir\f.txt"` unescaped.
 * `none`: it is always literal.
 */
export type QuotedStringEscapes = "any" | "quote-and-backslash" | "none";

/** The rules on which the standards differ. */
export interface ParameterRules {
  /**
   * What an unquoted value is. `token`: a token. `any`: everything up to the
   * next `;` or space. `line`: everything up to the next `;`, as in the MIME
   * Sniffing Standard; space around `=` is then significant, every backslash
   * escapes, and a quoted value need not be closed.
   */
  readonly unquoted: "token" | "any" | "line";
  /** Whether `(...)` between two tokens is a comment. */
  readonly comments: boolean;
}

/** The result of {@linkcode parseParameters}. */
export interface ParsedParameters {
  /** In order, without malformed ones. */
  readonly parameters: Parameter[];
  /** Whether all of the text follows the rules. */
  readonly isWellFormed: boolean;
}

/** RFC 9110, section 5.6.2. */
export function isToken(text: string): boolean {
  return text !== "" && skipToken(text, 0) === text.length;
}

const TOKEN = /[\w!#$%&'*+.^`|~-]*/y;

/**
 * The index of the first character from `at` that is not allowed in a token.
 */
export function skipToken(text: string, at: number): number {
  return skip(TOKEN, text, at);
}

/** The index after what a pattern, one class of characters, matches at `at`. */
function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  pattern.test(text);
  return pattern.lastIndex;
}

/** The index of the first character from `at` that is not a space or tab. */
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
function trimSpaceEnd(text: string, start: number, end: number): string {
  while (end > start && (text[end - 1] === " " || text[end - 1] === "\t")) {
    end--;
  }
  return text.slice(start, end);
}

/**
 * The index of the first character from `at` that is not a space, a tab, or
 * part of a comment. Comments nest; an unclosed one runs to the end.
 */
export function skipComments(text: string, at: number): number {
  for (;;) {
    at = skipSpace(text, at);
    if (text[at] !== "(") return at;
    let depth = 0;
    do {
      const character = text[at++];
      if (character === "\\") at++;
      else if (character === "(") depth++;
      else if (character === ")") depth--;
    } while (depth > 0 && at < text.length);
    at = Math.min(at, text.length);
  }
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
    if (character === "\\" && isEscaped(text[at + 1], escapes)) {
      value += text.slice(start, at);
      start = ++at;
    }
  }
  return { value: value + text.slice(start), end: text.length, closed: false };
}

/** Whether a backslash escapes the next character; at the end it is literal. */
function isEscaped(
  next: string | undefined,
  escapes: QuotedStringEscapes,
): boolean {
  if (next === undefined || escapes === "none") return false;
  return escapes === "any" || next === '"' || next === "\\";
}

/**
 * Reads `*( OWS ";" OWS [ name OWS "=" OWS value ] )` from `at` to the end.
 *
 * Skips malformed parameters, and anything between a value and the next `;`.
 * Text that is malformed with the escapes `\"` and `\\` is parsed once more
 * with every backslash literal: browsers write a name that ends in a backslash
 * as `"a\"`.
 */
export function parseParameters(
  text: string,
  at: number,
  rules: ParameterRules,
): ParsedParameters {
  if (rules.unquoted === "line") return readParameters(text, at, rules, "any");
  const parsed = readParameters(text, at, rules, "quote-and-backslash");
  if (parsed.isWellFormed || !text.includes("\\", at)) return parsed;
  const literal = readParameters(text, at, rules, "none");
  return literal.isWellFormed ? literal : parsed;
}

function readParameters(
  text: string,
  at: number,
  { unquoted, comments }: ParameterRules,
  escapes: QuotedStringEscapes,
): ParsedParameters {
  const skipBetween = comments ? skipComments : skipSpace;
  const isLine = unquoted === "line";
  const parameters: Parameter[] = [];
  let isWellFormed = true;
  for (;;) {
    at = skipBetween(text, at);
    if (at < text.length && text[at] !== ";") {
      isWellFormed = false;
      at = skip(UNQUOTED.line, text, at);
    }
    if (at === text.length) return { parameters, isWellFormed };
    const start = skipBetween(text, at + 1);
    at = start;
    // An empty parameter is not an error (RFC 9110, section 5.6.6).
    if (at === text.length || text[at] === ";") continue;

    const nameEnd = skipToken(text, start);
    at = isLine ? nameEnd : skipBetween(text, nameEnd);
    let isRead = nameEnd > start && text[at] === "=";
    // A value is read even after an invalid name, since it may contain a `;`.
    if (!isRead) at = skip(BEFORE_VALUE, text, at);
    if (text[at] === "=") {
      at = isLine ? at + 1 : skipBetween(text, at + 1);
      const isQuoted = text[at] === '"';
      const { value, end, closed } = isQuoted
        ? readQuotedString(text, at, escapes)
        : readUnquoted(text, at, unquoted);
      at = end;
      isRead &&= closed || (isLine && isQuoted);
      if (isRead) {
        const name = text.slice(start, nameEnd).toLowerCase();
        parameters.push({ name, value });
      }
    }
    isWellFormed &&= isRead;
  }
}

/** Reads a value without quotes; an empty one is not `closed`. */
function readUnquoted(
  text: string,
  at: number,
  unquoted: ParameterRules["unquoted"],
): QuotedString {
  const end = skip(UNQUOTED[unquoted], text, at);
  const value = trimSpaceEnd(text, at, end);
  return { value, end, closed: value !== "" };
}

const UNQUOTED = {
  token: TOKEN,
  any: /[^; \t]*/y,
  line: /[^;]*/y,
};
const BEFORE_VALUE = /[^;=]*/y;

/** The first value of a parameter. */
export function firstValue(
  parameters: readonly Parameter[],
  name: string,
): string | undefined {
  return parameters.find((parameter) => parameter.name === name)?.value;
}

/** Formats `;name=value`, with quotes if the value is not a token. */
export function formatParameter(name: string, value: string): string {
  if (isToken(value)) return `;${name}=${value}`;
  return `;${name}="${value.replace(/["\\]/g, "\\$&")}"`;
}

/** RFC 8187's attr-char: a token's characters except `*`, `'` and `%`. */
const ATTRIBUTE_CHARACTER = /[\w!#$&+.^`|~-]/;
const VALUE_CHARACTERS = /^(?:[\w!#$&+.^`|~-]|%[0-9a-f]{2})*$/i;

/** RFC 8187's ext-value: `charset'language'value`. */
const EXTENDED_VALUE = /^([^']+)'[^']*'([^]*)$/;

/**
 * Decodes RFC 8187's `charset'language'value`; `undefined` if it is missing,
 * malformed, or in a charset that this runtime does not know.
 */
export function decodeExtendedValue(text = ""): string | undefined {
  const [, charset = "", encoded] = EXTENDED_VALUE.exec(text) ?? [];
  const bytes = percentDecode(encoded);
  return bytes === undefined ? undefined : decodeStrictly(bytes, charset);
}

/** Formats RFC 8187's `UTF-8''value`. */
export function encodeExtendedValue(text: string): string {
  let encoded = "UTF-8''";
  for (const byte of encodeUtf8(text)) {
    const character = String.fromCharCode(byte);
    encoded += ATTRIBUTE_CHARACTER.test(character)
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
  // The first of duplicate sections counts.
  const values = new Map(
    [...parameters].reverse().map(({ name, value }) => [name, value]),
  );
  // Bytes, not text, since two sections may split a character.
  let joined: string | undefined;
  let charset: string | undefined;
  for (let number = 0;; number++) {
    const section = values.get(`${name}*${number}`);
    let encoded = values.get(`${name}*${number}*`);
    if (section === undefined) {
      if (encoded === undefined) break;
      if (number === 0) {
        [, charset, encoded] = EXTENDED_VALUE.exec(encoded) ?? [];
      }
      encoded = percentDecode(encoded);
      if (encoded === undefined) return undefined;
    }
    joined = (joined ?? "") + (section ?? encoded);
  }
  if (joined === undefined) return undefined;
  return charset === undefined
    ? decodeByteString(joined)
    : decodeStrictly(joined, charset);
}

/** Decodes a percent-encoded value to a byte string. */
function percentDecode(text: string | undefined): string | undefined {
  if (text === undefined || !VALUE_CHARACTERS.test(text)) return undefined;
  return text.replace(
    /%(..)/g,
    (_, digits) => String.fromCharCode(parseInt(digits, 16)),
  );
}
