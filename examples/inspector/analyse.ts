import {
  MultipartError,
  MultipartParser,
  type MultipartProfile,
  type PartHead,
} from "@tributary/multipart";

/** A run of bytes of one kind. */
export interface Piece {
  readonly kind:
    | "header"
    | "preamble"
    | "delimiter"
    | "head"
    | "body"
    | "epilogue"
    | "unread";
  /** The position in the input. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** A part, with its head and its body. */
export interface Part {
  /** Its indexes from the outermost multipart on, counted from 0. */
  readonly path: readonly number[];
  readonly head: PartHead;
  /** The body as it was sent, with its encodings. */
  body: Uint8Array;
}

export interface Analysis {
  readonly boundary: string;
  readonly profile: MultipartProfile;
  readonly pieces: Piece[];
  readonly parts: Part[];
  problem?: { code: string; message: string; offset: number };
}

export interface AnalyseOptions {
  /** By default, from the input's header or its first delimiter. */
  boundary?: string;
  /** By default, from the media type in the input's header. */
  profile?: MultipartProfile;
}

/** The library's own limit. */
const MAX_DEPTH = 8;

/**
 * Splits a multipart body at its delimiters and heads.
 *
 * @param input The body, or a message or mail: header fields followed by the
 *   body.
 * @throws {TypeError} If the input does not name a boundary.
 */
export function analyse(
  input: Uint8Array,
  { boundary, profile }: AnalyseOptions = {},
): Analysis {
  const header = headerOf(input);
  const body = input.subarray(header.length);
  const found = boundary || header.boundary || firstBoundary(body);
  if (!found) {
    throw new TypeError(
      "Cannot find the boundary: no line begins with two dashes. Type it in.",
    );
  }
  const analysis: Analysis = {
    boundary: found,
    profile: profile ?? header.profile ?? "form-data",
    pieces: [],
    parts: [],
  };
  if (header.length > 0) {
    const bytes = input.subarray(0, header.length);
    analysis.pieces.push({ kind: "header", offset: 0, bytes });
  }
  cut(body, header.length, found, analysis);
  return analysis;
}

/** Splits the outermost multipart, and lists the parts within its parts. */
function cut(
  body: Uint8Array,
  start: number,
  boundary: string,
  analysis: Analysis,
): void {
  const { pieces, parts, profile } = analysis;
  const parser = new MultipartParser({ boundary, profile });
  let offset = 0;
  const take = (kind: Piece["kind"], end: number) => {
    const last = pieces.at(-1);
    if (end <= offset && kind !== "body") return;
    const bytes = body.subarray(offset, end);
    if (kind === "body" && last?.kind === "body") {
      const from = last.offset - start;
      pieces[pieces.length - 1] = {
        ...last,
        bytes: body.subarray(from, end),
      };
    } else pieces.push({ kind, offset: start + offset, bytes });
    offset = end;
  };
  const endPart = () => {
    const part = parts.at(-1);
    const last = pieces.at(-1);
    if (!part || last?.kind !== "body") return;
    part.body = last.bytes;
    listNested(part, last.bytes, parts);
  };
  try {
    parser.push(body);
    parser.end();
    for (;;) {
      const event = parser.next();
      if (event.type === "part") {
        // The first delimiter, or one after a body that ended by its length.
        const line = lineOf(boundary, body.subarray(offset, parser.offset));
        if (line !== undefined) {
          const end = offset + line.from + line.length;
          if (parts.length === 0) take("preamble", offset + line.from);
          take("delimiter", end);
        }
        take("head", parser.offset);
        parts.push({
          path: [event.head.index],
          head: event.head,
          body: new Uint8Array(),
        });
        take("body", offset);
      } else if (event.type === "data") {
        take("body", offset + event.data.length);
      } else if (event.type === "part-end") {
        endPart();
        take("delimiter", parser.offset);
      } else {
        take(event.type === "end" ? "epilogue" : "unread", body.length);
        return;
      }
    }
  } catch (error) {
    if (!(error instanceof MultipartError)) throw error;
    const { code, message } = error;
    analysis.problem = {
      code,
      message,
      offset: start + (error.offset ?? offset),
    };
    endPart();
    take("unread", body.length);
  }
}

/** Lists the parts of a nested multipart after it. */
function listNested(part: Part, body: Uint8Array, parts: Part[]): void {
  const { head, path } = part;
  if (!head.isMultipart || path.length >= MAX_DEPTH) return;
  const boundary = firstBoundary(body);
  if (!boundary) return;
  const inner: Analysis = { boundary, profile: "mime", pieces: [], parts: [] };
  cut(body, 0, boundary, inner);
  for (const nested of inner.parts) {
    parts.push({ ...nested, path: [...path, ...nested.path] });
  }
}

interface Header {
  readonly length: number;
  readonly boundary?: string;
  readonly profile?: MultipartProfile;
}

/** Returns the header of a message or mail before the body, if there is one. */
function headerOf(input: Uint8Array): Header {
  const text = latin1(input.subarray(0, 64 * 1024));
  const [block = ""] =
    /^(?:[A-Z]+ \S+ HTTP\/[\d.]+\r?\n|HTTP\/[\d.]+ \d{3}[^\n]*\n)?(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)+\r?\n/
      .exec(text) ?? [];
  const [, subtype = "", parameters = ""] =
    /^content-type:\s*multipart\/([\w.+-]+)([^\n]*(?:\n[ \t][^\n]*)*)/im.exec(
      block,
    ) ?? [];
  if (subtype === "") return { length: 0 };
  const [, quoted, bare] = /\bboundary=(?:"([^"]*)"|([^\s;]+))/i
    .exec(parameters) ?? [];
  return {
    length: block.length,
    boundary: quoted ?? bare,
    profile: profileOf(subtype.toLowerCase()),
  };
}

function profileOf(subtype: string): MultipartProfile {
  if (subtype === "form-data") return "form-data";
  return subtype === "x-mixed-replace" ? "mixed-replace" : "mime";
}

/** Returns the boundary in the first line that begins with two dashes. */
function firstBoundary(body: Uint8Array): string | undefined {
  const text = latin1(body.subarray(0, 64 * 1024));
  return /(?:^|\n)--([^\r\n]{1,70}?)[ \t]*\r?\n/.exec(text)?.[1];
}

/** Finds a delimiter's line in these bytes. Returns its position and length. */
function lineOf(
  boundary: string,
  bytes: Uint8Array,
): { from: number; length: number } | undefined {
  const text = latin1(bytes);
  const delimiter = `--${boundary.replace(/^--/, "")}`;
  const from = text.startsWith(delimiter)
    ? 0
    : text.indexOf(`\n${delimiter}`) + 1;
  const end = text.indexOf("\n", from);
  if (!text.startsWith(delimiter, from) || end < 0) return undefined;
  return { from, length: end + 1 - from };
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
