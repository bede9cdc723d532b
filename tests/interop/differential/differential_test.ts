/**
 * Compares how other parsers read random bodies. Every difference must be
 * listed in `../differences.md`, under "Random bodies".
 */
import { type Peer, testPeer } from "./comparison.ts";
import {
  bareLineFeed,
  delimiterBehindLast,
  delimiterInHead,
  emptyName,
  type Feature,
  matches,
  noBody,
  noParts,
  padding,
  spaceBeforeColon,
} from "./features.ts";
import type { Difference } from "./difference.ts";
import { readParts } from "./ours.ts";
import { busboy, startGo, startPython } from "./peers.ts";
import { oneByOne } from "./verdict.ts";

/** The peer's result for such bodies has no known rule. */
function anything(name: string, where: Feature): Difference {
  return { name, where, makes: "anything" };
}

const peers: readonly Omit<Peer, "ours">[] = [
  {
    name: "Go mime/multipart",
    start: startGo,
    kinds: ["form", "mail"],
    differences: [],
  },
  {
    name: "Python email",
    start: startPython,
    kinds: ["form", "mail"],
    differences: [
      anything("a multipart without parts", noParts),
      anything("a delimiter within a head", delimiterInHead),
      anything("an LF alone", bareLineFeed),
      anything("names in UTF-8", matches(/name="\xc3/)),
      anything("a CR alone", matches(/\r(?!\n)/)),
      anything("a space before a colon", spaceBeforeColon),
      anything("a part that claims to be a multipart", matches(/multipart\//)),
    ],
  },
  {
    name: "busboy",
    start: () => ({ judge: oneByOne(busboy) }),
    kinds: ["form"],
    differences: [
      anything("padding behind a delimiter", padding),
      anything("an empty name", emptyName),
      anything("a space before a colon", spaceBeforeColon),
      anything("a space before a value", matches(/name= /)),
      anything("a part without a body", noBody),
      anything("a delimiter behind the last", delimiterBehindLast),
    ],
  },
];

for (const peer of peers) {
  testPeer({ ...peer, ours: oneByOne(readParts) });
}
