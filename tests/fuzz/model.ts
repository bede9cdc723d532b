/**
 * A second multipart reader, as simple as possible: it has the whole input at
 * once, and searches it with regular expressions. It covers forms and mail with
 * plain heads and without limits, and nothing else.
 */
import { FORM_HEADS, type Sample } from "./bodies.ts";

/** The result for an input. */
export interface Verdict {
  /** The contents of the complete parts. */
  readonly contents: readonly string[];
  /** `end`, or the code of an error. */
  readonly ending: string;
}

/** Returns `undefined` for inputs that the model does not cover. */
export function model({ text, options }: Sample): Verdict | undefined {
  const { boundary, profile, lineEndings, dashedBoundary, limits } = options;
  const isForm = profile === "form-data";
  const isCamera = profile === "mixed-replace";
  if (isCamera || dashedBoundary || Object.keys(limits ?? {}).length > 0) {
    return undefined;
  }
  const lineBreak = lineEndings === "any" ? "\\r?\\n" : "\\r\\n";
  const padding = `[ \\t]{0,${isForm ? 256 : 16 * 1024}}`;
  const delimiter = new RegExp(`${lineBreak}--${escaped(boundary)}`, "g");
  const rest = new RegExp(`(--)?${padding}(?:${lineBreak}|(\\r?$))`, "y");
  const unfinished = new RegExp(`^(?:-|(?:--)?${padding}\\r?)$`);
  const line = new RegExp(`([^]*?)${lineBreak}`, "y");

  // A delimiter may be at the very beginning.
  const input = `\r\n${text}`;
  const isDelimiterLine = (start: number): boolean => {
    if (!input.startsWith(`--${boundary}`, start)) return false;
    rest.lastIndex = start + 2 + boundary.length;
    const end = rest.exec(input);
    return end !== null && (end[2] === undefined || end[1] !== undefined);
  };
  const contents: string[] = [];
  const over = (ending: string): Verdict => ({ contents, ending });
  let from = 0;
  let bodyStart = 2;
  for (let begun = 0;;) {
    delimiter.lastIndex = from;
    const found = delimiter.exec(input);
    if (isForm && begun === 0 && (found === null || found.index > 2)) {
      const starts = [`--${boundary}`, `\r\n--${boundary}`];
      if (lineEndings === "any") starts.push(`\n--${boundary}`);
      const isStart = starts.some((start) => start.startsWith(text));
      return over(isStart ? "truncated" : "invalid-preamble");
    }
    if (found === null) return over("truncated");
    const behind = found.index + found[0].length;
    rest.lastIndex = behind;
    const end = rest.exec(input);
    const isClose = end?.[1] !== undefined;
    if (end === null || (end[2] !== undefined && !isClose)) {
      if (unfinished.test(input.slice(behind))) return over("truncated");
      if (isForm) return over("invalid-delimiter");
      from = behind;
      continue;
    }
    if (begun > 0) {
      contents.push(input.slice(bodyStart, Math.max(bodyStart, found.index)));
    } else if (isClose && !/^[\r\n \t]*$/.test(input.slice(0, found.index))) {
      return over("invalid-preamble");
    }
    if (isClose) return over("end");
    begun++;

    const lines: string[] = [];
    line.lastIndex = behind + end[0].length;
    for (;;) {
      from = line.lastIndex;
      if (!isForm && isDelimiterLine(from)) {
        // The line break before the delimiter belongs to the head's last line.
        bodyStart = from;
        from -= lineEndings === "any" ? 1 : 2;
        break;
      }
      const one = line.exec(input);
      if (one === null) {
        return isPlain(input.slice(from)) ? over("truncated") : undefined;
      }
      bodyStart = line.lastIndex;
      if (one[1] === "") break;
      if (!/^[a-z-]+:[\t -~\x80-\xff]*$/i.test(one[1])) return undefined;
      lines.push(one[1]);
    }
    if (lines.length > 64) return undefined;
    if (isForm && lines.length === 0) return over("invalid-header");
    const named = lines.filter((one) => /^content-disposition:/i.test(one));
    if (isForm && named.some((one) => !FORM_HEADS.includes(one))) {
      return undefined;
    }
    if (isForm && named.length !== 1) return over("invalid-disposition");
  }
}

function isPlain(text: string): boolean {
  return /^[\t -~\x80-\xff]*\r?$/.test(text);
}

function escaped(text: string): string {
  return text.replace(/[^a-z ]/gi, "\\$&");
}
