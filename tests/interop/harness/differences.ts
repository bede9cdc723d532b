/**
 * Differences that several peers share. `differences.md` lists each, and says
 * who is right.
 */
import type { SentPart } from "../composer.ts";
import type { Difference } from "./peer.ts";

/** The peer reports other names or filenames. */
export function renames(
  change: (name: string) => string,
  which: readonly ("name" | "filename")[] = ["name", "filename"],
): Difference {
  return changes((part) => {
    const changed = (key: "name" | "filename") => {
      const value = part[key];
      return value !== undefined && which.includes(key) ? change(value) : value;
    };
    return { ...part, name: changed("name"), filename: changed("filename") };
  });
}

/** The peer reports changed parts. */
export function changes(change: (part: SentPart) => SentPart): Difference {
  return { tells: (parts) => parts.map(change) };
}

/** The peer leaves out parts. */
export function leavesOut(isLeftOut: (part: SentPart) => boolean): Difference {
  return { tells: (parts) => parts.filter((part) => !isLeftOut(part)) };
}

/** Of parts with the same name, the peer reports the last. */
export const keepsTheLast: Difference = {
  tells: (parts) =>
    parts.filter(({ name }, at) =>
      at === parts.findLastIndex((part) => part.name === name)
    ),
};

/** The peer reads `\b` as `b`, as in a quoted-string. */
export const unescapesBackslashes: Difference = renames((name) =>
  name.replaceAll("\\", "")
);

/** The peer reports only the last component of a path. */
export const tellsBaseNames: Difference = renames(
  (name) => name.replace(/^.*\//, ""),
  ["filename"],
);

/** The peer decodes `%22`, `%0D` and `%0A`. */
export const decodesPercent: Difference = renames(decodeURIComponent);

/**
 * The peer decodes a part without a filename as UTF-8, whatever its bytes are.
 */
export const decodesAsText: Difference = changes((part) => ({
  ...part,
  content: new TextEncoder().encode(new TextDecoder().decode(part.content)),
}));

/**
 * Of `filename` and `filename*`, the peer takes `filename`, as in
 * `serverCases`.
 */
export const takesFilename: Difference = renames(() => "plain.txt", [
  "filename",
]);

/** What this runtime's writer makes of "größe" with gzip. */
const gzipped = new Uint8Array(
  await new Response(
    new Blob(["größe"]).stream().pipeThrough(new CompressionStream("gzip")),
  ).arrayBuffer(),
);

function keeps(content: Uint8Array): Difference {
  return changes((part) => ({ ...part, content }));
}

const { "base64 in a form": keepsBase64, ...keepsOthers } = {
  "base64 in a form": keeps(new TextEncoder().encode("Z3LDtsOfZQ==")),
  "quoted-printable in a form": keeps(
    new TextEncoder().encode("gr=C3=B6=C3=9Fe"),
  ),
  "gzip in a form": keeps(gzipped),
};

/** The peer decodes base64 in a form, but no other encoding. */
export const undoesBase64Alone: Readonly<Record<string, Difference>> =
  keepsOthers;

/** The peer decodes no encoding in a form. */
export const keepsEncodings: Readonly<Record<string, Difference>> = {
  "base64 in a form": keepsBase64,
  ...keepsOthers,
};

/** The peer decodes quoted-printable in a form, but no other encoding. */
export const undoesQuotedPrintableAlone: Readonly<Record<string, Difference>> =
  {
    "base64 in a form": keepsBase64,
    "gzip in a form": keepsOthers["gzip in a form"],
  };

/** The peer decodes the transfer encodings in a form, but not gzip. */
export const leavesGzip: Readonly<Record<string, Difference>> = {
  "gzip in a form": keepsOthers["gzip in a form"],
};
