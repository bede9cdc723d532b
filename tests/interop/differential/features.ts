/** What is in a body that peers stumble over. */
import type { Sample } from "../../fuzz/bodies.ts";
import type { Verdict } from "./verdict.ts";

/** Something that is in some bodies; ours is what we make of one. */
export type Feature = (sample: Sample, ours: Verdict) => boolean;

/** What shows in the bytes. */
export function matches(pattern: RegExp): Feature {
  return ({ text }) => pattern.test(text);
}

/** A space or a tab between a delimiter and its line break. */
export const padding = matches(/-[^\r\n]*[ \t](--)?[ \t]*\r\n|-[ \t]+$/);

export const noParts: Feature = (_, { parts }) => parts.length === 0;

export const bareLineFeed = matches(/(?:^|[^\r])\n/);

export const emptyName = matches(/name=""/);

export const quoteInName = matches(/\\"/);

/** Two fields of one head. */
export const twoTypes = matches(
  /content-type:.*\r\n(?:\S.*\r\n)*content-type:/i,
);

/** Not the delimiter itself: that is at the beginning of a line. */
export const boundaryWithinLines: Feature = (sample) =>
  withoutDelimiters(sample).includes(sample.options.boundary);

/** The boundary with the two dashes before it. */
export const dashedBoundaryWithinLines: Feature = (sample) =>
  withoutDelimiters(sample).includes(`--${sample.options.boundary}`);

function withoutDelimiters({ text, options }: Sample): string {
  return `\r\n${text}`.replaceAll(`\r\n--${options.boundary}`, "\r\n");
}

/** Another one, in what follows the close delimiter. */
export const delimiterBehindLast: Feature = ({ text, options }) => {
  const delimiter = `\r\n--${options.boundary}`;
  const end = `\r\n${text}`.indexOf(`${delimiter}--`);
  return end >= 0 && text.indexOf(delimiter, end + 1) >= 0;
};

/** A head with the empty line behind it, and a delimiter at once. */
/** A delimiter behind another, with no blank line in between to end a head. */
export const delimiterInHead: Feature = ({ text, options }) =>
  text.split(`--${options.boundary}`).slice(1, -1)
    .some((part) => !part.includes("\r\n\r\n"));

export const noBody: Feature = ({ text, options }, { parts }) =>
  parts.some(({ content }) => content === "") &&
  text.replaceAll(/[^\r\n]\r\n\r\n/g, "{head}")
    .includes(`{head}--${options.boundary}`);

/** One that is not spelled as a media type is when it is serialized. */
export const oddType = matches(
  /[Cc]ontent-[Tt]ype:(?! ?[a-z-]+\/[a-z-]+(?:; ?[a-z]+=[a-z0-9-]+)*\r\n)/,
);

export const spaceBeforeColon = matches(/^\S+[ \t]+:/m);

/** The name, or a file's name. */
export const tokenName = matches(/name=[^"]/);

/** A boundary that looks so. */
export function boundaryIs(pattern: RegExp): Feature {
  return ({ options }) => pattern.test(options.boundary);
}

/** A field that has U+FFFD where its bytes are not UTF-8. */
export const noUtf8: Feature = (_, { parts }) =>
  parts.some(({ filename, content }) =>
    filename === undefined && content.includes("\xef\xbf\xbd")
  );
