/**
 * A part's header fields as bytes: the lines up to the empty one (RFC 5322,
 * section 2.2; RFC 2046, section 5.1).
 *
 * @module
 */
import { excerpt, MultipartError } from "./errors.ts";
import { isToken, trimSpace } from "./parameters.ts";

/** A field name in lower case, and the value without the space around it: byte strings. */
export type HeaderField = readonly [name: string, value: string];

/** What a profile makes of lines that the standards read differently. */
export interface HeaderRules {
  /** A line that starts with a space or tab: `unfold` joins it to the line before. */
  readonly folding: "reject" | "unfold";
  /** Space or tab before a field name, or between it and the colon. */
  readonly fieldNameSpace: "reject" | "trim";
}

/** Where in the whole input a header block stands. */
export interface HeaderPlace {
  /** Bytes before it. */
  readonly offset: number;
  /** The part that it belongs to. */
  readonly partIndex: number;
}

/**
 * Splits a header block into its fields.
 *
 * @param block The lines, each with its line ending, without the empty line;
 * bare CR, bare LF and NUL have been ruled out.
 * @param limit The fields that are allowed.
 * @param place Where the block begins, for errors.
 * @throws {MultipartError} `invalid-header`, or `header-too-large` over `limit`.
 */
export function parseHeaderBlock(
  block: string,
  rules: HeaderRules,
  limit: number,
  place: HeaderPlace,
): HeaderField[] {
  const fields: HeaderField[] = [];
  for (let start = 0; start < block.length;) {
    const lineFeed = block.indexOf("\n", start);
    let next = lineFeed + 1;
    let line = withoutLineEnding(block, start, lineFeed);
    if (rules.folding === "unfold" && isSpace(block, next)) {
      const lines = [line];
      while (isSpace(block, next)) {
        const end = block.indexOf("\n", next);
        lines.push(withoutLineEnding(block, next, end));
        next = end + 1;
      }
      line = lines.join("");
    }
    if (fields.length === limit) {
      throw new MultipartError(
        "header-too-large",
        `Cannot read header fields: there are more than ${limit}`,
        placeAt(place, start),
      );
    }
    // The first line continues none: the space before it is not a fold.
    if (rules.folding === "reject" && start > 0 && isSpace(block, start)) {
      throw malformed(line, "it is folded", placeAt(place, start));
    }
    fields.push(parseLine(line, rules, placeAt(place, start)));
    start = next;
  }
  return fields;
}

function parseLine(
  line: string,
  rules: HeaderRules,
  place: HeaderPlace,
): HeaderField {
  const colon = line.indexOf(":");
  if (colon < 0) throw malformed(line, "it has no colon", place);
  const name = rules.fieldNameSpace === "trim"
    ? trimSpace(line, 0, colon)
    : line.slice(0, colon);
  if (!isToken(name)) throw malformed(line, "its name is not a token", place);
  return [name.toLowerCase(), trimSpace(line, colon + 1)];
}

function withoutLineEnding(
  block: string,
  start: number,
  lineFeed: number,
): string {
  return block.slice(
    start,
    block[lineFeed - 1] === "\r" ? lineFeed - 1 : lineFeed,
  );
}

function isSpace(text: string, at: number): boolean {
  return text[at] === " " || text[at] === "\t";
}

function placeAt(place: HeaderPlace, distance: number): HeaderPlace {
  return { ...place, offset: place.offset + distance };
}

function malformed(
  line: string,
  state: string,
  place: HeaderPlace,
): MultipartError {
  return new MultipartError(
    "invalid-header",
    `Cannot read header line ${excerpt(line)}: ${state}`,
    place,
  );
}
