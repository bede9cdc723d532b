/** How runtimes read a form differently from what was put in. */

import { byteString } from "../../fuzz/outcome.ts";

/** An entry of a form. */
export interface Entry {
  name: string | undefined;
  filename: string | undefined;
  /** Only files have one. */
  type: string | undefined;
  content: Uint8Array;
}

/**
 * A runtime's own result where it deviates from the standards: entries, or an
 * error.
 */
export type Deviation = (sent: Entry[]) => Entry[] | "refused";

/** A deviation, and the runtimes that have it. */
interface Known {
  readonly of: readonly string[];
  readonly does: Deviation;
}

/**
 * Node, and undici, whose parser Node uses: `%22` is read as a quotation mark.
 */
const decodesPercent: Deviation = (sent) =>
  sent.map((entry) => ({
    ...entry,
    name: entry.name && decodeURIComponent(entry.name),
    filename: entry.filename && decodeURIComponent(entry.filename),
  }));

/** Chromium and workerd: `\b` is read as `b`, as in a quoted-string. */
const unescapes: Deviation = (sent) =>
  sent.map((entry) => ({
    ...entry,
    name: entry.name?.replaceAll("\\", ""),
    filename: entry.filename?.replaceAll("\\", ""),
  }));

/** Deno: a value ends at a semicolon, even in quotes. */
const splitsAtSemicolons: Deviation = (sent) => {
  const cut = (text: string | undefined) =>
    text?.includes(";") ? `"${text.split(/[;=]/, 1)[0]}` : text;
  return sent.map((entry) => ({
    ...entry,
    name: cut(entry.name),
    filename: cut(entry.filename),
  }));
};

/** Bun: the file's name determines the type, whatever Content-Type says. */
const typesByExtension: Deviation = (sent) =>
  sent.map((entry) =>
    entry.filename?.endsWith(".bin")
      ? { ...entry, type: "application/octet-stream" }
      : entry
  );

/** Bun and Deno: an entry with an empty name is missing. */
const leavesOutUnnamed: Deviation = (sent) =>
  sent.filter(({ name }) => name !== "");

/** Bun and workerd: a file with an empty name is read as a field. */
const takesForField: Deviation = (sent) =>
  sent.map((entry) =>
    entry.filename === ""
      ? { ...entry, filename: undefined, type: undefined }
      : entry
  );

/** WebKit: an entry whose name has characters beyond Latin-1 is missing. */
const leavesOutBeyondLatin1: Deviation = (sent) =>
  sent.filter(({ name = "" }) => !/[^\0-\xff]/.test(name));

/** WebKit: a boundary in the middle of a line ends the value and the form. */
const endsInTheMiddleOfALine: Deviation = ([first]) => {
  if (first === undefined) return [];
  const text = byteString(first.content);
  const end = text.indexOf("--interop-boundary") - "\r\n".length;
  return [{ ...first, content: first.content.subarray(0, end) }];
};

const refuses: Deviation = () => "refused";

/**
 * The deviations by case. `../differences.md` says who is right. A test does
 * not check which runtime it is on: it accepts the standard's result or any of
 * these.
 */
export const deviations: Readonly<Record<string, readonly Known[]>> = {
  "unicode in names": [
    { of: ["bun"], does: typesByExtension },
    { of: ["webkit"], does: leavesOutBeyondLatin1 },
  ],
  "punctuation in names": [
    { of: ["deno"], does: splitsAtSemicolons },
    { of: ["bun"], does: typesByExtension },
  ],
  "quotes in names": [{ of: ["node"], does: decodesPercent }],
  "line breaks in names": [{ of: ["node"], does: decodesPercent }],
  "backslashes in names": [{ of: ["chromium", "workerd"], does: unescapes }],
  "an empty name": [
    { of: ["bun", "deno"], does: leavesOutUnnamed },
    { of: ["workerd"], does: refuses },
  ],
  "an empty file name": [{ of: ["bun", "workerd"], does: takesForField }],
  "lines like delimiters": [{ of: ["bun"], does: typesByExtension }],
  "the boundary in the middle of lines": [
    { of: ["bun", "node"], does: refuses },
    { of: ["webkit"], does: endsInTheMiddleOfALine },
  ],
};
