/**
 * What peers do otherwise, in words that several of them share. Each stands in
 * `differences.md`, with who is right.
 */
import type { SentPart } from "../composer.ts";
import type { Difference } from "./peer.ts";

/** It tells other names or file names. */
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

/** It tells parts otherwise. */
export function changes(change: (part: SentPart) => SentPart): Difference {
  return { tells: (parts) => parts.map(change) };
}

/** It leaves parts out. */
export function leavesOut(isLeftOut: (part: SentPart) => boolean): Difference {
  return { tells: (parts) => parts.filter((part) => !isLeftOut(part)) };
}

/** Of parts that share a name it tells the last. */
export const keepsTheLast: Difference = {
  tells: (parts) =>
    parts.filter(({ name }, at) =>
      at === parts.findLastIndex((part) => part.name === name)
    ),
};

/** `\b` is `b`, as in a quoted-string. */
export const unescapesBackslashes: Difference = renames((name) =>
  name.replaceAll("\\", "")
);

/** Of a path it tells the last name alone. */
export const tellsBaseNames: Difference = renames(
  (name) => name.replace(/^.*\//, ""),
  ["filename"],
);

/** `%22`, `%0D` and `%0A` are what they stand for. */
export const decodesPercent: Difference = renames(decodeURIComponent);

/** A part without a file name is text, in UTF-8, whatever it holds. */
export const decodesAsText: Difference = changes((part) => ({
  ...part,
  content: new TextEncoder().encode(new TextDecoder().decode(part.content)),
}));

/** Of `filename` and `filename*` it takes the first, as `serverCases` has it. */
export const takesFilename: Difference = renames(() => "plain.txt", [
  "filename",
]);

/** What the writer makes of "größe" under gzip, on this runtime. */
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

/** It gives the encoded bytes of a form's parts, and undoes base64 alone. */
export const undoesBase64Alone: Readonly<Record<string, Difference>> =
  keepsOthers;

/** It gives the encoded bytes of a form's parts. */
export const keepsEncodings: Readonly<Record<string, Difference>> = {
  "base64 in a form": keepsBase64,
  ...keepsOthers,
};

/** It undoes quoted-printable in a form alone. */
export const undoesQuotedPrintableAlone: Readonly<Record<string, Difference>> =
  {
    "base64 in a form": keepsBase64,
    "gzip in a form": keepsOthers["gzip in a form"],
  };

/** It undoes the transfer encodings in a form, and leaves gzip. */
export const leavesGzip: Readonly<Record<string, Difference>> = {
  "gzip in a form": keepsOthers["gzip in a form"],
};
