/** Brings sent parts and reported parts into one form. */
import { createHash } from "node:crypto";
import { essenceOf, type SentPart } from "../composer.ts";
import type { ToldPart, Trait } from "./peer.ts";

/** The values that are compared. */
export interface CanonicalPart {
  path: number[] | undefined;
  name: string | undefined;
  filename: string | undefined;
  type: string | undefined;
  headers: Record<string, string | undefined>;
  length: number;
  sha256: string;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Returns what a peer with these traits should report. */
export function canonicalSent(
  parts: readonly SentPart[],
  traits: readonly Trait[],
): CanonicalPart[] {
  return ordered(
    parts.map((part) => ({
      path: traits.includes("path") ? [...part.path] : undefined,
      name: part.name,
      filename: knownFilename(part.filename, traits),
      type: knownType(part.type, part.filename, traits),
      headers: traits.includes("headers") ? { ...part.headers } : {},
      length: part.content.length,
      sha256: sha256(part.content),
    })),
    traits,
  );
}

/**
 * Returns what the peer reported, with only the header fields that were sent to
 * compare.
 */
export function canonicalTold(
  told: readonly ToldPart[],
  sent: readonly SentPart[],
  traits: readonly Trait[],
): CanonicalPart[] {
  return ordered(
    told.map((part, at) => ({
      path: traits.includes("path") ? part.path ?? undefined : undefined,
      name: part.name ?? undefined,
      filename: knownFilename(part.filename ?? undefined, traits),
      type: knownType(
        essenceOf(part.type ?? undefined),
        part.filename ?? undefined,
        traits,
      ),
      headers: traits.includes("headers")
        ? pick(part.headers ?? {}, Object.keys(sent[at]?.headers ?? {}))
        : {},
      length: part.length,
      sha256: part.sha256,
    })),
    traits,
  );
}

/** The default type is text (RFC 2045, section 5.2). */
function knownType(
  type: string | undefined,
  filename: string | undefined,
  traits: readonly Trait[],
): string | undefined {
  const isTold = traits.includes("type") ||
    (traits.includes("file type") &&
      knownFilename(filename, traits) !== undefined);
  return isTold ? type ?? "text/plain" : undefined;
}

/** Some peers cannot distinguish an empty filename from none. */
function knownFilename(
  filename: string | undefined,
  traits: readonly Trait[],
): string | undefined {
  return filename === "" && !traits.includes("empty filename")
    ? undefined
    : filename;
}

function pick(
  headers: Record<string, string>,
  names: readonly string[],
): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => [name, headers[name]]));
}

/** Sorts the parts of peers that group parts by name, which loses the order. */
function ordered(
  parts: CanonicalPart[],
  traits: readonly Trait[],
): CanonicalPart[] {
  if (traits.includes("order")) return parts;
  const key = ({ name, filename, sha256 }: CanonicalPart) =>
    JSON.stringify([name, filename ?? null, sha256]);
  return parts.toSorted((a, b) => key(a) < key(b) ? -1 : 1);
}
