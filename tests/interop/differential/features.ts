/** Features of bodies that peers read in other ways. */
import type { Sample } from "../../fuzz/bodies.ts";
import type { Verdict } from "./verdict.ts";

/** Whether a body has a feature. `ours` is this library's result. */
export type Feature = (sample: Sample, ours: Verdict) => boolean;

/** A feature that a pattern finds in the bytes. */
export function matches(pattern: RegExp): Feature {
  return ({ text }) => pattern.test(text);
}

/** A space or a tab between a delimiter and its line break. */
export const padding = matches(/-[^\r\n]*[ \t](--)?[ \t]*\r\n|-[ \t]+$/);

export const noParts: Feature = (_, { parts }) => parts.length === 0;

export const bareLineFeed = matches(/(?:^|[^\r])\n/);

export const emptyName = matches(/name=""/);

export const quoteInName = matches(/\\"/);

/** Two Content-Type fields in one head. */
export const twoTypes = matches(
  /content-type:.*\r\n(?:\S.*\r\n)*content-type:/i,
);

/** The boundary within a line. A delimiter is at the beginning of a line. */
export const boundaryWithinLines: Feature = (sample) =>
  withoutDelimiters(sample).includes(sample.options.boundary);

/** The boundary with the two dashes before it. */
export const dashedBoundaryWithinLines: Feature = (sample) =>
  withoutDelimiters(sample).includes(`--${sample.options.boundary}`);

function withoutDelimiters({ text, options }: Sample): string {
  return `\r\n${text}`.replaceAll(`\r\n--${options.boundary}`, "\r\n");
}

/** Another delimiter after the close delimiter. */
export const delimiterBehindLast: Feature = ({ text, options }) => {
  const delimiter = `\r\n--${options.boundary}`;
  const end = `\r\n${text}`.indexOf(`${delimiter}--`);
  return end >= 0 && text.indexOf(delimiter, end + 1) >= 0;
};

/** A delimiter after another, with no blank line in between to end a head. */
export const delimiterInHead: Feature = ({ text, options }) =>
  text.split(`--${options.boundary}`).slice(1, -1)
    .some((part) => !part.includes("\r\n\r\n"));

/** A head with its blank line, and a delimiter directly after it. */
export const noBody: Feature = ({ text, options }, { parts }) =>
  parts.some(({ content }) => content === "") &&
  text.replaceAll(/[^\r\n]\r\n\r\n/g, "{head}")
    .includes(`{head}--${options.boundary}`);

/** A Content-Type that is not in its serialized form. */
export const oddType = matches(
  /[Cc]ontent-[Tt]ype:(?! ?[a-z-]+\/[a-z-]+(?:; ?[a-z]+=[a-z0-9-]+)*\r\n)/,
);

export const spaceBeforeColon = matches(/^\S+[ \t]+:/m);

/** A name or filename that is not quoted. */
export const tokenName = matches(/name=[^"]/);

/** A boundary that matches the pattern. */
export function boundaryIs(pattern: RegExp): Feature {
  return ({ options }) => pattern.test(options.boundary);
}

/** A field in which U+FFFD replaces bytes that are not UTF-8. */
export const noUtf8: Feature = (_, { parts }) =>
  parts.some(({ filename, content }) =>
    filename === undefined && content.includes("\xef\xbf\xbd")
  );
