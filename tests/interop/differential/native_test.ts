/**
 * Compares how the `formData()` of each runtime reads random forms. Every
 * difference must be listed in `../differences.md`, under "Random bodies".
 */
import { type Peer, testPeer } from "./comparison.ts";
import {
  changes,
  type Difference,
  dropsByteOrderMarks,
  leavesOutUnnamed,
  tellsOwnNames,
  tellsOwnTypes,
} from "./difference.ts";
import {
  bareLineFeed,
  boundaryIs,
  boundaryWithinLines,
  dashedBoundaryWithinLines,
  delimiterBehindLast,
  emptyName,
  matches,
  noBody,
  noParts,
  noUtf8,
  oddType,
  padding,
  quoteInName,
  spaceBeforeColon,
  tokenName,
  twoTypes,
} from "./features.ts";
import {
  node,
  startBun,
  startChromium,
  startDeno,
  startFirefox,
  startWorkerd,
} from "./natives.ts";
import { readForm } from "./ours.ts";
import { oneByOne } from "./verdict.ts";

const refusesPadding: Difference = {
  name: "padding behind a delimiter",
  where: padding,
  makes: "refusal",
};

/**
 * A delimiter with padding does not count, unless it is the close delimiter.
 */
const takesNoPadding: Difference = { ...refusesPadding, makes: "anything" };

/** `\"` is not unescaped. */
function keepsEscapes(around = ""): Difference {
  return {
    name: "a quote in a name",
    makes: changes(({ filename = "" }) => ({
      filename: filename.includes('"')
        ? around + filename.replaceAll('"', '\\"') + around
        : filename,
    })),
  };
}

const keepsSpaces: Difference = {
  name: "a space before a value",
  where: matches(/name= /),
  makes: tellsOwnNames(() => true),
};

/** Gives another default type to a file without a type. */
function defaultsTo(other: string): Difference {
  return {
    name: "a file without a type",
    makes: changes(({ type }) => ({
      type: type === "text/plain" ? other : type,
    })),
  };
}

/** Takes the delimiter that follows the head for data. */
const takesNoEmptiness: Difference = {
  name: "a part without a body",
  where: noBody,
  makes: "anything",
};

const tellsOddTypes: Difference = {
  name: "an odd Content-Type",
  where: oddType,
  makes: tellsOwnTypes,
};

const tellsOneOfTwoTypes: Difference = {
  name: "two Content-Types",
  where: twoTypes,
  makes: tellsOwnTypes,
};

const dropsBackslashes: Difference = {
  name: "backslashes in names",
  makes: tellsOwnNames((name) => name.includes("\\")),
};

/** Splits quoted values too. Deno does the same at `=`. */
const splitsQuoted: Difference = {
  name: "punctuation in names",
  makes: tellsOwnNames((name) => /[;=]/.test(name)),
};

const dropsMark: Difference = {
  name: "a byte order mark",
  makes: dropsByteOrderMarks,
};

const runtimes: readonly Pick<Peer, "name" | "start" | "differences">[] = [
  {
    name: "Node",
    start: () => node,
    differences: [
      refusesPadding,
      {
        name: "base64 in a form",
        where: matches(/transfer-encoding: base64/i),
        makes: "anything",
      },
      { name: "a quote in a name", where: quoteInName, makes: "refusal" },
      {
        name: "a boundary of dashes",
        where: boundaryIs(/^-+$/),
        makes: "refusal",
      },
      {
        name: "the boundary in the middle of lines",
        where: boundaryWithinLines,
        makes: "refusal",
      },
      { ...takesNoEmptiness, makes: "refusal" },
      tellsOddTypes,
    ],
  },
  {
    name: "Deno",
    start: startDeno,
    differences: [
      takesNoPadding,
      { name: "a multipart without parts", where: noParts, makes: "refusal" },
      { name: "an empty name", makes: leavesOutUnnamed },
      keepsEscapes('"'),
      keepsSpaces,
      splitsQuoted,
      defaultsTo("application/octet-stream"),
      tellsOddTypes,
      dropsMark,
      {
        name: "a space before a colon",
        where: spaceBeforeColon,
        makes: "refusal",
      },
      {
        name: "a delimiter behind the last",
        where: (sample, ours) =>
          noParts(sample, ours) && delimiterBehindLast(sample, ours),
        makes: "anything",
      },
      {
        name: "a boundary with a colon",
        where: ({ text, options }) =>
          text.startsWith("\r\n") && options.boundary.includes(":"),
        makes: "refusal",
      },
    ],
  },
  {
    name: "Bun",
    start: startBun,
    differences: [
      takesNoPadding,
      {
        name: "the boundary in the middle of lines",
        where: dashedBoundaryWithinLines,
        makes: "anything",
      },
      {
        name: "a delimiter behind the last",
        where: delimiterBehindLast,
        makes: "anything",
      },
      {
        name: "a boundary with a quote",
        where: boundaryIs(/"/),
        makes: "refusal",
      },
      { name: "an empty name", makes: leavesOutUnnamed },
      keepsEscapes(),
      keepsSpaces,
      { name: "a type behind Content-Disposition", makes: tellsOwnTypes },
      dropsMark,
    ],
  },
  {
    name: "workerd",
    start: startWorkerd,
    differences: [
      refusesPadding,
      takesNoEmptiness,
      { name: "an LF alone", where: bareLineFeed, makes: "anything" },
      {
        name: "a name that is a token",
        where: tokenName,
        makes: "anything",
      },
      { name: "an empty name", where: emptyName, makes: "refusal" },
      tellsOneOfTwoTypes,
      tellsOddTypes,
      dropsBackslashes,
      defaultsTo(""),
    ],
  },
  {
    name: "Chromium",
    start: startChromium,
    differences: [
      takesNoEmptiness,
      { name: "text that is not UTF-8", where: noUtf8, makes: "refusal" },
      dropsBackslashes,
      tellsOneOfTwoTypes,
      tellsOddTypes,
    ],
  },
  {
    name: "Firefox",
    start: startFirefox,
    differences: [
      refusesPadding,
      {
        name: "a boundary that is not a token",
        where: boundaryIs(/[^!#$%&'*+.^_`|~\w-]/),
        makes: "refusal",
      },
      {
        name: "a quote in a name",
        makes: tellsOwnNames((name) => name.includes('"')),
      },
      {
        name: "spaces in names",
        makes: tellsOwnNames((name) => /^ | {2}| $/.test(name)),
      },
      splitsQuoted,
      { ...takesNoEmptiness, makes: "refusal" },
      tellsOddTypes,
      {
        name: "a boundary of dashes",
        where: boundaryIs(/^-+$/),
        makes: () => [],
      },
      {
        name: "the boundary in the middle of lines",
        where: boundaryWithinLines,
        makes: "anything",
      },
    ],
  },
];

for (const runtime of runtimes) {
  testPeer({ ...runtime, kinds: ["form"], ours: oneByOne(readForm) });
}
